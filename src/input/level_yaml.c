#include "input/level_yaml.h"

#include <math.h>
#include <string.h>

#include "input/constraints.h"
#include "input/roles.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LARGEST_FANOUT (UINT64_C(1) << 31)

static const char *const level_keys[] = {"name",        "capacity",  "buffers", "keeps",
                                         "may_keep",    "must_keep", "energy",  "sliding_window",
                                         "constraints", "bandwidth", "leakage", "fanout"};
static const char *const fanout_keys[] = {"x",         "y",      "dims_x",     "dims_y",
                                          "multicast", "reduce", "hop_energy", "hops"};
enum { DIRECTIONS = 2 };
static const char *const directions[DIRECTIONS] = {"read", "write"};

/* Value `capacity` of role r, in units of the level: bits or words, less the double buffers. */
static void set_capacity(tw_level *out, int r, tw_quantity capacity, uint64_t buffers,
                         const uint32_t word_bits[TW_ROLE_COUNT]) {
    out->capacity_units[r] = floor(capacity.value / (double)buffers);
    out->word_units[r] = capacity.dimension == TW_IN_WORDS ? 1 : (double)word_bits[r];
}

static void read_capacity(tw_document *document, tw_node *level_node, const tw_hierarchy *arch,
                          bool outermost, tw_level *out) {
    uint64_t buffers = 1;
    tw_quantity capacity[TW_ROLE_COUNT];
    tw_role_mask given = 0;
    tw_node *node = outermost
                        ? tw_node_get(level_node, "capacity")
                        : tw_field_require(document, level_node, "capacity", "an inner level");
    (void)tw_value_u64(document, tw_node_get(level_node, "buffers"), "buffers", 1, 1024, &buffers);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        out->word_units[r] = (double)arch->word_bits[r];
    if (!node || (node->kind == TW_NODE_SCALAR && strcmp(node->scalar, "unlimited") == 0)) {
        out->shared = true;
        return;
    }
    const size_t errors = document->errors;
    tw_value_per_role(document, node, "capacity", TW_QUANTITY_CAPACITY, capacity, &given);
    out->bounded = true;
    out->shared = node->kind == TW_NODE_SCALAR;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (given >> r & 1)
            set_capacity(out, r, capacity[r], buffers, arch->word_bits);
    if (errors == document->errors && !given)
        tw_node_error(document, node, "capacity names no tensor");
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if ((given >> r & 1) && out->capacity_units[r] < out->word_units[r]) {
            tw_node_error(document, node, "capacity has no room for a single word");
            return;
        }
}

/* Which tensors a level keeps: by default all that it has room for, and the search may choose. */
static void read_keeps(tw_document *document, tw_node *node, bool outermost, tw_level *out) {
    const tw_role_mask room = tw_level_capacity_roles(out);
    out->keeps = out->may_keep = room;
    out->must_keep = outermost ? TW_ALL_ROLES : 0;
    const struct {
        const char *key;
        tw_role_mask *mask;
    } sets[] = {
        {"keeps", &out->keeps}, {"may_keep", &out->may_keep}, {"must_keep", &out->must_keep}};
    for (size_t i = 0; i < COUNT(sets); i++) {
        const tw_node *value = tw_node_get(node, sets[i].key);
        tw_role_mask mask = 0;
        if (!tw_value_roles(document, value, sets[i].key, &mask))
            continue;
        if (value->kind == TW_NODE_SCALAR && mask)
            mask = room; /* `all` that there is room for */
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            if ((mask & ~room) >> r & 1)
                tw_node_error(document, value, "%s names %s, for which level %s has no capacity",
                              sets[i].key, tw_role_names[r], out->name);
        *sets[i].mask = mask;
    }
    if (!tw_node_get(node, "keeps"))
        out->keeps = out->may_keep;
    if (out->must_keep & ~out->may_keep)
        tw_node_error(document, node, "level %s must keep a tensor that it may not keep",
                      out->name);
    else if ((out->keeps & ~out->may_keep) || (out->must_keep & ~out->keeps))
        tw_node_error(document, node, "level %s: keeps must lie between must_keep and may_keep",
                      out->name);
}

/* energy[d][r]; -1 where the file says nothing. */
static void read_direction(tw_document *document, tw_node *node, int d,
                           double energy[DIRECTIONS][TW_ROLE_COUNT]) {
    char what[32];
    tw_quantity values[TW_ROLE_COUNT];
    tw_role_mask given = 0;
    snprintf(what, sizeof what, "%s energy", directions[d]);
    tw_value_per_role(document, node, what, TW_QUANTITY_ENERGY, values, &given);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (given >> r & 1)
            energy[d][r] = values[r].value;
}

