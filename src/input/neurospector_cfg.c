#include "input/neurospector_cfg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "input/neurospector_ini.h"

bool ns_is_accelerator_file(const tw_input *input) {
    return ns_ini_has_section(input, "ACCELERATOR");
}

bool ns_is_network_file(const tw_input *input) {
    return ns_ini_has_section(input, "LAYERS");
}

bool ns_is_schedule_file(const tw_input *input) {
    return ns_ini_has_section(input, "SCHEDULING_TABLE");
}

static const char *const accelerator_keys[] = {"NAME", "PRECISION", "FREQUENCY", "UNIT_MAC_ENERGY",
                                               "UNIT_MAC_STATIC"};
static const char *const buffer_keys[] = {
    "TYPE",      "DATAFLOW",           "BUFFER_SIZE",       "SIZE",      "BYPASS",
    "BANDWIDTH", "UNIT_ACCESS_ENERGY", "UNIT_STATIC_POWER", "UNIT_CYCLE"};
static const char *const array_keys[] = {"TYPE", "SIZE_X", "SIZE_Y"};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Misspelt keys are errors, since ignoring them would give wrong numbers; others the original
 * ignores, and so do we, saying so. Of duplicates the first counts. */
static void check_keys(const ns_ini *ini, const ns_ini_section *section, const char *const *known,
                       size_t known_count) {
    for (size_t i = 0; i < section->count; i++) {
        const ns_ini_entry *entry = &ini->entries[section->first + i];
        size_t k = 0;
        while (k < known_count && strcmp(entry->key, known[k]) != 0)
            k++;
        const char *close = tw_closest_word(entry->key, known, known_count);
        if (k == known_count && close)
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->key_at,
                    "[%s] has no key %s, did you mean %s?", section->name, entry->key, close);
        else if (k == known_count)
            tw_diag(ini->ctx, TW_SEVERITY_WARNING, &entry->key_at,
                    "[%s] has no key %s: it is ignored", section->name, entry->key);
        else if (ns_ini_get(ini, section, entry->key) != entry)
            tw_diag(ini->ctx, TW_SEVERITY_WARNING, &entry->key_at,
                    "%s is given twice in [%s]: the first counts", entry->key, section->name);
    }
}

static void read_number(const ns_ini *ini, const ns_ini_section *section, const char *key,
                        double least, double *out) {
    const ns_ini_entry *entry = ns_ini_get(ini, section, key);
    double value = 0;
    size_t count = 0;
    if (entry && ns_ini_numbers(ini, entry, least, 1, &value, &count))
        *out = value;
}

/* Input, weight and output; those not given cost nothing, as in the original. */
static void read_per_datum(const ns_ini *ini, const ns_ini_section *section, const char *key,
                           double out[NS_DATA]) {
    const ns_ini_entry *entry = ns_ini_get(ini, section, key);
    double values[NS_DATA] = {0};
    size_t count = 0;
    if (!entry) {
        tw_diag(ini->ctx, TW_SEVERITY_WARNING, &section->at, "[%s] has no %s: it is taken as 0",
                section->name, key);
        return;
    }
    if (!ns_ini_numbers(ini, entry, 0, NS_DATA, values, &count))
        return;
    memcpy(out, values, sizeof values);
    if (count < NS_DATA)
        tw_diag(ini->ctx, TW_SEVERITY_WARNING, &entry->at,
                "%s has %zu of 3 values (input, weight, output): this format takes the others "
                "as 0, give all three if that is not meant",
                key, count);
}

/* "INT16" is 16 bits; the original puts all digits together, so that two numbers are refused. */
static void read_precision(const ns_ini *ini, const ns_ini_entry *entry, unsigned *bits) {
    unsigned value = 0, runs = 0;
    for (const char *c = entry->value; *c; c++) {
        if (!isdigit((unsigned char)*c))
            continue;
        runs += c == entry->value || !isdigit((unsigned char)c[-1]);
        value = value > 1000 ? value : value * 10 + (unsigned)(*c - '0');
    }
    if (runs != 1)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "PRECISION: expected one number of bits such as INT16, found \"%s\"", entry->value);
    else if (value < 8 || value > 64)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "PRECISION: %u bits are no whole number of bytes from 1 to 8, so that no buffer "
                "size in this format can be counted in words",
                value);
    else
        *bits = value;
}

