/* kind: hierarchy. Widths and clock are read first, since levels convert units with them. */
#include <string.h>

#include "input/constraints.h"
#include "input/level_yaml.h"
#include "input/native.h"
#include "input/roles.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const file_keys[] = {"kind",  "name",    "description", "source", "mac",
                                        "clock", "overlap", "word_bits",   "levels"};

static void read_word_bits(tw_document *document, tw_node *root, tw_hierarchy *out) {
    tw_quantity bits[TW_ROLE_COUNT];
    tw_role_mask given = 0;
    const size_t errors = document->errors;
    tw_node *node = tw_field_require(document, root, "word_bits", "the accelerator");
    tw_value_per_role(document, node, "word_bits", TW_QUANTITY_WIDTH, bits, &given);
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        out->word_bits[r] = 1;
        if (!(given >> r & 1)) {
            if (errors == document->errors)
                tw_node_error(document, node, "word_bits does not say how wide the %s is",
                              tw_role_names[r]);
        } else if (bits[r].value < 1 || bits[r].value > 4096 ||
                   bits[r].value != (double)(uint32_t)bits[r].value) {
            tw_node_error(document, node,
                          "word_bits of %s is %g, expected a whole number from 1 to 4096",
                          tw_role_names[r], bits[r].value);
            return;
        } else {
            out->word_bits[r] = (uint32_t)bits[r].value;
        }
    }
}

static void read_mac(tw_document *document, tw_node *root, tw_hierarchy *out) {
    static const char *const keys[] = {"energy", "leakage"};
    tw_node *node = tw_field_require(document, root, "mac", "the accelerator");
    tw_quantity value;
    if (!tw_fields_check(document, node, "mac", keys, COUNT(keys)))
        return;
    if (tw_value_quantity(document, tw_field_require(document, node, "energy", "mac"), "energy",
                          TW_QUANTITY_ENERGY, &value))
        out->mac_pj = value.value;
    const tw_node *leakage = tw_node_get(node, "leakage");
    if (!tw_value_quantity(document, leakage, "leakage", TW_QUANTITY_POWER, &value))
        return;
    out->mac_leakage_mw = value.value;
    if (value.value > 0 && !(out->clock_mhz > 0))
        tw_node_error(document, leakage, "leakage needs the accelerator's clock");
}

static void read_clock(tw_document *document, tw_node *root, tw_hierarchy *out) {
    tw_quantity clock;
    const tw_node *node = tw_node_get(root, "clock");
    if (!tw_value_quantity(document, node, "clock", TW_QUANTITY_FREQUENCY, &clock))
        return;
    if (!(clock.value >= TW_LEAST_CLOCK_MHZ))
        tw_node_error(document, node, "clock is %g MHz, expected at least %g", clock.value,
                      TW_LEAST_CLOCK_MHZ);
    out->clock_mhz = clock.value;
}

static void check_level_names(tw_document *document, const tw_node *levels,
                              const tw_hierarchy *out) {
    for (unsigned l = 1; l < out->level_count; l++)
        for (unsigned k = 0; k < l; k++)
            if (strcmp(out->levels[l].name, out->levels[k].name) == 0)
                tw_node_error(document, levels->values[l], "two levels are called \"%s\"",
                              out->levels[l].name);
}

static void read_levels(tw_document *document, tw_node *root, tw_hierarchy *out) {
    const tw_node *levels = tw_field_require(document, root, "levels", "the accelerator");
    if (!tw_value_is_sequence(document, levels, "levels"))
        return;
    if (levels->count < 1 || levels->count > TW_MAX_LEVELS) {
        tw_node_error(document, levels, "%zu storage levels, expected 1 to %d", levels->count,
                      (int)TW_MAX_LEVELS);
        return;
    }
    for (size_t l = 0; l < levels->count; l++)
        tw_level_read(document, levels->values[l], out, l == 0, &out->levels[l]);
    out->level_count = (unsigned)levels->count;
    check_level_names(document, levels, out);
}

tw_status tw_hierarchy_from_document(tw_ctx *ctx, tw_document *document, tw_accelerator *out) {
    tw_hierarchy *arch = &out->hierarchy;
    tw_node *root = document->root;
    *arch = (tw_hierarchy){.overlap = true};
    out->kind = TW_KIND_HIERARCHY;
    (void)tw_fields_check(document, root, "an accelerator of kind hierarchy", file_keys,
                          COUNT(file_keys));
    (void)tw_value_name(document, tw_field_require(document, root, "name", "the accelerator"),
                        "name", &arch->name);
    (void)tw_value_text(document, tw_node_get(root, "description"), "description",
                        &arch->description);
    (void)tw_value_text(document, tw_node_get(root, "source"), "source", &arch->source);
    (void)tw_value_bool(document, tw_node_get(root, "overlap"), "overlap", &arch->overlap);
    read_clock(document, root, arch);
    read_word_bits(document, root, arch);
    read_mac(document, root, arch);
    read_levels(document, root, arch);
    TW_TRY(tw_document_status(document));
    const tw_position at = tw_node_position(document, root);
    return tw_hierarchy_check(ctx, &at, arch);
}