static void read_role_energy(tw_document *document, tw_node *node, int r,
                             double energy[DIRECTIONS][TW_ROLE_COUNT]) {
    char what[48];
    tw_quantity value;
    snprintf(what, sizeof what, "energy of %s", tw_role_names[r]);
    if (node && node->kind == TW_NODE_SCALAR) {
        if (tw_value_quantity(document, node, what, TW_QUANTITY_ENERGY, &value))
            energy[0][r] = energy[1][r] = value.value;
        return;
    }
    if (!node || !tw_fields_check(document, node, what, directions, DIRECTIONS))
        return;
    for (int d = 0; d < DIRECTIONS; d++)
        if (tw_value_quantity(document, tw_node_get(node, directions[d]), what, TW_QUANTITY_ENERGY,
                              &value))
            energy[d][r] = value.value;
}

/* `2pJ`, `{read: .., write: ..}`, `{input: .., ..}`, each of them nested in the other. */
static void read_energy(tw_document *document, tw_node *level_node, tw_level *out) {
    static const char *const keys[] = {"read", "write", "input", "weight", "output"};
    double energy[DIRECTIONS][TW_ROLE_COUNT] = {{-1, -1, -1}, {-1, -1, -1}};
    const size_t errors = document->errors;
    tw_node *node = tw_field_require(document, level_node, "energy", "a level");
    if (node && node->kind == TW_NODE_SCALAR) {
        read_direction(document, node, 0, energy);
        memcpy(energy[1], energy[0], sizeof energy[1]);
    } else if (tw_fields_check(document, node, "energy", keys, COUNT(keys))) {
        for (int d = 0; d < DIRECTIONS; d++)
            read_direction(document, tw_node_get(node, directions[d]), d, energy);
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            read_role_energy(document, tw_node_get(node, tw_role_names[r]), r, energy);
    }
    for (int d = 0; d < DIRECTIONS; d++)
        for (int r = 0; r < TW_ROLE_COUNT; r++) {
            if (energy[d][r] < 0 && ((out->keeps | out->may_keep) >> r & 1) &&
                errors == document->errors)
                tw_node_error(document, node, "energy does not say what a %s of %s costs",
                              directions[d], tw_role_names[r]);
            (d == 0 ? out->read_pj : out->write_pj)[r] = energy[d][r] < 0 ? 0 : energy[d][r];
        }
}

/* Words per cycle of role r, or of any role when r < 0: then all must be equally wide. */
static double words_per_cycle(tw_document *document, const tw_node *node, const tw_hierarchy *arch,
                              int r, tw_quantity bandwidth) {
    const uint32_t bits = arch->word_bits[r < 0 ? 0 : r];
    if (bandwidth.dimension == TW_IN_WORDS)
        return bandwidth.value;
    for (int other = 0; r < 0 && other < TW_ROLE_COUNT; other++)
        if (arch->word_bits[other] != bits) {
            tw_node_error(document, node,
                          "the tensors' words have different widths: give this "
                          "bandwidth in words/cycle");
            return 0;
        }
    if (bandwidth.dimension == TW_IN_BITS)
        return bandwidth.value / bits;
    if (!(arch->clock_mhz > 0)) {
        tw_node_error(document, node, "a bandwidth per second needs the accelerator's clock");
        return 0;
    }
    return bandwidth.value / (arch->clock_mhz * 1e6) / bits;
}

static void read_port(tw_document *document, const tw_node *node, const tw_hierarchy *arch, int r,
                      double *out) {
    tw_quantity value;
    if (!tw_value_quantity(document, node, "bandwidth", TW_QUANTITY_BANDWIDTH, &value))
        return;
    const size_t errors = document->errors;
    *out = words_per_cycle(document, node, arch, r, value);
    if (errors != document->errors)
        return;
    if (!(*out > 0))
        tw_node_error(document, node, "bandwidth is 0; leave it out where it does not limit");
    else if (*out < TW_LEAST_BANDWIDTH || *out > TW_MOST_BANDWIDTH)
        tw_node_error(document, node, "bandwidth is %g words/cycle, expected %g to %g", *out,
                      TW_LEAST_BANDWIDTH, TW_MOST_BANDWIDTH);
}

