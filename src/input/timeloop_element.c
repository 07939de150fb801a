#include "input/timeloop_element.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "input/constraints.h"
#include "input/fields.h"
#include "input/timeloop_yaml.h"

static void warn(const tw_timeloop_reader *r, const tw_node *node, const char *format,
                 const char *name) {
    const tw_position at = tw_node_position(r->document, node);
    tw_diag(r->document->ctx, TW_SEVERITY_WARNING, &at, format, name);
}

const char *tw_timeloop_cut_range(tw_timeloop_reader *r, const tw_node *node, const char *name,
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
static tw_node *attribute(const tw_timeloop_place *where, tw_node *element,
                          const char *const *names) {
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

static bool number(tw_timeloop_reader *r, const tw_node *node, const char *what, double *out) {
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

static double number_or(tw_timeloop_reader *r, const tw_node *node, const char *what,
                        double otherwise) {
    (void)number(r, node, what, &otherwise);
    return otherwise;
}

/* The fanout between the level added last and what stands at `where`. */
static void set_fanout(tw_timeloop_reader *r, const tw_node *node, const tw_timeloop_place *where) {
    if (r->arch->level_count == 0) {
        if (where->instances != 1)
            tw_node_error(r->document, node, "the outermost level has %llu instances, expected one",
                          (unsigned long long)where->instances);
        return;
    }
    tw_fanout *fanout = &r->arch->levels[r->arch->level_count - 1].fanout;
    const tw_timeloop_place *last = &r->last;
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

static double word_bits(tw_timeloop_reader *r, const tw_timeloop_place *where, tw_node *element) {
    const double bits =
        number_or(r, attribute(where, element, NAMES("word_bits", "datawidth", "word_width")),
                  "word_bits", 0);
    return bits > 0 ? bits : 16;
}

static void set_capacity(tw_timeloop_reader *r, const tw_timeloop_place *where, tw_node *element,
                         double block, double bits, tw_level *out) {
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

static void set_energy(tw_timeloop_reader *r, const tw_timeloop_place *where, tw_node *element,
                       double block, tw_level *out) {
    double energy = 0;
    const tw_node *node = attribute(where, element, NAMES("vector_access_energy"));
    if (!number(r, node, "vector_access_energy", &energy) && !node)
        warn(r, element, "level %s has no vector_access_energy: its accesses count as 0 pJ",
             out->name);
    for (int k = 0; k < TW_ROLE_COUNT; k++)
        out->read_pj[k] = out->write_pj[k] = energy / block;
}

static void add_level(tw_timeloop_reader *r, tw_node *element, const char *name, const char *class,
                      const tw_timeloop_place *where) {
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

static void add_compute(tw_timeloop_reader *r, tw_node *element, const char *name,
                        const tw_timeloop_place *where) {
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

tw_timeloop_place tw_timeloop_narrow(tw_timeloop_reader *r, const tw_node *node,
                                     const tw_timeloop_place *where, uint64_t times) {
    tw_timeloop_place result = *where;
    bool overflow = false;
    result.instances = tw_mul_u64(where->instances, times, &overflow);
    if (overflow || result.instances > UINT64_C(1) << 31) {
        tw_node_error(r->document, node, "more than 2^31 instances");
        result.instances = 1;
    }
    return result;
}

void tw_timeloop_add_element(tw_timeloop_reader *r, tw_node *element,
                             const tw_timeloop_place *outer) {
    const char *name = NULL, *class = "";
    uint64_t times = 1;
    if (element->kind != TW_NODE_MAPPING ||
        !tw_value_name(r->document, tw_field_require(r->document, element, "name", "an element"),
                       "name", &name))
        return;
    name = tw_timeloop_cut_range(r, element, name, &times);
    (void)tw_value_text(r->document, tw_node_get(element, "class"), "class", &class);
    tw_timeloop_place where = tw_timeloop_narrow(r, element, outer, times);
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
