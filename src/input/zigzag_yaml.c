#include "input/zigzag_yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "input/fields.h"
#include "input/projection.h"

enum { MOST_RELATIONS = 8, INDEX_NAME = 16 };

/* `ix = 2*ox + 1*fx` */
typedef struct {
    char index[INDEX_NAME];
    unsigned count;
    unsigned loops[TW_MAX_AXIS_TERMS];
    uint64_t coefficients[TW_MAX_AXIS_TERMS];
} relation;

typedef struct {
    tw_document *document;
    const tw_node *node; /* the layer */
    tw_projection projection;
    unsigned relation_count;
    relation relations[MOST_RELATIONS];
    uint64_t batch; /* of the options; 0: the file's own */
} layer_reader;

bool tw_zigzag_recognise(const tw_input *input) {
    const size_t size = input->size < 65536 ? input->size : 65536;
    return tw_sniff_text(input) && !tw_sniff_key(input, "kind", NULL, 0) &&
           memmem(input->bytes, size, "equation:", 9) &&
           memmem(input->bytes, size, "loop_dims:", 10) &&
           memmem(input->bytes, size, "loop_sizes:", 11);
}

static int loop_index(const layer_reader *r, const char *name, size_t length) {
    for (unsigned l = 0; l < r->projection.loop_count; l++)
        if (strlen(r->projection.loops[l].name) == length &&
            strncasecmp(r->projection.loops[l].name, name, length) == 0)
            return (int)l;
    return -1;
}

static void read_loops(layer_reader *r, tw_node *node) {
    const tw_node *names = tw_field_require(r->document, node, "loop_dims", "a layer"),
                  *sizes = tw_field_require(r->document, node, "loop_sizes", "a layer");
    if (!tw_value_is_sequence(r->document, names, "loop_dims") ||
        !tw_value_is_sequence(r->document, sizes, "loop_sizes"))
        return;
    if (names->count != sizes->count || names->count > TW_PROJECTION_LOOPS) {
        tw_node_error(r->document, sizes,
                      "%zu loop_sizes for %zu loop_dims, expected as many and "
                      "at most %d",
                      sizes->count, names->count, TW_PROJECTION_LOOPS);
        return;
    }
    for (size_t i = 0; i < names->count; i++) {
        tw_projection_loop *loop = &r->projection.loops[r->projection.loop_count];
        *loop = (tw_projection_loop){"?", 1};
        (void)tw_value_text(r->document, names->values[i], "a loop", &loop->name);
        (void)tw_value_u64(r->document, sizes->values[i], loop->name, 1, UINT64_C(1) << 40,
                           &loop->extent);
        if (loop_index(r, loop->name, strlen(loop->name)) >= 0)
            tw_node_error(r->document, names->values[i], "loop %.40s stands twice", loop->name);
        if (r->batch && strcasecmp(loop->name, "B") == 0)
            loop->extent = r->batch;
        r->projection.loop_count++;
    }
}

