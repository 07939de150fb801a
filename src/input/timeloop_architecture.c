/* `architecture: {version, subtree}` (0.2, 0.3) and `{version, nodes}` (0.4): a chain of storage
 * levels from the outermost to the arithmetic units.
 *
 * Both forms come down to a list of elements, each with the number of its instances in all and on
 * the X axis; the fanout between two neighbours is their ratio. Energies are those of the
 * attributes (vector_access_energy, energy_per_op): tables of Accelergy are not read, and what has
 * no energy counts as 0, of which the user is warned. */
#include <stdlib.h>
#include <string.h>

#include "input/constraints.h"
#include "input/timeloop_constraints.h"
#include "input/timeloop_element.h"
#include "input/timeloop_yaml.h"

enum { MOST_DEPTH = 32 };

bool tw_timeloop_architecture_recognise(const tw_input *input) {
    return tw_sniff_key(input, "architecture", NULL, 0);
}

/* ---- Version 0.2 and 0.3: subtrees --------------------------------------------------------- */

static void read_subtree(tw_timeloop_reader *r, tw_node *list, const tw_timeloop_place *outer,
                         unsigned depth) {
    if (!list || !tw_value_is_sequence(r->document, list, "subtree"))
        return;
    if (list->count != 1 || depth == MOST_DEPTH || list->values[0]->kind != TW_NODE_MAPPING) {
        tw_node_error(r->document, list,
                      "a subtree of %zu branches at depth %u, expected one "
                      "branch: a chain of levels",
                      list->count, depth);
        return;
    }
    tw_node *node = list->values[0];
    const char *name = "";
    uint64_t times = 1;
    (void)tw_value_text(r->document, tw_node_get(node, "name"), "name", &name);
    (void)tw_timeloop_cut_range(r, node, name, &times);
    tw_timeloop_place where = tw_timeloop_narrow(r, node, outer, times);
    where.mesh_x = times > 1 ? 0 : outer->mesh_x;
    if (tw_node_get(node, "attributes"))
        where.attributes = tw_node_get(node, "attributes");
    tw_node *local = tw_node_get(node, "local");
    if (local && tw_value_is_sequence(r->document, local, "local"))
        for (size_t i = 0; i < local->count; i++)
            tw_timeloop_add_element(r, local->values[i], &where);
    if (where.mesh_x == 0)
        where.mesh_x = r->last.instances == where.instances ? r->last.mesh_x : where.instances;
    read_subtree(r, tw_node_get(node, "subtree"), &where, depth + 1);
}

/* ---- Version 0.4: nodes -----------------------------------------------------------------------
 */

static void read_mesh(tw_timeloop_reader *r, tw_node *node, tw_timeloop_place *where) {
    tw_node *spatial = tw_node_get(node, "spatial");
    uint64_t x = 1, y = 1;
    if (!spatial || spatial->kind != TW_NODE_MAPPING)
        return;
    (void)tw_value_u64(r->document, tw_node_get(spatial, "meshX"), "meshX", 1, UINT64_C(1) << 31,
                       &x);
    (void)tw_value_u64(r->document, tw_node_get(spatial, "meshY"), "meshY", 1, UINT64_C(1) << 31,
                       &y);
    const uint64_t mesh_x =
        tw_timeloop_narrow(r, node, &(tw_timeloop_place){where->mesh_x, 1, NULL}, x).instances;
    *where = tw_timeloop_narrow(r, node, where, x);
    *where = tw_timeloop_narrow(r, node, where, y);
    where->mesh_x = mesh_x;
}

static uint64_t mesh_of(tw_node *node, const char *key) {
    tw_node *spatial = tw_node_get(node, "spatial");
    const tw_node *mesh =
        spatial && spatial->kind == TW_NODE_MAPPING ? tw_node_get(spatial, key) : NULL;
    return mesh && mesh->kind == TW_NODE_SCALAR ? strtoull(mesh->scalar, NULL, 10) : 1;
}

/* Between two levels one container may span each axis, since their loops become those of one
 * fanout, and its constraints those of the axis. */
static void note_container(tw_timeloop_reader *r, tw_node *node) {
    static const char *const axes[2] = {"meshX", "meshY"};
    if (r->arch->level_count == 0)
        return;
    tw_node **slots = r->containers[r->arch->level_count - 1];
    for (int a = 0; a < 2; a++) {
        if (mesh_of(node, axes[a]) <= 1)
            continue;
        if (slots[a] && (tw_node_get(slots[a], "constraints") || tw_node_get(node, "constraints")))
            tw_node_error(r->document, node,
                          "two containers with constraints have a %s between "
                          "two levels",
                          axes[a]);
        slots[a] = node;
    }
}