static void read_head(const ns_ini *ini, const ns_ini_section *section, ns_accelerator *out) {
    const ns_ini_entry *name = ns_ini_get(ini, section, "NAME");
    const ns_ini_entry *precision = ns_ini_get(ini, section, "PRECISION");
    check_keys(ini, section, accelerator_keys, COUNT(accelerator_keys));
    if (name)
        out->name = name->value;
    if (precision)
        read_precision(ini, precision, &out->precision_bits);
    read_number(ini, section, "FREQUENCY", 1e-9, &out->frequency_mhz);
    read_number(ini, section, "UNIT_MAC_ENERGY", 0, &out->mac_pj);
    read_number(ini, section, "UNIT_MAC_STATIC", 0, &out->mac_static_mw);
}

static void read_size(const ns_ini *ini, const ns_ini_section *section, ns_buffer *out) {
    const ns_ini_entry *entry = ns_ini_get(ini, section, "SIZE");
    entry = entry ? entry : ns_ini_get(ini, section, "BUFFER_SIZE");
    size_t count = 0;
    if (!entry || !ns_ini_numbers(ini, entry, 0, NS_DATA, out->size_bytes, &count))
        return;
    if (count == 2)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "%s: expected one size in bytes, or three (input, weight, output)", entry->key);
    out->size_count = (unsigned)count;
}

static void read_stationary(const ns_ini *ini, const ns_ini_section *section, ns_buffer *out) {
    const ns_ini_entry *dataflow = ns_ini_get(ini, section, "DATAFLOW");
    const ns_ini_entry *bypass = ns_ini_get(ini, section, "BYPASS");
    unsigned words[NS_DATA] = {0};
    size_t count = 0;
    if (dataflow && ns_ini_words(ini, dataflow, ns_dataflow_names, NS_DATAFLOWS, 1, words, &count))
        out->dataflow = (ns_dataflow)words[0];
    if (!bypass || !ns_ini_words(ini, bypass, ns_data_names, NS_DATA, NS_DATA, words, &count))
        return;
    for (size_t i = 0; i < count; i++)
        out->bypass |= 1U << words[i];
    if (out->dataflow != NS_NONE && (out->bypass & 1U << (out->dataflow - NS_IS)))
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &bypass->at,
                "[%s] bypasses the %s that its dataflow keeps stationary", section->name,
                ns_data_names[out->dataflow - NS_IS]);
}

static void read_buffer(const ns_ini *ini, const ns_ini_section *section, ns_buffer_id id,
                        ns_buffer *out) {
    out->present = true;
    check_keys(ini, section, buffer_keys, COUNT(buffer_keys));
    read_size(ini, section, out);
    read_stationary(ini, section, out);
    if (id == NS_REG)
        return; /* registers take no part in counts or costs */
    read_per_datum(ini, section, "UNIT_ACCESS_ENERGY", out->access_pj);
    read_per_datum(ini, section, "UNIT_STATIC_POWER", out->static_mw);
    read_per_datum(ini, section, "UNIT_CYCLE", out->unit_cycles);
    read_number(ini, section, "BANDWIDTH", 1e-9, &out->bandwidth_bits);
    if (!ns_ini_get(ini, section, "BANDWIDTH"))
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at,
                "[%s] has no BANDWIDTH (bits per cycle): its cycles cannot be counted",
                section->name);
}

static void read_array(const ns_ini *ini, const ns_ini_section *section, ns_array *out) {
    static const uint64_t least[1] = {1};
    *out = (ns_array){true, 1, 1};
    check_keys(ini, section, array_keys, COUNT(array_keys));
    for (int axis = 0; axis < 2; axis++) {
        const ns_ini_entry *entry = ns_ini_get(ini, section, axis ? "SIZE_Y" : "SIZE_X");
        uint64_t value = 1;
        size_t count = 0;
        if (entry && ns_ini_integers(ini, entry, least, 1, &value, &count))
            *(axis ? &out->y : &out->x) = value;
    }
    if (out->x > 1U << 20 || out->y > 1U << 20)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at, "[%s] is larger than 2^20 x 2^20",
                section->name);
}

