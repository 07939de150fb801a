/* `architecture: {version, subtree}` (0.2, 0.3) and `{version, nodes}` (0.4): a chain of storage
 * levels from the outermost to the arithmetic units.
 *
 * Both forms come down to a list of elements, each with the number of its instances in all and on
 * the X axis; the fanout between two neighbours is their ratio. Energies are those of the
 * attributes (vector_access_energy, energy_per_op): tables of Accelergy are not read, and what has
 * no energy counts as 0, of which the user is warned. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "input/constraints.h"
#include "input/timeloop_constraints.h"
#include "input/timeloop_yaml.h"

enum { MOST_DEPTH = 32 };

/* Where in the chain the walk is. */
typedef struct {
    uint64_t instances, mesh_x;
    tw_node *attributes; /* inherited from the subtree, or NULL */
} place;

typedef struct {
    tw_document *document;
    tw_hierarchy *arch;
    place last;    /* of the level added last */
    bool computes; /* the arithmetic units were found */
    tw_node *level_constraints[TW_MAX_LEVELS];
    /* Containers with a mesh, by the level above them and the axis. */
    tw_node *containers[TW_MAX_LEVELS][2];
    uint32_t parallel; /* bit l: level l stands beside others, each with tensors of its own */
} arch_reader;

bool tw_timeloop_architecture_recognise(const tw_input *input) {
    return tw_sniff_key(input, "architecture", NULL, 0);
}

static void warn(const arch_reader *r, const tw_node *node, const char *format, const char *name) {
    const tw_position at = tw_node_position(r->document, node);
    tw_diag(r->document->ctx, TW_SEVERITY_WARNING, &at, format, name);
}

/* "PE[0..167]" is PE, 168 times. */
static const char *cut_range(arch_reader *r, const tw_node *node, const char *name,
                             uint64_t *count) {
    const char *bracket = strchr(name, '[');
    *count = 1;
    if (!bracket)
        return name;
    char *end = NULL;
    const uint64_t first = strtoull(bracket + 1, &end, 10);
    if (strncmp(end, "..", 2) == 0 && isdigit((unsigned char)end[2])) {
        const uint64_t last = strtoull(end + 2, &end, 10);
        if (*end == ']' && last >= first && last - first < (UINT64_C(1) << 31)) {
            *count = last - first + 1;
            const char *cut = tw_arena_strndup(r->document->arena, name, (size_t)(bracket - name));
            return cut ? cut : name;
        }
    }
    tw_node_error(r->document, node, "\"%.60s\" is no name with a range such as PE[0..15]", name);
    return name;
}

/* An attribute of the element, or inherited; names with dashes and underscores are the same. */
static tw_node *attribute(const place *where, tw_node *element, const char *const *names) {
    tw_node *own = tw_node_get(element, "attributes");
    for (; *names; names++) {
        tw_node *found = tw_timeloop_get(own, *names);
        if (!found)
            found = tw_timeloop_get(where->attributes, *names);
        if (found)
            return found;
    }
    return NULL;
}
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool number(arch_reader *r, const tw_node *node, const char *what, double *out) {
    char *end = NULL;
    if (!node)
        return false;
    const double value = node->kind == TW_NODE_SCALAR ? strtod(node->scalar, &end) : NAN;
    if (!end || end == node->scalar || *end || !isfinite(value) || value < 0) {
        tw_node_error(r->document, node, "%s is no number >= 0 (expressions are not computed)",
                      what);
        return false;
    }
    *out = value;
    return true;
}

static double number_or(arch_reader *r, const tw_node *node, const char *what, double otherwise) {
    (void)number(r, node, what, &otherwise);
    return otherwise;
}

/* ---- Levels --------------------------------------------------------------------------------- */

/* The fanout between the level added last and what stands at `where`. */
static void set_fanout(arch_reader *r, const tw_node *node, const place *where) {
    if (r->arch->level_count == 0) {
        if (where->instances != 1)
            tw_node_error(r->document, node, "the outermost level has %llu instances, expected one",
                          (unsigned long long)where->instances);
        return;
    }
    tw_fanout *fanout = &r->arch->levels[r->arch->level_count - 1].fanout;
    const place *last = &r->last;
    const uint64_t last_y = last->instances / last->mesh_x, y = where->instances / where->mesh_x;
    if (where->mesh_x % last->mesh_x || y % last_y) {
        tw_node_error(r->document, node,
                      "%llu instances (%llu on X) do not fit %llu (%llu on X) "
                      "above them",
                      (unsigned long long)where->instances, (unsigned long long)where->mesh_x,
                      (unsigned long long)last->instances, (unsigned long long)last->mesh_x);
        return;
    }
    fanout->x = where->mesh_x / last->mesh_x;
    fanout->y = y / last_y;
}

static double word_bits(arch_reader *r, const place *where, tw_node *element) {
    const double bits =
        number_or(r, attribute(where, element, NAMES("word_bits", "datawidth", "word_width")),
                  "word_bits", 0);
    return bits > 0 ? bits : 16;
}

