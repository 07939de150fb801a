#include "input/timeloop_constraints.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "input/timeloop_yaml.h"

typedef enum { FACTOR_EXACT, FACTOR_AT_MOST } factor_kind;

/* Called for each of the factors `R=3 S<=4 C1`; 0 and -1 say that the rest goes here: free. */
typedef void factor_taker(tw_document *document, const tw_node *node, tw_level *level,
                          unsigned axes, tw_dim dim, factor_kind kind, uint64_t factor);

/* One factor off the front of *at; false when it cannot be read. */
static bool cut_factor(const char **at, tw_dim *dim, factor_kind *kind, int64_t *factor) {
    const char *c = *at;
    const char name[2] = {*c, '\0'};
    char *end = NULL;
    const int found = tw_timeloop_dim(name);
    if (found < 0)
        return false;
    c++;
    *kind = strncmp(c, "<=", 2) == 0 ? FACTOR_AT_MOST : FACTOR_EXACT;
    c += *kind == FACTOR_AT_MOST ? 2 : *c == '=';
    if (!isdigit((unsigned char)*c) && *c != '-')
        return false;
    *factor = strtoll(c, &end, 10);
    *dim = (tw_dim)found;
    *at = end;
    return end != c && *factor >= -1;
}

static void read_factors(tw_document *document, const tw_node *node, tw_level *level, unsigned axes,
                         factor_taker *take) {
    if (!node)
        return;
    if (node->kind == TW_NODE_SEQUENCE) {
        for (size_t i = 0; i < node->count; i++)
            read_factors(document, node->values[i], level, axes, take);
        return;
    }
    const char *text = NULL;
    if (!tw_value_text(document, node, "factors", &text))
        return;
    while (*text) {
        tw_dim dim = TW_DIM_G;
        factor_kind kind = FACTOR_EXACT;
        int64_t factor = 0;
        if (isspace((unsigned char)*text) || *text == ',') {
            text++;
        } else if (!cut_factor(&text, &dim, &kind, &factor)) {
            tw_node_error(document, node,
                          "factors: \"%.40s\" cannot be read, expected R=3 or P<=4 "
                          "of R S P Q C K M N G",
                          text);
            return;
        } else if (factor > 0) {
            take(document, node, level, axes, dim, kind, (uint64_t)factor);
        }
    }
}

static void take_temporal(tw_document *document, const tw_node *node, tw_level *level,
                          unsigned axes, tw_dim dim, factor_kind kind, uint64_t factor) {
    (void)document;
    (void)node;
    (void)axes;
    (kind == FACTOR_EXACT ? level->constraints.temporal_fixed
                          : level->constraints.temporal_max)[dim] = factor;
}

/* A factor of 1 forbids the dimension; a larger one goes to the axis that may have it. */
static void take_spatial(tw_document *document, const tw_node *node, tw_level *level, unsigned axes,
                         tw_dim dim, factor_kind kind, uint64_t factor) {
    tw_fanout *fanout = &level->fanout;
    if (factor == 1) {
        fanout->dims_x &= axes & TW_TIMELOOP_X ? ~(1u << dim) : TW_ALL_DIMS;
        fanout->dims_y &= axes & TW_TIMELOOP_Y ? ~(1u << dim) : TW_ALL_DIMS;
        return;
    }
    const bool x = axes & TW_TIMELOOP_X && fanout->x > 1 && fanout->dims_x >> dim & 1,
               y = axes & TW_TIMELOOP_Y && fanout->y > 1 && fanout->dims_y >> dim & 1;
    if (kind == FACTOR_AT_MOST || x == y)
        tw_node_error(document, node, "the spatial factor of %s %s", tw_dim_names[dim],
                      kind == FACTOR_AT_MOST ? "is a maximum, which cannot be said here"
                      : x ? "fits both axes: a permutation and a split must say which"
                          : "has no axis to be on");
    else
        (x ? level->constraints.spatial_x_fixed : level->constraints.spatial_y_fixed)[dim] = factor;
}