static int index_of(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

static void read_component(const ns_ini *ini, const ns_ini_section *section, ns_accelerator *out) {
    static const char *const all[] = {"ACCELERATOR", "REGISTER", "MAC_ARRAY",   "LOCAL_BUFFER",
                                      "PE_ARRAY",    "DRAM",     "MULTI_CHIPS", "GLOBAL_BUFFER"};
    const int buffer = index_of(section->name, ns_buffer_sections, NS_BUFFERS);
    const int array = index_of(section->name, ns_array_sections, NS_ARRAYS);
    if (strcmp(section->name, "ACCELERATOR") == 0)
        return;
    if ((buffer >= 0 && out->buffers[buffer].present) || (array >= 0 && out->arrays[array].present))
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at, "[%s] stands twice", section->name);
    else if (buffer >= 0)
        read_buffer(ini, section, (ns_buffer_id)buffer, &out->buffers[buffer]);
    else if (array >= 0)
        read_array(ini, section, &out->arrays[array]);
    else {
        const char *close = tw_closest_word(section->name, all, COUNT(all));
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at, "[%s] is no component%s%s%s",
                section->name, close ? ", did you mean [" : "", close ? close : "",
                close ? "]?" : "");
    }
}

static void check_whole(const ns_ini *ini, const ns_accelerator *out) {
    const tw_position whole = {.file = ini->file};
    bool power = out->mac_static_mw > 0;
    for (int b = 0; b < NS_BUFFERS; b++)
        for (int d = 0; d < NS_DATA; d++)
            power |= out->buffers[b].static_mw[d] > 0;
    if (!out->buffers[NS_LB].present)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &whole, "there is no [LOCAL_BUFFER]");
    if (!out->buffers[NS_DRAM].present)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &whole, "there is no [DRAM]");
    if (power && out->frequency_mhz <= 0)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &whole,
                "[ACCELERATOR] has no FREQUENCY (MHz), which the static power needs");
}

tw_status ns_accelerator_read(const tw_input *input, tw_arena *arena, ns_accelerator *out) {
    const size_t before = tw_error_count(input->ctx);
    ns_ini ini;
    *out = (ns_accelerator){.name = "accelerator", .precision_bits = 8, .mac_pj = 1};
    TW_TRY(ns_ini_parse(input, arena, &ini));
    for (size_t i = 0; i < ini.section_count; i++)
        if (strcmp(ini.sections[i].name, "ACCELERATOR") == 0)
            read_head(&ini, &ini.sections[i], out);
    for (size_t i = 0; i < ini.section_count; i++)
        read_component(&ini, &ini.sections[i], out);
    check_whole(&ini, out);
    ns_accelerator_complete(out);
    return tw_error_count(input->ctx) == before ? TW_OK : TW_INVALID;
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

tw_status ns_network_read(const tw_input *input, tw_arena *arena, ns_groups groups,
                          ns_network *out) {
    const size_t before = tw_error_count(input->ctx);
    const tw_position whole = {.file = input->path};
    ns_ini ini;
    *out = (ns_network){.name = "network"};
    TW_TRY(ns_ini_parse(input, arena, &ini));
    const ns_ini_section *layers = NULL;
    for (size_t i = 0; i < ini.section_count; i++) {
        const ns_ini_section *section = &ini.sections[i];
        const ns_ini_entry *name = ns_ini_get(&ini, section, "NAME");
        if (strcmp(section->name, "NETWORK") == 0 && name)
            out->name = name->value;
        else if (strcmp(section->name, "LAYERS") == 0 && layers)
            tw_diag(ini.ctx, TW_SEVERITY_ERROR, &section->at, "[LAYERS] stands twice");
        else if (strcmp(section->name, "LAYERS") == 0)
            layers = section;
    }
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

static bool read_row(const ns_ini *ini, const ns_ini_entry *entry,
                     const ns_accelerator *accelerator, ns_table *table, bool seen[NS_ROWS]) {
    static const uint64_t least[NS_COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1};
    const char *names[NS_ROWS];
    for (int r = 0; r < NS_ROWS; r++)
        names[r] = ns_row_section((ns_row)r);
    const int row = index_of(entry->key, names, NS_ROWS);
    size_t count = 0;
    if (row < 0) {
        const char *close = tw_closest_word(entry->key, names, NS_ROWS);
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->key_at, "there is no row %s%s%s%s", entry->key,
                close ? ", did you mean " : "", close ? close : "", close ? "?" : "");
        return false;
    }
    if (seen[row])
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->key_at, "row %s stands twice", entry->key);
    seen[row] = true;
    if (!ns_ini_integers(ini, entry, least, NS_COLUMNS, table->factor[row], &count))
        return false;
    for (size_t c = count; c < NS_COLUMNS; c++)
        table->factor[row][c] = 1;
    if (count < NS_COLUMNS)
        tw_diag(ini->ctx, TW_SEVERITY_WARNING, &entry->at,
                "row %s has %zu of the eight factors K,B,P,Q,C,R,S,G: the others are 1", entry->key,
                count);
    if (ns_row_is_virtual(accelerator, (ns_row)row) && ns_row_product(table, (ns_row)row) != 1)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "row %s must be all ones: accelerator %s has no such component", entry->key,
                accelerator->name);
    return true;
}

