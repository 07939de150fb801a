/* TensorProto and TypeProto: shapes always, content only when asked for and small. */
#include <math.h>
#include <string.h>

#include "input/onnx_import.h"

/* Bytes of one element in raw_data; 0 where it is none of ours to read (strings, packed 4 bits). */
static size_t element_bytes(int element) {
    static const unsigned char bytes[] = {
        [TW_ONNX_FLOAT] = 4,     [TW_ONNX_UINT8] = 1,       [TW_ONNX_INT8] = 1,
        [TW_ONNX_UINT16] = 2,    [TW_ONNX_INT16] = 2,       [TW_ONNX_INT32] = 4,
        [TW_ONNX_INT64] = 8,     [TW_ONNX_BOOL] = 1,        [TW_ONNX_FLOAT16] = 2,
        [TW_ONNX_DOUBLE] = 8,    [TW_ONNX_UINT32] = 4,      [TW_ONNX_UINT64] = 8,
        [TW_ONNX_COMPLEX64] = 8, [TW_ONNX_COMPLEX128] = 16, [TW_ONNX_BFLOAT16] = 2};
    return element > 0 && (size_t)element < sizeof bytes ? bytes[element] : 0;
}

static tw_status fail(tw_onnx *import, const char *what, tw_bytes name, const char *problem) {
    const tw_position at = {.file = import->file};
    if (import->trial)
        return TW_INVALID;
    return tw_fail(import->ctx, TW_INVALID, &at, "%s '%s' %s", what, tw_onnx_text(import, name),
                   problem);
}

static bool add_dim(tw_onnx_shape *shape, uint64_t value) {
    if (shape->rank == TW_ONNX_MAX_RANK)
        return false;
    shape->dims[shape->rank++] = (int64_t)value;
    return true;
}

static bool add_packed_dims(tw_onnx_shape *shape, tw_bytes packed) {
    uint64_t value = 0;
    while (packed.size)
        if (!tw_wire_varint(&packed, &value) || !add_dim(shape, value))
            return false;
    return true;
}

static tw_status keep_shape(tw_onnx *import, const tw_onnx_shape *shape, tw_onnx_value *out) {
    out->rank = shape->rank;
    out->dims = NULL;
    if (shape->rank <= 0)
        return TW_OK;
    out->dims = tw_arena_array(&import->scratch, (size_t)shape->rank, sizeof *out->dims);
    if (!out->dims)
        return tw_out_of_memory(import->ctx);
    memcpy(out->dims, shape->dims, (size_t)shape->rank * sizeof *out->dims);
    return TW_OK;
}

/* What a tensor's message says beside its values. */
typedef struct {
    tw_onnx_shape shape;
    bool fits; /* dimensions are well-formed and at most 32 */
    bool has_raw;
    tw_bytes raw;
} tensor_message;

static tw_wire_status read_message(tw_bytes rest, tw_onnx_value *out, tensor_message *message) {
    tw_wire_field field;
    tw_wire_status status;
    while ((status = tw_wire_next(&rest, &field)) == TW_WIRE_FIELD) {
        if (field.number == 1)
            message->fits &= field.type == TW_WIRE_BYTES
                                 ? add_packed_dims(&message->shape, field.bytes)
                                 : add_dim(&message->shape, field.value);
        else if (field.number == 2)
            out->element = (int)(field.value & 0xffff);
        else if (field.number == 8)
            out->name = field.bytes;
        else if (field.number == 9) {
            message->raw = field.bytes;
            message->has_raw = true;
        } else if (field.number == 14)
            out->external = field.value == 1;
    }
    return status;
}

tw_status tw_onnx_tensor_header(tw_onnx *import, tw_bytes tensor, tw_onnx_value *out) {
    tensor_message message = {.shape = {.rank = 0}, .fits = true};
    const tw_onnx_shape *shape = &message.shape;
    *out = (tw_onnx_value){.constant = true, .channel_axis = -1, .tensor = tensor};
    if (read_message(tensor, out, &message) == TW_WIRE_MALFORMED)
        return fail(import, "tensor", out->name, "is malformed");
    if (!message.fits)
        return fail(import, "tensor", out->name, "has malformed or more than 32 dimensions");
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] < 0)
            return fail(import, "tensor", out->name, "has a negative dimension");
    const int64_t count = tw_onnx_shape_count(shape);
    if (count < 0)
        return fail(import, "tensor", out->name, "has more than 2^62 elements");
    const size_t bytes = element_bytes(out->element);
    if (message.has_raw && !out->external && bytes && message.raw.size / bytes != (uint64_t)count)
        return fail(import, "tensor", out->name, "has data of another size than its shape");
    return keep_shape(import, shape, out);
}