static void read_bandwidth(tw_document *document, tw_node *node, const tw_hierarchy *arch,
                           tw_level *out) {
    static const char *const keys[] = {"total", "read", "write", "input", "weight", "output"};
    if (node && node->kind == TW_NODE_SCALAR) {
        read_port(document, node, arch, -1, &out->bandwidth);
        return;
    }
    if (!node || !tw_fields_check(document, node, "bandwidth", keys, COUNT(keys)))
        return;
    read_port(document, tw_node_get(node, "total"), arch, -1, &out->bandwidth);
    read_port(document, tw_node_get(node, "read"), arch, -1, &out->read_bandwidth);
    read_port(document, tw_node_get(node, "write"), arch, -1, &out->write_bandwidth);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        read_port(document, tw_node_get(node, tw_role_names[r]), arch, r, &out->role_bandwidth[r]);
}

static void read_multicast(tw_document *document, const tw_node *node, tw_multicast *out) {
    static const char *const words[] = {"words", "tiles", "none", "true", "false"};
    static const tw_multicast meaning[] = {TW_MULTICAST_WORDS, TW_MULTICAST_TILES,
                                           TW_MULTICAST_NONE, TW_MULTICAST_WORDS,
                                           TW_MULTICAST_NONE};
    unsigned choice = 0;
    if (tw_value_choice(document, node, "multicast", words, COUNT(words), &choice))
        *out = meaning[choice];
}

static void read_fanout(tw_document *document, tw_node *node, tw_fanout *out) {
    *out = (tw_fanout){.x = 1,
                       .y = 1,
                       .dims_x = TW_ALL_DIMS,
                       .dims_y = TW_ALL_DIMS,
                       .multicast = TW_MULTICAST_WORDS,
                       .reduce = true,
                       .hops = 1};
    if (!node || !tw_fields_check(document, node, "fanout", fanout_keys, COUNT(fanout_keys)))
        return;
    tw_quantity value;
    (void)tw_value_u64(document, tw_node_get(node, "x"), "x", 1, LARGEST_FANOUT, &out->x);
    (void)tw_value_u64(document, tw_node_get(node, "y"), "y", 1, LARGEST_FANOUT, &out->y);
    (void)tw_value_dims(document, tw_node_get(node, "dims_x"), "dims_x", &out->dims_x);
    (void)tw_value_dims(document, tw_node_get(node, "dims_y"), "dims_y", &out->dims_y);
    read_multicast(document, tw_node_get(node, "multicast"), &out->multicast);
    (void)tw_value_bool(document, tw_node_get(node, "reduce"), "reduce", &out->reduce);
    if (tw_value_quantity(document, tw_node_get(node, "hop_energy"), "hop_energy",
                          TW_QUANTITY_ENERGY, &value))
        out->hop_pj = value.value;
    const tw_node *hops = tw_node_get(node, "hops");
    if (tw_value_quantity(document, hops, "hops", TW_QUANTITY_NUMBER, &value))
        out->hops = value.value;
    if (out->hops > TW_MOST_HOPS)
        tw_node_error(document, hops, "hops is %g, expected at most %g", out->hops, TW_MOST_HOPS);
}

void tw_level_read(tw_document *document, tw_node *node, const tw_hierarchy *arch, bool outermost,
                   tw_level *out) {
    tw_quantity leakage = {0};
    *out = (tw_level){.name = "?"};
    tw_constraints_init(&out->constraints);
    if (!tw_fields_check(document, node, "a level", level_keys, COUNT(level_keys)))
        return;
    (void)tw_value_name(document, tw_field_require(document, node, "name", "a level"), "name",
                        &out->name);
    read_capacity(document, node, arch, outermost, out);
    read_keeps(document, node, outermost, out);
    (void)tw_value_bool(document, tw_node_get(node, "sliding_window"), "sliding_window",
                        &out->sliding_window);
    read_energy(document, node, out);
    read_bandwidth(document, tw_node_get(node, "bandwidth"), arch, out);
    if (tw_value_quantity(document, tw_node_get(node, "leakage"), "leakage", TW_QUANTITY_POWER,
                          &leakage))
        out->leakage_mw = leakage.value;
    if (leakage.value > 0 && !(arch->clock_mhz > 0))
        tw_node_error(document, tw_node_get(node, "leakage"),
                      "leakage needs the accelerator's clock");
    read_fanout(document, tw_node_get(node, "fanout"), &out->fanout);
    tw_constraints_read(document, tw_node_get(node, "constraints"), out,
                        tw_level_capacity_roles(out));
}
