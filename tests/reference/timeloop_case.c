#include "reference/timeloop_case.h"

#include <string.h>

#include "reference/reference.h"

/* Timeloop's dimensions by position in its list. */
typedef struct {
    size_t count;
    const char *name[TW_DIM_COUNT];
    tw_dim dim[TW_DIM_COUNT];
} dimensions;

static int find_dim(const dimensions *dims, const char *name) {
    for (size_t i = 0; name && i < dims->count; i++)
        if (strcmp(dims->name[i], name) == 0)
            return (int)dims->dim[i];
    return -1;
}

/* The same letter where we have it; the others (N, M) take what is free. */
static bool name_dims(const json_t *list, dimensions *out) {
    tw_dim_mask taken = 0;
    out->count = json_array_size(list);
    if (out->count == 0 || out->count > TW_DIM_COUNT)
        return false;
    for (size_t i = 0; i < out->count; i++) {
        out->name[i] = json_string_value(json_array_get(list, i));
        const int same = out->name[i] ? tw_dim_by_name(out->name[i]) : -1;
        out->dim[i] = same >= 0 ? (tw_dim)same : TW_DIM_COUNT;
        if (same >= 0)
            taken |= 1u << same;
    }
    for (size_t i = 0; i < out->count; i++)
        for (int d = TW_DIM_B; out->dim[i] == TW_DIM_COUNT; d = (d + 1) % TW_DIM_COUNT)
            if (!(taken >> d & 1)) {
                out->dim[i] = (tw_dim)d;
                taken |= 1u << d;
            }
    return true;
}

static uint64_t coefficient(const json_t *problem, const char *name) {
    const json_t *given = json_object_get(json_object_get(problem, "coef"), name);
    if (given)
        return (uint64_t)json_integer_value(given);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(json_object_get(json_object_get(problem, "shape_def"), "coefficients"), i,
                       one) {
        if (strcmp(reference_text(one, "name"), name) == 0)
            return reference_u64(one, "default", 1);
    }
    return 1;
}

static bool read_axis(const json_t *problem, const dimensions *dims, const json_t *terms,
                      tw_tensor *tensor) {
    size_t i = 0;
    const json_t *term = NULL;
    if (tensor->axis_count == TW_MAX_AXES || json_array_size(terms) > TW_MAX_AXIS_TERMS)
        return false;
    tw_axis *axis = &tensor->axes[tensor->axis_count++];
    json_array_foreach(terms, i, term) {
        const int dim = find_dim(dims, json_string_value(json_array_get(term, 0)));
        const char *name = json_string_value(json_array_get(term, 1));
        if (dim < 0)
            return false;
        axis->terms[axis->term_count++] =
            (tw_axis_term){(tw_dim)dim, name ? coefficient(problem, name) : 1};
        tensor->dim_mask |= 1u << dim;
    }
    return true;
}

/* The output last, as our problems have it. */
static bool read_tensors(const json_t *problem, const dimensions *dims, timeloop_case *out) {
    const json_t *spaces = json_object_get(json_object_get(problem, "shape_def"), "data_spaces");
    const unsigned count = (unsigned)json_array_size(spaces);
    if (count < 2 || count > TW_ROLE_COUNT)
        return false;
    unsigned next = 0;
    bool overflow = false;
    tw_role input_role = TW_ROLE_INPUT;
    for (unsigned i = 0; i < count; i++) {
        const json_t *space = json_array_get(spaces, i);
        const bool output = json_is_true(json_object_get(space, "read_write"));
        const unsigned t = output ? count - 1 : next++;
        if (t >= count || out->data_space[t])
            return false;
        tw_tensor *tensor = &out->problem.tensors[t];
        tensor->role = output ? TW_ROLE_OUTPUT : input_role++;
        tensor->name = out->data_space[t] = reference_text(space, "name");
        size_t a = 0;
        const json_t *axis = NULL;
        json_array_foreach(json_object_get(space, "projection"), a, axis) {
            if (!read_axis(problem, dims, axis, tensor))
                return false;
        }
        tw_tensor_derive(out->problem.extent, tensor, &overflow);
    }
    out->problem.tensor_count = count;
    out->problem.output = count - 1;
    return !overflow;
}

static bool read_problem(const json_t *problem, dimensions *dims, timeloop_case *out) {
    if (!name_dims(json_object_get(json_object_get(problem, "shape_def"), "dimensions"), dims))
        return false;
    tw_problem *p = &out->problem;
    p->macs = 1;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        p->extent[d] = 1;
    for (size_t i = 0; i < dims->count; i++) {
        p->extent[dims->dim[i]] = reference_u64(json_object_get(problem, "dims"), dims->name[i], 1);
        p->macs *= p->extent[dims->dim[i]];
    }
    for (int i = 0; i < 2; i++)
        p->stride[i] = p->dilation[i] = 1;
    return read_tensors(problem, dims, out);
}

