/* `problem: {shape: {dimensions, coefficients, data-spaces}, instance: {...}}`. */
#include <ctype.h>
#include <string.h>

#include "input/fields.h"
#include "input/projection.h"
#include "input/timeloop_yaml.h"

enum { MOST_COEFFICIENTS = 32 };

typedef struct {
    const char *name;
    uint64_t value;
} coefficient;

typedef struct {
    tw_document *document;
    tw_node *instance;
    tw_projection projection;
    unsigned coefficient_count;
    coefficient coefficients[MOST_COEFFICIENTS];
} problem_reader;

bool tw_timeloop_problem_recognise(const tw_input *input) {
    return tw_sniff_key(input, "problem", NULL, 0);
}

tw_node *tw_timeloop_get(tw_node *mapping, const char *key) {
    char other[64];
    size_t i = 0;
    if (!mapping || mapping->kind != TW_NODE_MAPPING)
        return NULL;
    for (; key[i] && i + 1 < sizeof other; i++)
        other[i] = key[i] == '_' ? '-' : key[i];
    other[i] = '\0';
    tw_node *found = tw_node_get(mapping, key);
    return found ? found : tw_node_get(mapping, other);
}

int tw_timeloop_dim(const char *name) {
    static const struct {
        char letter;
        tw_dim dim;
    } table[] = {{'R', TW_DIM_R}, {'S', TW_DIM_S}, {'P', TW_DIM_P},
                 {'Q', TW_DIM_Q}, {'C', TW_DIM_C}, {'K', TW_DIM_K},
                 {'M', TW_DIM_K}, {'N', TW_DIM_B}, {'G', TW_DIM_G}};
    if (strlen(name) == 1)
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (toupper((unsigned char)*name) == table[i].letter)
                return (int)table[i].dim;
    return -1;
}

int tw_timeloop_role(const char *name) {
    static const struct {
        const char *name;
        tw_role role;
    } table[] = {{"Inputs", TW_ROLE_INPUT},   {"Input", TW_ROLE_INPUT},
                 {"Weights", TW_ROLE_WEIGHT}, {"Weight", TW_ROLE_WEIGHT},
                 {"Outputs", TW_ROLE_OUTPUT}, {"Output", TW_ROLE_OUTPUT},
                 {"A", TW_ROLE_INPUT},        {"B", TW_ROLE_WEIGHT},
                 {"Z", TW_ROLE_OUTPUT}}; /* the last three: of a matrix product */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcasecmp(name, table[i].name) == 0)
            return (int)table[i].role;
    return -1;
}

static void add_loop(problem_reader *r, const tw_node *node) {
    tw_projection *p = &r->projection;
    const char *name = NULL;
    if (!tw_value_text(r->document, node, "a dimension", &name))
        return;
    if (p->loop_count == TW_PROJECTION_LOOPS) {
        tw_node_error(r->document, node, "more than %d dimensions", TW_PROJECTION_LOOPS);
        return;
    }
    tw_projection_loop *loop = &p->loops[p->loop_count++];
    *loop = (tw_projection_loop){name, 1};
    tw_node *size = tw_node_get(r->instance, name);
    if (size)
        (void)tw_value_u64(r->document, size, name, 1, UINT64_C(1) << 40, &loop->extent);
    else
        tw_node_error(r->document, r->instance, "the instance does not say how large %.40s is",
                      name);
}

static void add_coefficient(problem_reader *r, const char *name, const tw_node *otherwise) {
    if (r->coefficient_count == MOST_COEFFICIENTS) {
        tw_node_error(r->document, r->instance, "more than %d coefficients", MOST_COEFFICIENTS);
        return;
    }
    coefficient *out = &r->coefficients[r->coefficient_count++];
    *out = (coefficient){name, 1};
    tw_node *value = tw_node_get(r->instance, name);
    (void)tw_value_u64(r->document, value ? value : otherwise, name, 1, UINT64_C(1) << 20,
                       &out->value);
}