static void read_table(const ns_ini *ini, const ns_ini_section *section,
                       const ns_accelerator *accelerator, ns_table *table) {
    bool seen[NS_ROWS] = {false};
    for (int r = 0; r < NS_ROWS; r++)
        for (int c = 0; c < NS_COLUMNS; c++)
            table->factor[r][c] = 1;
    for (size_t i = 0; i < section->count; i++)
        read_row(ini, &ini->entries[section->first + i], accelerator, table, seen);
    for (int r = 0; r < NS_ROWS; r++)
        if (!seen[r] && !ns_row_is_virtual(accelerator, (ns_row)r))
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at, "row %s is missing",
                    ns_row_section((ns_row)r));
}

static void read_dataflows(const ns_ini *ini, const ns_ini_section *section,
                           const ns_accelerator *accelerator, ns_dataflows *out) {
    for (size_t i = 0; i < section->count; i++) {
        const ns_ini_entry *entry = &ini->entries[section->first + i];
        const int buffer = index_of(entry->key, ns_buffer_sections, NS_BUFFERS);
        unsigned word = 0;
        size_t count = 0;
        if (buffer < 0 || !accelerator->buffers[buffer].present)
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->key_at,
                    "accelerator %s has no buffer called %s", accelerator->name, entry->key);
        else if (ns_ini_words(ini, entry, ns_dataflow_names, NS_DATAFLOWS, 1, &word, &count))
            out->of[buffer] = (ns_dataflow)word;
    }
}

tw_status ns_schedules_read(const tw_input *input, tw_arena *arena,
                            const ns_accelerator *accelerator, ns_schedule **out, size_t *count) {
    const size_t before = tw_error_count(input->ctx);
    const tw_position whole = {.file = input->path};
    ns_ini ini;
    *count = 0;
    TW_TRY(ns_ini_parse(input, arena, &ini));
    *out = tw_arena_array(arena, ini.section_count + 1, sizeof **out);
    if (!*out)
        return tw_out_of_memory(ini.ctx);
    const char *layer = NULL;
    for (size_t i = 0; i < ini.section_count; i++) {
        const ns_ini_section *section = &ini.sections[i];
        if (strcmp(section->name, "SCHEDULING_TABLE") == 0) {
            ns_schedule *schedule = &(*out)[(*count)++];
            *schedule = (ns_schedule){.layer = layer, .at = section->at};
            schedule->at.text = NULL;
            schedule->dataflows = ns_own_dataflows(accelerator);
            read_table(&ini, section, accelerator, &schedule->table);
            if (!layer)
                tw_diag(ini.ctx, TW_SEVERITY_ERROR, &section->at,
                        "there is no layer_name=NAME in a [LAYER] section before this table");
            layer = NULL;
        } else if (strcmp(section->name, "DATAFLOW") == 0) {
            if (*count == 0)
                tw_diag(ini.ctx, TW_SEVERITY_ERROR, &section->at,
                        "[DATAFLOW] belongs after the [SCHEDULING_TABLE] that it is about");
            else
                read_dataflows(&ini, section, accelerator, &(*out)[*count - 1].dataflows);
        } else {
            const ns_ini_entry *name = ns_ini_get(&ini, section, "LAYER_NAME");
            name = name ? name : ns_ini_get(&ini, section, "NAME");
            layer = name ? name->value : layer;
        }
    }
    if (*count == 0)
        tw_diag(ini.ctx, TW_SEVERITY_ERROR, &whole, "there is no [SCHEDULING_TABLE]");
    return tw_error_count(input->ctx) == before ? TW_OK : TW_INVALID;
}