static void set_capacity(arch_reader *r, const place *where, tw_node *element, double block,
                         double bits, tw_level *out) {
    double entries = 0, depth = 0, width = 0, kilobytes = 0, buffers = 1;
    (void)number(r, attribute(where, element, NAMES("multiple_buffering")), "multiple_buffering",
                 &buffers);
    out->shared = true;
    for (int k = 0; k < TW_ROLE_COUNT; k++)
        out->word_units[k] = 1;
    if (number(r, attribute(where, element, NAMES("sizeKB")), "sizeKB", &kilobytes))
        entries = kilobytes * 8192 / bits;
    else if (number(r, attribute(where, element, NAMES("entries")), "entries", &entries))
        ;
    else if (number(r, attribute(where, element, NAMES("depth", "memory_depth")), "depth",
                    &depth)) {
        if (number(r, attribute(where, element, NAMES("width", "memory_width")), "width", &width))
            entries = depth * floor(width / bits);
        else
            entries = depth * block;
    } else {
        return;
    }
    out->bounded = true;
    out->capacity_units[0] = floor(entries / (buffers >= 1 ? buffers : 1));
    if (out->capacity_units[0] < 1)
        tw_node_error(r->document, element, "level %s has no room for a word", out->name);
}

static void set_energy(arch_reader *r, const place *where, tw_node *element, double block,
                       tw_level *out) {
    double energy = 0;
    const tw_node *node = attribute(where, element, NAMES("vector_access_energy"));
    if (!number(r, node, "vector_access_energy", &energy) && !node)
        warn(r, element, "level %s has no vector_access_energy: its accesses count as 0 pJ",
             out->name);
    for (int k = 0; k < TW_ROLE_COUNT; k++)
        out->read_pj[k] = out->write_pj[k] = energy / block;
}

static void add_level(arch_reader *r, tw_node *element, const char *name, const char *class,
                      const place *where) {
    tw_hierarchy *arch = r->arch;
    if (arch->level_count == TW_MAX_LEVELS) {
        tw_node_error(r->document, element, "more than %d storage levels", (int)TW_MAX_LEVELS);
        return;
    }
    set_fanout(r, element, where);
    tw_level *out = &arch->levels[arch->level_count];
    *out = (tw_level){.name = name,
                      .keeps = TW_ALL_ROLES,
                      .may_keep = TW_ALL_ROLES,
                      .must_keep = arch->level_count == 0 ? TW_ALL_ROLES : 0,
                      .sliding_window = true};
    out->fanout = (tw_fanout){.x = 1,
                              .y = 1,
                              .dims_x = TW_ALL_DIMS,
                              .dims_y = TW_ALL_DIMS,
                              .multicast = TW_MULTICAST_TILES,
                              .reduce = true,
                              .hops = 1};
    tw_constraints_init(&out->constraints);
    const double bits = word_bits(r, where, element);
    double block = number_or(r, attribute(where, element, NAMES("block_size")), "block_size", 0);
    if (block < 1) {
        const double width =
            number_or(r, attribute(where, element, NAMES("width", "memory_width")), "width", bits);
        block = floor(width / bits) > 1 ? floor(width / bits) : 1;
    }
    set_capacity(r, where, element, block, bits, out);
    if (strcasestr(class, "dram"))
        out->bounded = false;
    else if (!out->bounded && arch->level_count)
        tw_node_error(r->document, element, "level %s has neither entries nor a depth", name);
    set_energy(r, where, element, block, out);
    out->bandwidth = number_or(r, attribute(where, element, NAMES("shared_bandwidth", "bandwidth")),
                               "bandwidth", 0);
    out->read_bandwidth =
        number_or(r, attribute(where, element, NAMES("read_bandwidth")), "read_bandwidth", 0);
    out->write_bandwidth =
        number_or(r, attribute(where, element, NAMES("write_bandwidth")), "write_bandwidth", 0);
    if (arch->level_count == 0)
        for (int k = 0; k < TW_ROLE_COUNT; k++)
            arch->word_bits[k] = bits >= 1 && bits <= 4096 ? (uint32_t)bits : 16;
    r->level_constraints[arch->level_count] = tw_node_get(element, "constraints");
    r->last = *where;
    arch->level_count++;
}

static void add_compute(arch_reader *r, tw_node *element, const char *name, const place *where) {
    const tw_node *node = attribute(where, element, NAMES("energy_per_op", "energy"));
    if (r->computes) {
        tw_node_error(r->document, element, "a second kind of arithmetic unit, %.40s", name);
        return;
    }
    r->computes = true;
    set_fanout(r, element, where);
    if (!number(r, node, "energy_per_op", &r->arch->mac_pj) && !node)
        warn(r, element, "%s has no energy_per_op: an operation counts as 0 pJ", name);
}

static bool class_has(const char *class, const char *const *words) {
    for (; *words; words++)
        if (strcasestr(class, *words))
            return true;
    return false;
}

