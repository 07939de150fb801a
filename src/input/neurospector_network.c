/* Network files. */
#include "input/neurospector_cfg.h"

#include <stdlib.h>
#include <string.h>

#include "input/neurospector_ini.h"

bool ns_is_network_file(const tw_input *input) {
    return ns_ini_has_section(input, "LAYERS");
}

static void read_groups(const ns_ini *ini, const ns_ini_entry *entry, ns_groups groups,
                        ns_layer *layer) {
    uint64_t *s = layer->size;
    const bool k_divides = s[NS_K] % s[NS_G] == 0, c_divides = s[NS_C] % s[NS_G] == 0;
    if (groups == NS_GROUPS_PHYSICAL && !k_divides && !c_divides) {
        tw_diag(ini->ctx, TW_SEVERITY_WARNING, &entry->at,
                "K=%llu and C=%llu are no multiples of G=%llu: they are read as channels per "
                "group, elsewhere in this format they count the channels of all groups",
                (unsigned long long)s[NS_K], (unsigned long long)s[NS_C],
                (unsigned long long)s[NS_G]);
    } else if (!k_divides || !c_divides) {
        const ns_column wrong = k_divides ? NS_C : NS_K;
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "%c=%llu is no multiple of G=%llu: K and C count the channels of all groups",
                ns_column_letters[wrong], (unsigned long long)s[wrong],
                (unsigned long long)s[NS_G]);
    } else if (groups == NS_GROUPS_PHYSICAL) {
        s[NS_K] /= s[NS_G];
        s[NS_C] /= s[NS_G];
    }
}

static bool read_layer(const ns_ini *ini, const ns_ini_entry *entry, ns_groups groups,
                       ns_layer *out) {
    static const uint64_t least[NS_COLUMNS + 1] = {1, 1, 1, 1, 1, 1, 1, 1, 0};
    uint64_t values[NS_COLUMNS + 1] = {0};
    size_t count = 0;
    *out = (ns_layer){.name = entry->key, .at = entry->key_at};
    out->at.text = NULL;
    if (!ns_ini_integers(ini, entry, least, NS_COLUMNS + 1, values, &count))
        return false;
    if (count != NS_COLUMNS + 1) {
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "layer %s has %zu values, expected the nine K,B,P,Q,C,R,S,G,stride", entry->key,
                count);
        return false;
    }
    memcpy(out->size, values, sizeof out->size);
    out->stride = values[NS_COLUMNS];
    const size_t before = tw_error_count(ini->ctx);
    if (!ns_counts_fit(out))
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "layer %s is too large: its access counts can leave 64 bits", entry->key);
    read_groups(ini, entry, groups, out);
    return tw_error_count(ini->ctx) == before;
}

static int compare_entries(const void *a, const void *b) {
    const ns_ini_entry *const *x = a, *const *y = b;
    const int order = strcmp((*x)->key, (*y)->key);
    return order ? order
                 : (int)((*x)->at.line > (*y)->at.line) - (int)((*x)->at.line < (*y)->at.line);
}

static tw_status check_layer_names(const ns_ini *ini, const ns_ini_section *section) {
    const ns_ini_entry **sorted = tw_alloc_array(ini->ctx, section->count + 1, sizeof *sorted);
    if (!sorted)
        return tw_out_of_memory(ini->ctx);
    for (size_t i = 0; i < section->count; i++)
        sorted[i] = &ini->entries[section->first + i];
    qsort(sorted, section->count, sizeof *sorted, compare_entries);
    for (size_t i = 1; i < section->count; i++)
        if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &sorted[i]->key_at,
                    "layer %s stands twice, first in line %u", sorted[i]->key,
                    sorted[i - 1]->key_at.line);
    tw_free(ini->ctx, sorted);
    return TW_OK;
}

static tw_status read_section(const ns_ini *ini, const ns_ini_section *section, ns_network *out,
                              const ns_ini_section **layers) {
    static const char *const known[] = {"NETWORK", "LAYERS"};
    const int which = ns_word_index(section->name, known, 2);
    const ns_ini_entry *name = which == 0 ? ns_ini_get(ini, section, "NAME") : NULL;
    if (which < 0)
        ns_ini_unknown_section(ini, section, known, 2);
    else if (which == 1 && *layers)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at, "[LAYERS] stands twice");
    else if (which == 1)
        *layers = section;
    out->name = name ? ns_ini_name(ini, name) : out->name;
    return out->name ? TW_OK : tw_out_of_memory(ini->ctx);
}

tw_status ns_network_read(const tw_input *input, tw_arena *arena, ns_groups groups,
                          ns_network *out) {
    const size_t before = tw_error_count(input->ctx);
    const tw_position whole = {.file = input->path};
    ns_ini ini;
    *out = (ns_network){.name = "network"};
    TW_TRY(ns_ini_parse(input, arena, &ini));
    const ns_ini_section *layers = NULL;
    for (size_t i = 0; i < ini.section_count; i++)
        TW_TRY(read_section(&ini, &ini.sections[i], out, &layers));
    if (!layers || layers->count == 0)
        return tw_fail(ini.ctx, TW_INVALID, &whole, "the network has no layers in [LAYERS]");
    out->layers = tw_arena_array(arena, layers->count, sizeof *out->layers);
    if (!out->layers)
        return tw_out_of_memory(ini.ctx);
    for (size_t i = 0; i < layers->count; i++)
        read_layer(&ini, &ini.entries[layers->first + i], groups, &out->layers[out->layer_count++]);
    TW_TRY(check_layer_names(&ini, layers));
    return tw_error_count(input->ctx) == before ? TW_OK : TW_INVALID;
}