static void read_storage(const json_t *level, timeloop_case *out, unsigned l) {
    tw_level *to = &out->arch.levels[l];
    const double energy = reference_double(level, "energy_per_access", 0);
    out->energy_per_access[l] = energy;
    out->block_size[l] = reference_u64(level, "block_size", 1);
    const double buffers = reference_double(level, "multiple_buffering", 1);
    to->name = reference_text(level, "name");
    to->shared = true;
    to->bounded = json_object_get(level, "size_words") != NULL;
    to->capacity_units[0] = (double)(uint64_t)(reference_double(level, "size_words", 0) / buffers);
    to->sliding_window = true;
    to->read_bandwidth = reference_double(level, "read_bandwidth", 0);
    to->write_bandwidth = reference_double(level, "write_bandwidth", 0);
    to->bandwidth = reference_double(level, "shared_bandwidth", 0);
    to->constraints.stationary = -1;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        to->word_units[r] = 1;
        to->read_pj[r] = to->write_pj[r] = energy;
    }
}

/* The array between a level and what is inside it, from the instance counts of both. */
static bool read_fanout(const json_t *level, const json_t *inner, tw_fanout *out) {
    const uint64_t instances = reference_u64(level, "instances", 1);
    const uint64_t mesh_x = reference_u64(level, "meshX", 1);
    const uint64_t children = reference_u64(inner, "instances", 1);
    const uint64_t columns = reference_u64(inner, "meshX", 1);
    if (instances == 0 || mesh_x == 0 || children < instances || columns < mesh_x)
        return false;
    *out = (tw_fanout){.x = columns / mesh_x,
                       .y = children / instances / (columns / mesh_x),
                       .dims_x = TW_ALL_DIMS,
                       .dims_y = TW_ALL_DIMS,
                       .multicast = TW_MULTICAST_TILES,
                       .reduce = true};
    return out->y > 0;
}

static bool read_temporal(const json_t *nest, const dimensions *dims, tw_level_mapping *out) {
    const json_t *order = json_object_get(nest, "temporal_order"); /* innermost first */
    for (size_t i = json_array_size(order); i-- > 0;) {
        const char *name = json_string_value(json_array_get(order, i));
        const int dim = find_dim(dims, name);
        if (dim < 0)
            return false;
        const uint64_t factor = reference_u64(json_object_get(nest, "temporal"), name, 1);
        if (factor > 1)
            out->loops[out->loop_count++] = (tw_loop){(tw_dim)dim, factor};
    }
    return true;
}

static bool read_spatial(const json_t *nest, const dimensions *dims, timeloop_case *out,
                         unsigned l) {
    const json_t *order = json_object_get(nest, "spatial_order");
    const size_t split = (size_t)reference_u64(nest, "spatial_split", json_array_size(order));
    for (size_t i = 0; i < json_array_size(order); i++) {
        const char *name = json_string_value(json_array_get(order, i));
        const int dim = find_dim(dims, name);
        if (dim < 0)
            return false;
        const uint64_t factor = reference_u64(json_object_get(nest, "spatial"), name, 1);
        if (factor == 1)
            continue;
        (i < split ? out->mapping.levels[l].spatial_x : out->mapping.levels[l].spatial_y)[dim] =
            factor;
        out->unrollings[l][out->unrolling_count[l]++] =
            (timeloop_unrolling){(tw_dim)dim, i >= split, factor};
    }
    return true;
}

static void read_keeps(const json_t *nest, timeloop_case *out, unsigned l) {
    size_t i = 0;
    const json_t *name = NULL;
    tw_role_mask keeps = 0;
    json_array_foreach(json_object_get(nest, "keep"), i, name) {
        for (unsigned t = 0; t < out->problem.tensor_count; t++)
            if (strcmp(json_string_value(name), out->data_space[t]) == 0)
                keeps |= 1u << out->problem.tensors[t].role;
    }
    out->mapping.levels[l].keeps = keeps;
    out->arch.levels[l].keeps = out->arch.levels[l].may_keep = keeps;
}

bool timeloop_case_read(const json_t *object, timeloop_case *out) {
    const json_t *arch = json_object_get(object, "arch");
    const json_t *levels = json_object_get(arch, "levels");
    const json_t *nests = json_object_get(json_object_get(object, "mapping"), "levels");
    dimensions dims;
    memset(out, 0, sizeof *out);
    if (!read_problem(json_object_get(object, "problem"), &dims, out))
        return false;
    const unsigned count = (unsigned)json_array_size(levels);
    if (count == 0 || count > TW_MAX_LEVELS || json_array_size(nests) != count)
        return false;
    out->arch.name = reference_text(arch, "name");
    out->arch.level_count = count;
    out->arch.overlap = true;
    out->arch.mac_pj = reference_double(json_object_get(arch, "mac"), "energy_per_op", 0);
    tw_mapping_init(&out->arch, &out->mapping);
    for (unsigned i = 0; i < count; i++) { /* theirs, innermost first */
        const unsigned l = count - 1 - i;
        const json_t *level = json_array_get(levels, i), *nest = json_array_get(nests, i);
        const json_t *inner = i == 0 ? json_object_get(arch, "mac") : json_array_get(levels, i - 1);
        read_storage(level, out, l);
        if (strcmp(reference_text(nest, "target"), out->arch.levels[l].name) != 0 ||
            !read_fanout(level, inner, &out->arch.levels[l].fanout) ||
            !read_temporal(nest, &dims, &out->mapping.levels[l]) ||
            !read_spatial(nest, &dims, out, l))
            return false;
        read_keeps(nest, out, l);
    }
    return true;
}