static const char *skip_space(const char *at) {
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static size_t word_length(const char *at) {
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_')
        length++;
    return length;
}

/* `2*ox`, `ox`: false when it is neither. */
static bool read_term(layer_reader *r, const char **at, relation *out) {
    uint64_t coefficient = 1;
    const char *c = skip_space(*at);
    if (isdigit((unsigned char)*c)) {
        char *end = NULL;
        coefficient = strtoull(c, &end, 10);
        c = skip_space(end);
        if (*c != '*' || coefficient == 0)
            return false;
        c = skip_space(c + 1);
    }
    const size_t length = word_length(c);
    const int loop = loop_index(r, c, length);
    if (loop < 0 || out->count == TW_MAX_AXIS_TERMS)
        return false;
    out->loops[out->count] = (unsigned)loop;
    out->coefficients[out->count++] = coefficient;
    *at = skip_space(c + length);
    return true;
}

static void read_relation(layer_reader *r, const tw_node *node) {
    const char *text = NULL;
    relation *out = &r->relations[r->relation_count];
    *out = (relation){.count = 0};
    if (!tw_value_text(r->document, node, "a dimension relation", &text))
        return;
    const char *at = skip_space(text);
    const size_t length = word_length(at);
    bool good = length > 0 && length < INDEX_NAME;
    if (good)
        memcpy(out->index, at, length);
    at = skip_space(at + length);
    good = good && *at++ == '=' && read_term(r, &at, out);
    while (good && *at == '+') {
        at++;
        good = read_term(r, &at, out);
    }
    if (good && *at == '\0')
        r->relation_count++;
    else
        tw_node_error(r->document, node,
                      "\"%.60s\" is no relation of loops, expected one such as "
                      "ix=2*ox+1*fx",
                      text);
}

static void read_relations(layer_reader *r, tw_node *node) {
    const tw_node *list = tw_node_get(node, "dimension_relations");
    if (!tw_value_is_sequence(r->document, list, "dimension_relations"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (r->relation_count == MOST_RELATIONS) {
            tw_node_error(r->document, list, "more than %d dimension relations", MOST_RELATIONS);
            return;
        }
        read_relation(r, list->values[i]);
    }
}

static bool set_axis(layer_reader *r, const char *name, size_t length, tw_projection_axis *out) {
    const int loop = loop_index(r, name, length);
    if (loop >= 0) {
        *out = (tw_projection_axis){.term_count = 1, .terms = {{(unsigned)loop, 1}}};
        return true;
    }
    for (unsigned i = 0; i < r->relation_count; i++)
        if (strlen(r->relations[i].index) == length &&
            strncasecmp(r->relations[i].index, name, length) == 0) {
            out->term_count = r->relations[i].count;
            for (unsigned t = 0; t < out->term_count; t++) {
                out->terms[t].loop = r->relations[i].loops[t];
                out->terms[t].coefficient = r->relations[i].coefficients[t];
            }
            return true;
        }
    return false;
}

/* `W[k][c][fy][fx]` */
static bool read_tensor(layer_reader *r, const char **at, tw_projection_tensor *out) {
    const char *c = skip_space(*at);
    const size_t length = word_length(c);
    *out = (tw_projection_tensor){.name = tw_arena_strndup(r->document->arena, c, length)};
    if (length == 0 || !out->name)
        return false;
    c = skip_space(c + length);
    while (*c == '[') {
        const char *index = skip_space(c + 1);
        const size_t size = word_length(index);
        c = skip_space(index + size);
        if (*c != ']' || out->axis_count == TW_PROJECTION_AXES)
            return false;
        if (!set_axis(r, index, size, &out->axes[out->axis_count])) {
            tw_node_error(r->document, r->node,
                          "index %.*s of the equation is no loop and no "
                          "dimension relation",
                          (int)size, index);
            return false;
        }
        out->axis_count++;
        c = skip_space(c + 1);
    }
    *at = c;
    return true;
}

/* Output first in the text, last in the projection. A pool's weight is a constant and left out. */
static bool read_equation(layer_reader *r, const char *equation, bool pooling) {
    tw_projection *p = &r->projection;
    tw_projection_tensor output;
    const char *at = equation;
    if (!read_tensor(r, &at, &output))
        return false;
    if (*at == '+')
        at++;
    if (*at++ != '=')
        return false;
    do {
        tw_projection_tensor *tensor = &p->tensors[p->tensor_count];
        if (p->tensor_count + 1 == TW_PROJECTION_TENSORS || !read_tensor(r, &at, tensor))
            return false;
        if (!(pooling && strcmp(tensor->name, "W") == 0))
            p->tensor_count++;
    } while (*at == '*' || *at == '+' ? at++ : NULL);
    p->weight = p->tensor_count;
    for (unsigned t = 0; t < p->tensor_count; t++)
        if (strcmp(p->tensors[t].name, "W") == 0)
            p->weight = t;
    if (p->weight == p->tensor_count && p->tensor_count == 2)
        p->weight = 1;
    p->tensors[p->tensor_count++] = output;
    return *at == '\0';
}

static tw_status read_layer(layer_reader *r, tw_node *node, tw_layer *out, uint64_t number) {
    const char *name = NULL, *type = "", *equation = NULL;
    tw_document *document = r->document;
    if (node->kind != TW_NODE_MAPPING) {
        tw_node_error(document, node, "a layer is %s, expected a mapping", tw_node_kind_text(node));
        return TW_OK;
    }
    const size_t errors = document->errors;
    (void)tw_value_text(document, tw_node_get(node, "operator_type"), "operator_type", &type);
    (void)tw_value_name(document, tw_node_get(node, "name"), "name", &name);
    read_loops(r, node);
    read_relations(r, node);
    if (!tw_value_text(document, tw_field_require(document, node, "equation", "a layer"),
                       "equation", &equation) ||
        document->errors > errors)
        return TW_OK;
    if (!read_equation(r, equation, strcasestr(type, "pool") != NULL)) {
        tw_node_error(document, tw_node_get(node, "equation"),
                      "\"%.80s\" is no equation that can be read, expected one such as "
                      "O[b][k]+=I[b][c]*W[c][k]",
                      equation);
        return TW_OK;
    }
    const tw_position at = tw_node_position(document, node);
    const tw_status status =
        tw_projection_problem(document->ctx, &at, &r->projection, &out->problem);
    document->errors += status == TW_INVALID;
    out->repeat = 1;
    out->at = (tw_position){.file = document->file, .line = node->line, .column = node->column};
    out->name = name ? name
                     : tw_arena_printf(document->arena, "%s_%llu", type[0] ? type : "layer",
                                       (unsigned long long)number);
    return status == TW_INVALID ? TW_OK : out->name ? status : tw_out_of_memory(document->ctx);
}

/* ---- Links ------------------------------------------------------------------------------------
 */

static int find_id(const uint64_t *ids, size_t count, uint64_t id) {
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return (int)i;
    return -1;
}

/* A layer that names itself as a source reads a constant or what comes from outside. Operands of
 * unknown origin leave the layer without sources. */
static tw_status link_layer(tw_document *document, tw_node *node, const uint64_t *ids,
                            tw_network *network, size_t index) {
    static const char *const operands[] = {"I", "X", "Y", "W"};
    tw_node *source = tw_node_get(node, "operand_source");
    tw_layer *layer = &network->layers[index];
    if (!source || source->kind != TW_NODE_MAPPING)
        return TW_OK;
    layer->sources = tw_arena_array(&network->arena, 4, sizeof *layer->sources);
    if (!layer->sources)
        return tw_out_of_memory(document->ctx);
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++) {
        uint64_t id = 0;
        const tw_node *value = tw_node_get(source, operands[i]);
        if (!value || !tw_value_u64(document, value, operands[i], 0, UINT32_MAX, &id))
            continue;
        const int from = find_id(ids, network->layer_count, id);
        if (from < 0)
            tw_node_error(document, value, "no layer has the id %llu", (unsigned long long)id);
        else if ((size_t)from != index)
            layer->sources[layer->source_count++] = from;
    }
    const unsigned operand_count =
        layer->problem.operation
            ? layer->problem.tensor_count - layer->problem.operation->tensor_count + 1
            : 1;
    if (layer->source_count < operand_count)
        layer->source_count = 0;
    return TW_OK;
}

static tw_status make_unique(tw_document *document, tw_network *network) {
    for (size_t i = 1; i < network->layer_count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(network->layers[i].name, network->layers[k].name) == 0) {
                network->layers[i].name =
                    tw_arena_printf(&network->arena, "%s#%zu", network->layers[i].name, i);
                if (!network->layers[i].name)
                    return tw_out_of_memory(document->ctx);
            }
    return TW_OK;
}

static tw_status read_workload(tw_document *document, const tw_node *list,
                               const tw_network_options *options, tw_network *out) {
    enum { MOST_LAYERS = 4096 };
    uint64_t *ids = tw_arena_array(document->arena, list->count + 1, sizeof *ids);
    out->layers = tw_arena_array(&out->arena, list->count + 1, sizeof *out->layers);
    if (!ids || !out->layers)
        return tw_out_of_memory(document->ctx);
    if (list->count > MOST_LAYERS) {
        tw_node_error(document, list, "more than %d layers", MOST_LAYERS);
        return tw_document_status(document);
    }
    for (size_t i = 0; i < list->count; i++) {
        layer_reader r = {.document = document, .node = list->values[i], .batch = options->batch};
        ids[i] = i;
        if (list->values[i]->kind == TW_NODE_MAPPING)
            (void)tw_value_u64(document, tw_node_get(list->values[i], "id"), "id", 0, UINT32_MAX,
                               &ids[i]);
        out->layers[i].name = "?";
        TW_TRY(read_layer(&r, list->values[i], &out->layers[i], ids[i]));
        out->layer_count++;
    }
    TW_TRY(make_unique(document, out));
    for (size_t i = 0; i < list->count; i++)
        TW_TRY(link_layer(document, list->values[i], ids, out, i));
    return tw_document_status(document);
}

tw_status tw_zigzag_load(const tw_input *input, const tw_network_options *options,
                         tw_network *out) {
    tw_document document;
    const char *slash = strrchr(input->path, '/');
    const tw_position at = {.file = input->path};
    if (options->dim_count)
        return tw_fail(input->ctx, TW_INVALID, &at,
                       "--dim %s: a ZigZag workload has no named sizes", options->dim_names[0]);
    TW_TRY(tw_document_parse_lenient(input->ctx, &out->arena, input->path, input->bytes,
                                     input->size, &document));
    out->name = tw_arena_strdup(&out->arena, slash ? slash + 1 : input->path);
    out->batch = options->batch ? options->batch : 1;
    if (!out->name)
        return tw_out_of_memory(input->ctx);
    if (!document.root || !tw_value_is_sequence(&document, document.root, "the workload"))
        return tw_fail(input->ctx, TW_INVALID, &at, "expected a list of layers");
    TW_TRY(read_workload(&document, document.root, options, out));
    return tw_network_check(input->ctx, out);
}
