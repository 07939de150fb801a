/* A mapping file says neither sizes nor machine: its own levels make a machine that is just large
 * enough to draw it on. */
#include "input/fields.h"
#include "input/mapping_nodes.h"
#include "report/cells.h"
#include "report/nest.h"
#include "report/show.h"

/* A hierarchy whose levels are those that the mapping names, in its order. */
static void levels_of(tw_document *document, tw_node *levels, tw_hierarchy *out) {
    *out = (tw_hierarchy){.name = "of the mapping"};
    if (!tw_value_is_sequence(document, levels, "mapping"))
        return;
    for (size_t i = 0; i < levels->count && out->level_count < TW_MAX_LEVELS; i++) {
        tw_node *level = levels->values[i];
        if (level->kind != TW_NODE_MAPPING)
            continue;
        tw_level *made = &out->levels[out->level_count];
        made->keeps = TW_ALL_ROLES;
        if (tw_value_text(document, tw_field_require(document, level, "level", "a level"), "level",
                          &made->name))
            out->level_count++;
    }
}

static void show_layer(tw_text *out, tw_document *document, tw_node *layer,
                       const tw_write_options *options) {
    const tw_palette colors = tw_palette_of(options);
    static const tw_problem no_problem;
    tw_named_mapping mapping = {.layer = ""};
    tw_hierarchy arch;
    if (layer->kind != TW_NODE_MAPPING) {
        tw_node_error(document, layer, "a layer is %s, expected a mapping (key: value)",
                      tw_node_kind_text(layer));
        return;
    }
    tw_value_text(document, tw_field_require(document, layer, "name", "a layer"), "name",
                  &mapping.layer);
    tw_node *levels = tw_field_require(document, layer, "mapping", "a layer");
    if (!levels)
        return;
    levels_of(document, levels, &arch);
    tw_mapping_from_nodes(document, levels, &arch, &no_problem, false, &mapping);
    tw_text_add(out, "%s", colors.bold);
    tw_cell_plain(out, mapping.layer);
    tw_text_add(out, "%s\n", colors.reset);
    tw_draw_nest(out, &arch, NULL, &mapping.mapping, options);
    tw_text_add(out, "\n");
}

tw_status tw_show_mappings(tw_text *out, tw_document *document, const tw_write_options *options) {
    tw_node *root = document->root;
    if (!root || root->kind != TW_NODE_MAPPING) {
        tw_node_error(document, root, "a mapping file is a mapping (key: value)");
        return tw_document_status(document);
    }
    tw_node *layers = tw_field_require(document, root, "layers", "the mapping file");
    if (tw_value_is_sequence(document, layers, "layers"))
        for (size_t i = 0; i < layers->count; i++)
            show_layer(out, document, layers->values[i], options);
    return tw_document_status(document);
}