/* The place of an element with its own range or mesh. */
static place narrow(arch_reader *r, const tw_node *node, const place *where, uint64_t times) {
    place result = *where;
    bool overflow = false;
    result.instances = tw_mul_u64(where->instances, times, &overflow);
    if (overflow || result.instances > UINT64_C(1) << 31) {
        tw_node_error(r->document, node, "more than 2^31 instances");
        result.instances = 1;
    }
    return result;
}

static void add_element(arch_reader *r, tw_node *element, const place *outer) {
    const char *name = NULL, *class = "";
    uint64_t times = 1;
    if (element->kind != TW_NODE_MAPPING ||
        !tw_value_name(r->document, tw_field_require(r->document, element, "name", "an element"),
                       "name", &name))
        return;
    name = cut_range(r, element, name, &times);
    (void)tw_value_text(r->document, tw_node_get(element, "class"), "class", &class);
    place where = narrow(r, element, outer, times);
    const tw_node *mesh = attribute(&where, element, NAMES("meshX"));
    if (mesh)
        (void)tw_value_u64(r->document, mesh, "meshX", 1, UINT64_C(1) << 31, &where.mesh_x);
    else if (times > 1)
        where.mesh_x = 0;
    if (where.mesh_x == 0)
        where.mesh_x = where.instances;
    if (where.instances % where.mesh_x) {
        tw_node_error(r->document, element, "%llu instances cannot stand in rows of %llu",
                      (unsigned long long)where.instances, (unsigned long long)where.mesh_x);
        where.mesh_x = where.instances;
    }
    if (class_has(class, NAMES("mac", "compute", "alu", "multiplier")))
        add_compute(r, element, name, &where);
    else if (class_has(class, NAMES("dram", "sram", "buffer", "regfile", "storage", "_rf", "spad",
                                    "memory", "register", "reg_")) ||
             strcasecmp(class, "reg") == 0)
        add_level(r, element, name, class, &where);
    else
        warn(r, element, "%s is neither storage nor arithmetic: left out", name);
}

/* ---- Version 0.2 and 0.3: subtrees --------------------------------------------------------- */

static void read_subtree(arch_reader *r, tw_node *list, const place *outer, unsigned depth) {
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
    (void)cut_range(r, node, name, &times);
    place where = narrow(r, node, outer, times);
    where.mesh_x = times > 1 ? 0 : outer->mesh_x;
    if (tw_node_get(node, "attributes"))
        where.attributes = tw_node_get(node, "attributes");
    tw_node *local = tw_node_get(node, "local");
    if (local && tw_value_is_sequence(r->document, local, "local"))
        for (size_t i = 0; i < local->count; i++)
            add_element(r, local->values[i], &where);
    if (where.mesh_x == 0)
        where.mesh_x = r->last.instances == where.instances ? r->last.mesh_x : where.instances;
    read_subtree(r, tw_node_get(node, "subtree"), &where, depth + 1);
}

/* ---- Version 0.4: nodes -----------------------------------------------------------------------
 */

static void read_mesh(arch_reader *r, tw_node *node, place *where) {
    tw_node *spatial = tw_node_get(node, "spatial");
    uint64_t x = 1, y = 1;
    if (!spatial || spatial->kind != TW_NODE_MAPPING)
        return;
    (void)tw_value_u64(r->document, tw_node_get(spatial, "meshX"), "meshX", 1, UINT64_C(1) << 31,
                       &x);
    (void)tw_value_u64(r->document, tw_node_get(spatial, "meshY"), "meshY", 1, UINT64_C(1) << 31,
                       &y);
    const uint64_t mesh_x = narrow(r, node, &(place){where->mesh_x, 1, NULL}, x).instances;
    *where = narrow(r, node, where, x);
    *where = narrow(r, node, where, y);
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
static void note_container(arch_reader *r, tw_node *node) {
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
static void read_parallel(arch_reader *r, tw_node *list, const place *where) {
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
        add_element(r, node, where);
        if (r->arch->level_count > level)
            r->parallel |= 1u << level;
    }
}

static void read_nodes(arch_reader *r, tw_node *list, place *where, unsigned depth) {
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
            add_element(r, node, where);
        }
    }
}

/* ---- Constraints ---------------------------------------------------------------------------- */

/* Containers: a constraint counts for the axes that its mesh spans. */
static void constrain_axes(arch_reader *r, unsigned l) {
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
static void check_parallel(arch_reader *r, const tw_node *node) {
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

static void constrain_inline(arch_reader *r) {
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
static void constrain_targets(arch_reader *r, tw_node *node) {
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

static void read_architecture(arch_reader *r, tw_node *node) {
    const place top = {.instances = 1, .mesh_x = 1};
    place where = top;
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
    arch_reader r = {.document = &document, .arch = &out->hierarchy};
    read_architecture(&r, node);
    constrain_inline(&r);
    constrain_targets(&r, tw_node_get(root, "constraints"));
    constrain_targets(&r, tw_node_get(root, "architecture_constraints"));
    check_parallel(&r, node);
    TW_TRY(tw_document_status(&document));
    return tw_hierarchy_check(input->ctx, &at, &out->hierarchy);
}