/* Components side by side, each with data spaces of its own, are levels that the others' data
 * pass by. */
static void read_parallel(tw_timeloop_reader *r, tw_node *list, const tw_timeloop_place *where) {
    if (!tw_value_is_sequence(r->document, list, "nodes"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        tw_node *node = list->values[i];
        const unsigned level = r->arch->level_count;
        if (node->tag && strcmp(node->tag, "!Nothing") == 0)
            continue;
        if (node->kind != TW_NODE_MAPPING || tw_node_get(node, "nodes") ||
            tw_node_get(node, "spatial")) {
            tw_node_error(r->document, node,
                          "a branch of a !Parallel that is no single component "
                          "cannot be said here");
            continue;
        }
        tw_timeloop_add_element(r, node, where);
        if (r->arch->level_count > level)
            r->parallel |= 1u << level;
    }
}

static void read_nodes(tw_timeloop_reader *r, tw_node *list, tw_timeloop_place *where,
                       unsigned depth) {
    if (!list || !tw_value_is_sequence(r->document, list, "nodes"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        tw_node *node = list->values[i];
        tw_node *inner = tw_node_get(node->kind == TW_NODE_MAPPING ? node : NULL, "nodes");
        const char *tag = node->tag ? node->tag : "";
        if (node->kind == TW_NODE_MAPPING && strcmp(tag, "!Parallel") == 0 && inner) {
            read_parallel(r, inner, where);
            continue;
        }
        if (node->kind != TW_NODE_MAPPING || depth == MOST_DEPTH) {
            tw_node_error(r->document, node,
                          "%s cannot be said here, expected a chain of "
                          "!Component and !Container",
                          tag[0] ? tag : "this node");
            continue;
        }
        read_mesh(r, node, where);
        if (strcmp(tag, "!Container") == 0) {
            note_container(r, node);
            if (tw_node_get(node, "attributes"))
                where->attributes = tw_node_get(node, "attributes");
        } else if (inner) {
            read_nodes(r, inner, where, depth + 1);
        } else {
            tw_timeloop_add_element(r, node, where);
        }
    }
}

/* ---- Constraints ---------------------------------------------------------------------------- */

/* Containers: a constraint counts for the axes that its mesh spans. */
static void constrain_axes(tw_timeloop_reader *r, unsigned l) {
    tw_node **slots = r->containers[l];
    for (int a = 0; a < 2; a++) {
        const bool again = a == 1 && slots[0] == slots[1];
        tw_node *own = slots[a] && !again ? tw_node_get(slots[a], "constraints") : NULL;
        tw_node *node = own && own->kind == TW_NODE_MAPPING ? tw_node_get(own, "spatial") : NULL;
        const unsigned axes = slots[0] == slots[1] ? TW_TIMELOOP_X | TW_TIMELOOP_Y
                              : a == 0             ? TW_TIMELOOP_X
                                                   : TW_TIMELOOP_Y;
        if (node && node->kind == TW_NODE_MAPPING)
            tw_timeloop_constrain_spatial(r->document, node, axes, &r->arch->levels[l]);
    }
}

/* Levels side by side keep what they must and nothing else, each something of its own. */
static void check_parallel(tw_timeloop_reader *r, const tw_node *node) {
    tw_role_mask taken = 0;
    for (unsigned l = 0; l < r->arch->level_count; l++) {
        tw_level *level = &r->arch->levels[l];
        if (!(r->parallel >> l & 1)) {
            taken = 0;
            continue;
        }
        if (level->must_keep == 0 || level->must_keep & taken)
            tw_node_error(r->document, node,
                          "level %.60s of a !Parallel must keep data spaces of "
                          "its own",
                          level->name);
        taken |= level->must_keep;
        level->keeps = level->may_keep = level->must_keep;
    }
}

static void constrain_inline(tw_timeloop_reader *r) {
    static const char *const types[] = {"temporal", "dataspace"};
    for (unsigned l = 0; l < r->arch->level_count; l++) {
        tw_node *own = r->level_constraints[l];
        own = own && own->kind == TW_NODE_MAPPING ? own : NULL;
        for (size_t t = 0; own && t < 2; t++) {
            tw_node *node = tw_node_get(own, types[t]);
            if (node && node->kind == TW_NODE_MAPPING)
                tw_timeloop_constrain(r->document, node, types[t], &r->arch->levels[l]);
        }
        tw_node *spatial = own ? tw_node_get(own, "spatial") : NULL;
        if (spatial && spatial->kind == TW_NODE_MAPPING)
            tw_timeloop_constrain_spatial(r->document, spatial, TW_TIMELOOP_X | TW_TIMELOOP_Y,
                                          &r->arch->levels[l]);
        constrain_axes(r, l);
    }
}

/* `constraints: {targets: [{target, type, ...}]}`, or the list itself. */
static void constrain_targets(tw_timeloop_reader *r, tw_node *node) {
    if (!node)
        return;
    tw_node *list = node->kind == TW_NODE_MAPPING ? tw_node_get(node, "targets") : node;
    if (!list || !tw_value_is_sequence(r->document, list, "targets"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        tw_node *item = list->values[i];
        const char *target = NULL, *type = NULL;
        tw_level *level = NULL;
        if (item->kind != TW_NODE_MAPPING ||
            !tw_value_text(r->document,
                           tw_field_require(r->document, item, "target", "a constraint"), "target",
                           &target) ||
            !tw_value_text(r->document, tw_field_require(r->document, item, "type", "a constraint"),
                           "type", &type))
            continue;
        for (unsigned l = 0; l < r->arch->level_count; l++)
            if (strcmp(r->arch->levels[l].name, target) == 0)
                level = &r->arch->levels[l];
        if (level && strcmp(type, "spatial") == 0)
            tw_timeloop_constrain_spatial(r->document, item, TW_TIMELOOP_X | TW_TIMELOOP_Y, level);
        else if (level)
            tw_timeloop_constrain(r->document, item, type, level);
        else
            tw_node_error(r->document, item, "the architecture has no storage level %.60s", target);
    }
}

static void read_architecture(tw_timeloop_reader *r, tw_node *node) {
    const tw_timeloop_place top = {.instances = 1, .mesh_x = 1};
    tw_timeloop_place where = top;
    if (node->kind != TW_NODE_MAPPING) {
        tw_node_error(r->document, node, "architecture is %s, expected a mapping",
                      tw_node_kind_text(node));
        return;
    }
    if (tw_node_get(node, "nodes"))
        read_nodes(r, tw_node_get(node, "nodes"), &where, 0);
    else if (tw_node_get(node, "subtree"))
        read_subtree(r, tw_node_get(node, "subtree"), &top, 0);
    else
        tw_node_error(r->document, node, "expected subtree (version 0.2, 0.3) or nodes (0.4)");
    if (r->document->errors == 0 && (r->arch->level_count == 0 || !r->computes))
        tw_node_error(r->document, node, "the architecture has no %s",
                      r->computes ? "storage level" : "arithmetic units (class intmac, compute)");
}

tw_status tw_timeloop_architecture_load(const tw_input *input, tw_accelerator *out) {
    tw_document document;
    const char *slash = strrchr(input->path, '/');
    const tw_position at = {.file = input->path};
    TW_TRY(tw_document_parse_lenient(input->ctx, &out->arena, input->path, input->bytes,
                                     input->size, &document));
    tw_node *root = document.root;
    tw_node *node =
        root && root->kind == TW_NODE_MAPPING ? tw_node_get(root, "architecture") : NULL;
    if (!node)
        return tw_fail(input->ctx, TW_INVALID, &at, "expected a mapping with the key architecture");
    out->kind = TW_KIND_HIERARCHY;
    out->hierarchy = (tw_hierarchy){.overlap = true, .word_bits = {16, 16, 16}};
    out->hierarchy.name = tw_arena_strdup(&out->arena, slash ? slash + 1 : input->path);
    if (!out->hierarchy.name)
        return tw_out_of_memory(input->ctx);
    tw_timeloop_reader r = {.document = &document, .arch = &out->hierarchy};
    read_architecture(&r, node);
    constrain_inline(&r);
    constrain_targets(&r, tw_node_get(root, "constraints"));
    constrain_targets(&r, tw_node_get(root, "architecture_constraints"));
    check_parallel(&r, node);
    TW_TRY(tw_document_status(&document));
    return tw_hierarchy_check(input->ctx, &at, &out->hierarchy);
}