/* Letters of a permutation, innermost first. False when one is unknown. */
static bool read_permutation(tw_document *document, const tw_node *node, tw_dim *out,
                             unsigned *count) {
    char letters[64] = "";
    *count = 0;
    if (node->kind == TW_NODE_SEQUENCE) {
        for (size_t i = 0; i < node->count && i < 32; i++)
            if (node->values[i]->kind == TW_NODE_SCALAR)
                strncat(letters, node->values[i]->scalar, 1);
    } else {
        snprintf(letters, sizeof letters, "%s", node->kind == TW_NODE_SCALAR ? node->scalar : "?");
    }
    for (const char *c = letters; *c; c++) {
        const char name[2] = {*c, '\0'};
        const int dim = tw_timeloop_dim(name);
        if (isspace((unsigned char)*c) || *c == ',')
            continue;
        if (dim < 0 || *count == TW_DIM_COUNT) {
            tw_node_error(document, node,
                          "the permutation names \"%c\", expected R S P Q C K M N "
                          "G, each once",
                          *c);
            return false;
        }
        out[(*count)++] = (tw_dim)dim;
    }
    return true;
}

static void read_order(tw_document *document, const tw_node *node, tw_level *level) {
    tw_dim dims[TW_DIM_COUNT];
    unsigned count = 0;
    if (!node || !read_permutation(document, node, dims, &count))
        return;
    level->constraints.order_count = count;
    for (unsigned i = 0; i < count; i++)
        level->constraints.order[i] = dims[count - 1 - i];
}

/* The first `split` dimensions of the permutation may be on X, the others on Y. */
static void read_split(tw_document *document, tw_node *node, tw_level *level) {
    const tw_node *permutation = tw_node_get(node, "permutation"),
                  *split_node = tw_node_get(node, "split");
    tw_dim dims[TW_DIM_COUNT];
    unsigned count = 0;
    uint64_t split = 0;
    if (!permutation || !split_node || !read_permutation(document, permutation, dims, &count) ||
        !tw_value_u64(document, split_node, "split", 0, UINT32_MAX, &split))
        return;
    for (unsigned i = 0; i < count; i++)
        *(i < split ? &level->fanout.dims_y : &level->fanout.dims_x) &= ~(1u << dims[i]);
}

static bool read_spaces(tw_document *document, const tw_node *node, const char *what,
                        tw_role_mask *out) {
    *out = 0;
    if (!node)
        return false;
    if (!tw_value_is_sequence(document, node, what))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const char *name = NULL;
        if (!tw_value_text(document, node->values[i], what, &name))
            continue;
        const int role = tw_timeloop_role(name);
        if (role < 0)
            tw_node_error(document, node->values[i],
                          "%s names \"%.40s\", expected Inputs, Weights "
                          "or Outputs",
                          what, name);
        else
            *out |= 1u << role;
    }
    return true;
}

static void read_keeps(tw_document *document, tw_node *node, tw_level *level) {
    tw_role_mask mask = 0;
    if (read_spaces(document, tw_timeloop_get(node, "keep_only"), "keep_only", &mask))
        level->keeps = level->may_keep = level->must_keep = mask;
    if (read_spaces(document, tw_node_get(node, "keep"), "keep", &mask)) {
        level->must_keep |= mask;
        level->may_keep |= mask;
        level->keeps |= mask;
    }
    if (read_spaces(document, tw_node_get(node, "bypass"), "bypass", &mask)) {
        level->must_keep &= ~mask;
        level->may_keep &= ~mask;
        level->keeps &= ~mask;
    }
}

void tw_timeloop_constrain_spatial(tw_document *document, tw_node *node, unsigned axes,
                                   tw_level *level) {
    if (axes == (TW_TIMELOOP_X | TW_TIMELOOP_Y))
        read_split(document, node, level);
    read_factors(document, tw_node_get(node, "factors"), level, axes, take_spatial);
}

void tw_timeloop_constrain(tw_document *document, tw_node *node, const char *type,
                           tw_level *level) {
    if (strcmp(type, "temporal") == 0) {
        read_factors(document, tw_node_get(node, "factors"), level, 0, take_temporal);
        read_order(document, tw_node_get(node, "permutation"), level);
    } else if (strcmp(type, "bypass") == 0 || strcmp(type, "datatype") == 0 ||
               strcmp(type, "dataspace") == 0) {
        read_keeps(document, node, level);
    } else {
        tw_node_error(document, node, "constraints of type %.40s cannot be said here", type);
    }
}
