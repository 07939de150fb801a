/* Scheduling tables. */
#include "input/neurospector_cfg.h"

#include <string.h>

#include "input/neurospector_ini.h"

bool ns_is_schedule_file(const tw_input *input) {
    return ns_ini_has_section(input, "SCHEDULING_TABLE");
}

static bool read_row(const ns_ini *ini, const ns_ini_entry *entry,
                     const ns_accelerator *accelerator, ns_table *table, bool seen[NS_ROWS]) {
    static const uint64_t least[NS_COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1};
    const char *names[NS_ROWS];
    for (int r = 0; r < NS_ROWS; r++)
        names[r] = ns_row_section((ns_row)r);
    const int row = ns_word_index(entry->key, names, NS_ROWS);
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

static void read_dataflow(const ns_ini *ini, const ns_ini_entry *entry,
                          const ns_accelerator *accelerator, ns_buffer_id buffer,
                          ns_schedule *out) {
    unsigned word = 0;
    size_t count = 0;
    if (out->dataflows_given & 1U << buffer)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->key_at, "the dataflow of %s stands twice",
                entry->key);
    if (!ns_ini_words(ini, entry, ns_dataflow_names, NS_DATAFLOWS, 1, &word, &count))
        return;
    if (word != NS_NONE && accelerator->buffers[buffer].bypass & 1U << (word - NS_IS))
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->at,
                "[%s] of accelerator %s bypasses the %s, which cannot be stationary there",
                ns_buffer_sections[buffer], accelerator->name, ns_data_names[word - NS_IS]);
    out->dataflows.of[buffer] = (ns_dataflow)word;
    out->dataflows_given |= 1U << buffer;
}

static void read_dataflows(const ns_ini *ini, const ns_ini_section *section,
                           const ns_accelerator *accelerator, ns_schedule *out) {
    for (size_t i = 0; i < section->count; i++) {
        const ns_ini_entry *entry = &ini->entries[section->first + i];
        const int buffer = ns_word_index(entry->key, ns_buffer_sections, NS_BUFFERS);
        if (buffer == NS_REG)
            continue; /* holds nothing */
        if (buffer < 0 || !accelerator->buffers[buffer].present)
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &entry->key_at,
                    "accelerator %s has no buffer called %s", accelerator->name, entry->key);
        else
            read_dataflow(ini, entry, accelerator, (ns_buffer_id)buffer, out);
    }
}

/* The sections of a file as they come: [LAYER] names what the next table is for. */
typedef struct {
    const ns_ini *ini;
    const ns_accelerator *accelerator;
    const char *layer;
    ns_schedule *out;
    size_t count;
} reader;

static void read_schedule(reader *r, const ns_ini_section *section) {
    ns_schedule *schedule = &r->out[r->count++];
    *schedule = (ns_schedule){.layer = r->layer, .at = section->at};
    schedule->at.text = NULL;
    schedule->dataflows = ns_own_dataflows(r->accelerator);
    read_table(r->ini, section, r->accelerator, &schedule->table);
    if (!r->layer)
        tw_diag(r->ini->ctx, TW_SEVERITY_ERROR, &section->at,
                "there is no layer_name=NAME in a [LAYER] section before this table");
    r->layer = NULL;
}

/* Any section that is no other is about the layer, as in the original. */
static tw_status read_layer_name(reader *r, const ns_ini_section *section) {
    const ns_ini_entry *name = ns_ini_get(r->ini, section, "LAYER_NAME");
    name = name ? name : ns_ini_get(r->ini, section, "NAME");
    if (!name)
        return TW_OK;
    r->layer = ns_ini_name(r->ini, name);
    return r->layer ? TW_OK : tw_out_of_memory(r->ini->ctx);
}

static tw_status read_section(reader *r, const ns_ini_section *section) {
    if (strcmp(section->name, "SCHEDULING_TABLE") == 0)
        read_schedule(r, section);
    else if (strcmp(section->name, "DATAFLOW") != 0)
        return read_layer_name(r, section);
    else if (r->count == 0)
        tw_diag(r->ini->ctx, TW_SEVERITY_ERROR, &section->at,
                "[DATAFLOW] belongs after the [SCHEDULING_TABLE] that it is about");
    else
        read_dataflows(r->ini, section, r->accelerator, &r->out[r->count - 1]);
    return TW_OK;
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
    reader r = {.ini = &ini, .accelerator = accelerator, .out = *out};
    for (size_t i = 0; i < ini.section_count; i++)
        TW_TRY(read_section(&r, &ini.sections[i]));
    *count = r.count;
    if (r.count == 0)
        tw_diag(ini.ctx, TW_SEVERITY_ERROR, &whole, "there is no [SCHEDULING_TABLE]");
    return tw_error_count(input->ctx) == before ? TW_OK : TW_INVALID;
}