tw_status tw_onnx_sparse_header(tw_onnx *import, tw_bytes sparse, tw_onnx_value *out) {
    tw_onnx_shape shape = {.rank = 0};
    tw_wire_field field;
    *out = (tw_onnx_value){.constant = true, .channel_axis = -1};
    while (tw_wire_next(&sparse, &field) == TW_WIRE_FIELD)
        if (field.number == 3 &&
            !(field.type == TW_WIRE_BYTES ? add_packed_dims(&shape, field.bytes)
                                          : add_dim(&shape, field.value)))
            return fail(import, "sparse tensor", out->name, "has malformed dimensions");
    if (tw_onnx_shape_known(&shape) && tw_onnx_shape_count(&shape) >= 0)
        return keep_shape(import, &shape, out);
    return fail(import, "sparse tensor", out->name, "has negative or too large dimensions");
}

/* ---- Content ---------------------------------------------------------------------------- */

static double half_to_real(uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const double fraction = bits & 1023;
    const double size = exponent == 31  ? NAN
                        : exponent == 0 ? ldexp(fraction, -24)
                                        : ldexp(fraction + 1024, exponent - 25);
    return bits & 0x8000 ? -size : size;
}

static double float_to_real(uint32_t bits) {
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_to_real(uint64_t bits) {
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* `bits`: the little-endian element, zero-extended. */
static tw_onnx_cell cell_of_bits(int element, uint64_t bits) {
    switch (element) {
    case TW_ONNX_FLOAT:
        return (tw_onnx_cell){.r = float_to_real((uint32_t)bits)};
    case TW_ONNX_DOUBLE:
        return (tw_onnx_cell){.r = double_to_real(bits)};
    case TW_ONNX_FLOAT16:
        return (tw_onnx_cell){.r = half_to_real((uint16_t)bits)};
    case TW_ONNX_BFLOAT16:
        return (tw_onnx_cell){.r = float_to_real((uint32_t)bits << 16)};
    case TW_ONNX_INT8:
        return (tw_onnx_cell){.i = (int8_t)bits};
    case TW_ONNX_INT16:
        return (tw_onnx_cell){.i = (int16_t)bits};
    case TW_ONNX_INT32:
        return (tw_onnx_cell){.i = (int32_t)bits};
    case TW_ONNX_UINT64:
        return bits >> 63 ? tw_onnx_cell_unknown(element) : (tw_onnx_cell){.i = (int64_t)bits};
    default:
        return (tw_onnx_cell){.i = (int64_t)bits};
    }
}

typedef struct {
    int element;
    size_t filled, count;
    tw_onnx_cell *cells;
} cell_list;

static void add_cell(cell_list *list, uint64_t bits) {
    if (list->filled < list->count)
        list->cells[list->filled] = cell_of_bits(list->element, bits);
    list->filled++;
}

static void add_fixed(cell_list *list, tw_bytes data, size_t bytes) {
    for (size_t at = 0; at + bytes <= data.size && list->filled <= list->count; at += bytes) {
        uint64_t bits = 0;
        for (size_t b = 0; b < bytes; b++)
            bits |= (uint64_t)data.data[at + b] << (8 * b);
        add_cell(list, bits);
    }
}

static void add_varints(cell_list *list, tw_bytes data) {
    uint64_t bits = 0;
    while (list->filled <= list->count && tw_wire_varint(&data, &bits))
        add_cell(list, bits);
}

/* One of the typed data fields, packed or a single element of it. */
static void add_typed(cell_list *list, const tw_wire_field *field, size_t bytes) {
    if (field->type != TW_WIRE_BYTES)
        add_cell(list, field->value);
    else if (bytes)
        add_fixed(list, field->bytes, bytes);
    else
        add_varints(list, field->bytes);
}

static bool decode(tw_bytes tensor, cell_list *list) {
    tw_wire_field field;
    while (tw_wire_next(&tensor, &field) == TW_WIRE_FIELD) {
        if (field.number == 9 && field.type == TW_WIRE_BYTES && element_bytes(list->element) &&
            element_bytes(list->element) <= 8)
            add_fixed(list, field.bytes, element_bytes(list->element));
        else if (field.number == 4)
            add_typed(list, &field, 4);
        else if (field.number == 10)
            add_typed(list, &field, 8);
        else if (field.number == 5 || field.number == 7 || field.number == 11)
            add_typed(list, &field, 0);
    }
    return list->filled == list->count;
}

static bool is_number(int element) {
    return element_bytes(element) && element != TW_ONNX_COMPLEX64 && element != TW_ONNX_COMPLEX128;
}

const tw_onnx_cell *tw_onnx_cells(tw_onnx *import, tw_onnx_value *value, size_t *count) {
    const tw_onnx_shape shape = tw_onnx_shape_of(value);
    const int64_t elements = tw_onnx_shape_count(&shape);
    if (value->kind != TW_ONNX_TENSOR || elements < 0 || elements > TW_ONNX_MAX_CELLS)
        return NULL;
    *count = (size_t)elements;
    if (value->cells || value->tensor.size == 0 || value->external || !is_number(value->element))
        return value->cells;
    cell_list list = {.element = value->element, .count = *count};
    list.cells = tw_arena_array(&import->scratch, *count + 1, sizeof *list.cells);
    if (list.cells && decode(value->tensor, &list))
        value->cells = list.cells;
    value->tensor = (tw_bytes){0};
    return value->cells;
}

bool tw_onnx_ints(tw_onnx *import, tw_onnx_value *value, size_t most, int64_t *out, size_t *count) {
    const tw_onnx_cell *cells = value ? tw_onnx_cells(import, value, count) : NULL;
    if (!cells || *count > most)
        return false;
    for (size_t i = 0; i < *count; i++) {
        out[i] = tw_onnx_cell_int(value->element, cells[i]);
        if (out[i] == TW_ONNX_UNKNOWN_INT)
            return false;
    }
    return true;
}

/* ---- Types ------------------------------------------------------------------------------- */

static bool bound_value(tw_onnx *import, const char *name, int64_t *out) {
    const tw_network_options *options = import->options;
    for (size_t i = 0; i < options->dim_count; i++)
        if (strcmp(options->dim_names[i], name) == 0) {
            import->dim_used[i] = true;
            *out = options->dim_values[i] >> 62 ? -1 : (int64_t)options->dim_values[i];
            return *out >= 0;
        }
    return false;
}

bool tw_onnx_dim_value(tw_onnx *import, tw_bytes name, int64_t *out) {
    return bound_value(import, tw_onnx_text(import, name), out);
}

static void note_missing(tw_onnx_missing *missing, const char *name) {
    const size_t used = strlen(missing->text), length = strlen(name);
    const char *begin = missing->text;
    for (const char *at; (at = strstr(begin, name)); begin = at + 1) /* already there? */
        if ((at == missing->text || at[-1] == ' ') && (at[length] == ',' || !at[length]))
            return;
    missing->count++;
    if (used + length + 8 < sizeof missing->text)
        snprintf(missing->text + used, sizeof missing->text - used, "%s%s", used ? ", " : "", name);
    else if (used && missing->text[used - 1] != '.')
        snprintf(missing->text + used, sizeof missing->text - used, ", ...");
}

/* A dimension without a number: by its own name, else as "input.axis". */
static tw_status symbolic_dim(tw_onnx *import, tw_bytes symbol, tw_bytes owner, int axis,
                              tw_onnx_missing *missing, int64_t *out) {
    const char *name =
        symbol.size ? tw_onnx_text(import, symbol)
                    : tw_arena_printf(&import->scratch, "%s.%d", tw_onnx_text(import, owner), axis);
    if (!name)
        return tw_out_of_memory(import->ctx);
    *out = -1;
    if (bound_value(import, name, out))
        return TW_OK;
    if (import->options->batch && tw_onnx_is_batch(import, symbol, owner, axis))
        *out = (int64_t)import->options->batch;
    else if (missing)
        note_missing(missing, name);
    return TW_OK;
}

static tw_status read_dim(tw_onnx *import, tw_bytes dim, tw_bytes owner, int axis,
                          tw_onnx_missing *missing, int64_t *out) {
    tw_wire_field field;
    tw_bytes symbol = {0};
    bool has_value = false;
    while (tw_wire_next(&dim, &field) == TW_WIRE_FIELD) {
        if (field.number == 1 && field.type == TW_WIRE_VARINT) {
            has_value = true;
            *out = (int64_t)field.value;
        } else if (field.number == 2 && field.type == TW_WIRE_BYTES)
            symbol = field.bytes;
    }
    if (has_value && *out < -1)
        return fail(import, "value", owner, "has a negative dimension");
    if (has_value && *out >= 0)
        return TW_OK;
    return symbolic_dim(import, symbol, owner, axis, missing, out);
}

static tw_status read_shape(tw_onnx *import, tw_bytes bytes, tw_bytes owner,
                            tw_onnx_missing *missing, tw_onnx_shape *shape) {
    tw_wire_field field;
    tw_wire_status status;
    shape->rank = 0;
    while ((status = tw_wire_next(&bytes, &field)) == TW_WIRE_FIELD) {
        if (field.number != 1 || field.type != TW_WIRE_BYTES)
            continue;
        if (shape->rank == TW_ONNX_MAX_RANK)
            return fail(import, "value", owner, "has more than 32 dimensions");
        TW_TRY(
            read_dim(import, field.bytes, owner, shape->rank, missing, &shape->dims[shape->rank]));
        shape->rank++;
    }
    if (status == TW_WIRE_MALFORMED)
        return fail(import, "value", owner, "has a malformed shape");
    if (tw_onnx_shape_known(shape) && tw_onnx_shape_count(shape) < 0)
        return fail(import, "value", owner, "has more than 2^62 elements");
    return TW_OK;
}

static tw_status tensor_type(tw_onnx *import, tw_bytes bytes, tw_bytes owner,
                             tw_onnx_missing *missing, tw_onnx_value *out) {
    tw_wire_field field;
    tw_onnx_shape shape = tw_onnx_shape_unknown();
    while (tw_wire_next(&bytes, &field) == TW_WIRE_FIELD) {
        if (field.number == 1)
            out->element = (int)(field.value & 0xffff);
        else if (field.number == 2 && field.type == TW_WIRE_BYTES)
            TW_TRY(read_shape(import, field.bytes, owner, missing, &shape));
    }
    return keep_shape(import, &shape, out);
}

tw_status tw_onnx_type(tw_onnx *import, tw_bytes type, tw_bytes owner, tw_onnx_missing *missing,
                       tw_onnx_value *out) {
    enum { TENSOR_TYPE = 1, SEQUENCE_TYPE = 4, OPTIONAL_TYPE = 9 };
    *out = (tw_onnx_value){.name = owner, .rank = -1, .channel_axis = -1};
    /* optional(sequence(tensor)) is the deepest that there is. */
    for (unsigned level = 0; level < 3; level++) {
        tw_wire_field field = {0}, inner;
        if (tw_wire_next(&type, &field) != TW_WIRE_FIELD || field.type != TW_WIRE_BYTES)
            break;
        if (field.number == TENSOR_TYPE)
            return tensor_type(import, field.bytes, owner, missing, out);
        if (field.number == SEQUENCE_TYPE && out->kind == TW_ONNX_TENSOR)
            out->kind = TW_ONNX_SEQUENCE;
        else if (field.number == OPTIONAL_TYPE && level == 0)
            out->optional = true;
        else
            break;
        if (tw_wire_next(&field.bytes, &inner) != TW_WIRE_FIELD || inner.number != 1 ||
            inner.type != TW_WIRE_BYTES)
            break;
        type = inner.bytes;
    }
    out->kind = TW_ONNX_OTHER;
    return TW_OK;
}