static void read_coefficients(problem_reader *r, tw_node *shape) {
    const tw_node *list = tw_node_get(shape, "coefficients");
    if (!tw_value_is_sequence(r->document, list, "coefficients"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        tw_node *item = list->values[i];
        const char *name = NULL;
        if (item->kind == TW_NODE_MAPPING &&
            tw_value_text(r->document, tw_field_require(r->document, item, "name", "a coefficient"),
                          "name", &name))
            add_coefficient(r, name, tw_node_get(item, "default"));
    }
}

static bool loop_of(const problem_reader *r, const char *name, unsigned *out) {
    for (unsigned l = 0; l < r->projection.loop_count; l++)
        if (strcmp(r->projection.loops[l].name, name) == 0) {
            *out = l;
            return true;
        }
    return false;
}

/* `[R, Wdilation]`, `[R]`: a loop times a coefficient. */
static bool read_term(problem_reader *r, const tw_node *node, tw_projection_axis *out) {
    const char *name = NULL, *factor = NULL;
    unsigned loop = 0;
    if (node->kind != TW_NODE_SEQUENCE || node->count < 1 || node->count > 2 ||
        out->term_count == TW_MAX_AXIS_TERMS) {
        tw_node_error(r->document, node,
                      "a term of a projection is not [dimension] or [dimension, "
                      "coefficient], or one of more than two");
        return false;
    }
    if (!tw_value_text(r->document, node->values[0], "a dimension", &name) ||
        (node->count == 2 &&
         !tw_value_text(r->document, node->values[1], "a coefficient", &factor)))
        return false;
    if (!loop_of(r, name, &loop)) {
        tw_node_error(r->document, node, "\"%.40s\" is no dimension of the shape", name);
        return false;
    }
    uint64_t value = factor ? 0 : 1;
    for (unsigned i = 0; factor && i < r->coefficient_count; i++)
        if (strcmp(r->coefficients[i].name, factor) == 0)
            value = r->coefficients[i].value;
    if (value == 0 &&
        !tw_value_u64(r->document, node->values[1], "a coefficient", 1, UINT64_C(1) << 20, &value))
        return false;
    out->terms[out->term_count].loop = loop;
    out->terms[out->term_count++].coefficient = value;
    return true;
}

/* `[[[N]], [[C]], [[R, Wdilation], [P, Wstride]]]`, or the short form `[N, C, [[R, ...], ...]]`. */
static bool read_axis(problem_reader *r, tw_node *node, tw_projection_axis *out) {
    if (node->kind == TW_NODE_SCALAR) {
        tw_node one = {.kind = TW_NODE_SEQUENCE,
                       .line = node->line,
                       .column = node->column,
                       .count = 1,
                       .values = &node};
        return read_term(r, &one, out);
    }
    if (!tw_value_is_sequence(r->document, node, "an axis of a projection"))
        return false;
    if (node->count && node->values[0]->kind == TW_NODE_SCALAR)
        return read_term(r, node, out);
    for (size_t i = 0; i < node->count; i++)
        if (!read_term(r, node->values[i], out))
            return false;
    return out->term_count > 0;
}

static bool read_space(problem_reader *r, tw_node *node, tw_projection_tensor *out, bool *written) {
    tw_node *projection = tw_field_require(r->document, node, "projection", "a data space");
    *out = (tw_projection_tensor){.name = "?"};
    *written = false;
    (void)tw_value_text(r->document, tw_field_require(r->document, node, "name", "a data space"),
                        "name", &out->name);
    tw_node *write = tw_timeloop_get(node, "read_write");
    if (write && write->kind == TW_NODE_SCALAR)
        *written = strcasecmp(write->scalar, "true") == 0;
    if (!projection || !tw_value_is_sequence(r->document, projection, "projection"))
        return false;
    if (projection->count > TW_PROJECTION_AXES) {
        tw_node_error(r->document, projection, "more than %d axes", TW_PROJECTION_AXES);
        return false;
    }
    for (size_t i = 0; i < projection->count; i++)
        if (!read_axis(r, projection->values[i], &out->axes[out->axis_count++]))
            return false;
    return true;
}

/* The weight: by name, else the second of two inputs. */
static unsigned find_weight(const tw_projection *p) {
    for (unsigned t = 0; t + 1 < p->tensor_count; t++)
        if (strcasestr(p->tensors[t].name, "weight") || strcasestr(p->tensors[t].name, "filter"))
            return t;
    return p->tensor_count == 3 ? 1 : p->tensor_count - 1;
}

static void read_spaces(problem_reader *r, tw_node *shape) {
    tw_projection *p = &r->projection;
    tw_node *list = tw_timeloop_get(shape, "data_spaces");
    unsigned outputs = 0;
    tw_projection_tensor output = {0};
    if (!list) {
        tw_node_error(r->document, shape, "the shape has no data_spaces");
        return;
    }
    if (!tw_value_is_sequence(r->document, list, "data_spaces"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        bool written = false;
        if (p->tensor_count + 1 == TW_PROJECTION_TENSORS) {
            tw_node_error(r->document, list, "more than %d data spaces", TW_PROJECTION_TENSORS - 1);
            return;
        }
        tw_projection_tensor *tensor = &p->tensors[p->tensor_count];
        if (!read_space(r, list->values[i], tensor, &written))
            continue;
        if (written) {
            output = *tensor;
            outputs++;
        } else {
            p->tensor_count++;
        }
    }
    if (r->document->errors == 0 && (outputs != 1 || p->tensor_count == 0))
        tw_node_error(r->document, list,
                      "%u data spaces are written and %u only read, expected one "
                      "and at least one",
                      outputs, p->tensor_count);
    p->tensors[p->tensor_count++] = output;
    p->weight = find_weight(p);
}

static const char cnn_layer[] =
    "dimensions: [R, S, P, Q, C, K, N]\n"
    "coefficients:\n"
    "- {name: Wstride, default: 1}\n"
    "- {name: Hstride, default: 1}\n"
    "- {name: Wdilation, default: 1}\n"
    "- {name: Hdilation, default: 1}\n"
    "data_spaces:\n"
    "- {name: Weights, projection: [C, K, R, S]}\n"
    "- {name: Inputs, projection: [N, C, [[R, Wdilation], [P, Wstride]], [[S, Hdilation], [Q, "
    "Hstride]]]}\n"
    "- {name: Outputs, projection: [N, K, Q, P], read_write: true}\n";

/* The shape itself, or that of the name `cnn-layer`. */
static tw_status shape_of(tw_document *document, tw_node *problem, tw_document *named,
                          tw_node **out) {
    tw_node *shape = tw_node_get(problem, "shape");
    *out = shape;
    if (!shape || shape->kind == TW_NODE_MAPPING)
        return TW_OK;
    if (shape->kind != TW_NODE_SCALAR || (strcasecmp(shape->scalar, "cnn-layer") != 0 &&
                                          strcasecmp(shape->scalar, "cnn_layer") != 0)) {
        tw_node_error(document, shape, "the shape is neither a mapping nor cnn-layer");
        *out = NULL;
        return TW_OK;
    }
    TW_TRY(tw_document_parse_lenient(document->ctx, document->arena, document->file, cnn_layer,
                                     sizeof cnn_layer - 1, named));
    *out = named->root;
    return TW_OK;
}

static tw_status read_problem(problem_reader *r, tw_node *problem, tw_layer *out) {
    tw_document named;
    tw_node *shape = NULL;
    const char *name = NULL;
    TW_TRY(shape_of(r->document, problem, &named, &shape));
    r->instance = tw_node_get(problem, "instance");
    if (!shape || !r->instance || r->instance->kind != TW_NODE_MAPPING) {
        tw_node_error(r->document, problem, "a problem needs a shape and an instance");
        return tw_document_status(r->document);
    }
    const tw_node *dims = tw_node_get(shape, "dimensions");
    if (!dims)
        tw_node_error(r->document, shape, "the shape has no dimensions");
    else if (tw_value_is_sequence(r->document, dims, "dimensions"))
        for (size_t i = 0; i < dims->count; i++)
            add_loop(r, dims->values[i]);
    read_coefficients(r, shape);
    read_spaces(r, shape);
    (void)tw_value_name(r->document, tw_node_get(shape, "name"), "name", &name);
    TW_TRY(tw_document_status(r->document));
    if (tw_node_get(r->instance, "densities"))
        tw_diag(r->document->ctx, TW_SEVERITY_WARNING, NULL,
                "%s: densities are left out: every word counts", r->document->file);
    const tw_position at = tw_node_position(r->document, problem);
    out->name = name ? name : "problem";
    out->repeat = 1;
    out->at = (tw_position){.file = r->document->file, .line = problem->line};
    return tw_projection_problem(r->document->ctx, &at, &r->projection, &out->problem);
}

tw_status tw_timeloop_problem_load(const tw_input *input, const tw_network_options *options,
                                   tw_network *out) {
    tw_document document;
    problem_reader r = {.document = &document};
    const tw_position at = {.file = input->path};
    if (options->dim_count || options->batch)
        return tw_fail(input->ctx, TW_INVALID, &at,
                       "a Timeloop problem has the sizes of its instance: --batch and --dim change "
                       "nothing in it");
    TW_TRY(tw_document_parse_lenient(input->ctx, &out->arena, input->path, input->bytes,
                                     input->size, &document));
    tw_node *problem = document.root && document.root->kind == TW_NODE_MAPPING
                           ? tw_node_get(document.root, "problem")
                           : NULL;
    if (!problem || problem->kind != TW_NODE_MAPPING)
        return tw_fail(input->ctx, TW_INVALID, &at, "expected a mapping under the key problem");
    out->layers = tw_arena_array(&out->arena, 1, sizeof *out->layers);
    if (!out->layers)
        return tw_out_of_memory(input->ctx);
    TW_TRY(read_problem(&r, problem, out->layers));
    out->layer_count = 1;
    out->name = out->layers[0].name;
    out->batch = out->layers[0].problem.extent[TW_DIM_B];
    return tw_network_check(input->ctx, out);
}
