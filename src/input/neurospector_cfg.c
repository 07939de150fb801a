/* Accelerator files. */
#include "input/neurospector_cfg.h"

#include <ctype.h>
#include <string.h>

#include "input/neurospector_ini.h"

bool ns_is_accelerator_file(const tw_input *input) {
    return ns_ini_has_section(input, "ACCELERATOR");
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

/* Input, weight and output; those not given cost nothing, as in the original. `counted`: costs
 * depend on it. */
static void read_per_datum(const ns_ini *ini, const ns_ini_section *section, const char *key,
                           bool counted, double out[NS_DATA]) {
    const ns_ini_entry *entry = ns_ini_get(ini, section, key);
    double values[NS_DATA] = {0};
    size_t count = 0;
    if (!entry && counted)
        tw_diag(ini->ctx, TW_SEVERITY_WARNING, &section->at, "[%s] has no %s: it is taken as 0",
                section->name, key);
    if (!entry || !ns_ini_numbers(ini, entry, 0, NS_DATA, values, &count))
        return;
    memcpy(out, values, sizeof values);
    if (count < NS_DATA && counted)
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

static tw_status read_head(const ns_ini *ini, const ns_ini_section *section, ns_accelerator *out) {
    const ns_ini_entry *name = ns_ini_get(ini, section, "NAME");
    const ns_ini_entry *precision = ns_ini_get(ini, section, "PRECISION");
    check_keys(ini, section, accelerator_keys, COUNT(accelerator_keys));
    out->name = name ? ns_ini_name(ini, name) : out->name;
    if (!out->name)
        return tw_out_of_memory(ini->ctx);
    if (precision)
        read_precision(ini, precision, &out->precision_bits);
    read_number(ini, section, "FREQUENCY", 1e-9, &out->frequency_mhz);
    read_number(ini, section, "UNIT_MAC_ENERGY", 0, &out->mac_pj);
    read_number(ini, section, "UNIT_MAC_STATIC", 0, &out->mac_static_mw);
    return TW_OK;
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
    const bool counted = id != NS_REG; /* registers are shown, but take no part in costs */
    out->present = true;
    check_keys(ini, section, buffer_keys, COUNT(buffer_keys));
    read_size(ini, section, out);
    read_stationary(ini, section, out);
    read_per_datum(ini, section, "UNIT_ACCESS_ENERGY", counted, out->access_pj);
    read_per_datum(ini, section, "UNIT_STATIC_POWER", counted, out->static_mw);
    read_per_datum(ini, section, "UNIT_CYCLE", counted, out->unit_cycles);
    read_number(ini, section, "BANDWIDTH", 1e-9, &out->bandwidth_bits);
    if (counted && !ns_ini_get(ini, section, "BANDWIDTH"))
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

static void read_component(const ns_ini *ini, const ns_ini_section *section, ns_accelerator *out) {
    static const char *const all[] = {"ACCELERATOR", "REGISTER", "MAC_ARRAY",   "LOCAL_BUFFER",
                                      "PE_ARRAY",    "DRAM",     "MULTI_CHIPS", "GLOBAL_BUFFER"};
    const int buffer = ns_word_index(section->name, ns_buffer_sections, NS_BUFFERS);
    const int array = ns_word_index(section->name, ns_array_sections, NS_ARRAYS);
    if (strcmp(section->name, "ACCELERATOR") == 0)
        return;
    if ((buffer >= 0 && out->buffers[buffer].present) || (array >= 0 && out->arrays[array].present))
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at, "[%s] stands twice", section->name);
    else if (buffer >= 0)
        read_buffer(ini, section, (ns_buffer_id)buffer, &out->buffers[buffer]);
    else if (array >= 0)
        read_array(ini, section, &out->arrays[array]);
    else
        ns_ini_unknown_section(ini, section, all, COUNT(all));
}

static void check_whole(const ns_ini *ini, const ns_accelerator *out) {
    const tw_position whole = {.file = ini->file};
    bool power = out->mac_static_mw > 0;
    for (int b = NS_LB; b < NS_BUFFERS; b++)
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
            TW_TRY(read_head(&ini, &ini.sections[i], out));
    for (size_t i = 0; i < ini.section_count; i++)
        read_component(&ini, &ini.sections[i], out);
    check_whole(&ini, out);
    ns_accelerator_complete(out);
    return tw_error_count(input->ctx) == before ? TW_OK : TW_INVALID;
}
