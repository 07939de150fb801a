#include "input/onnx_wire.h"

#include <string.h>

enum { LONGEST_VARINT = 10 };

bool tw_wire_varint(tw_bytes *rest, uint64_t *value) {
    uint64_t result = 0;
    for (unsigned i = 0; i < LONGEST_VARINT && i < rest->size; i++) {
        const unsigned char byte = rest->data[i];
        if (i == LONGEST_VARINT - 1 && byte > 1)
            return false;
        result |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            rest->data += i + 1;
            rest->size -= i + 1;
            *value = result;
            return true;
        }
    }
    return false;
}

static bool take(tw_bytes *rest, uint64_t size, tw_bytes *out) {
    if (size > rest->size)
        return false;
    *out = (tw_bytes){rest->data, (size_t)size};
    rest->data += size;
    rest->size -= (size_t)size;
    return true;
}

static bool take_fixed(tw_bytes *rest, unsigned size, uint64_t *value) {
    tw_bytes bytes;
    if (!take(rest, size, &bytes))
        return false;
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value |= (uint64_t)bytes.data[i] << (8 * i);
    return true;
}

static bool take_payload(tw_bytes *rest, tw_wire_field *field) {
    switch (field->type) {
    case TW_WIRE_VARINT:
        return tw_wire_varint(rest, &field->value);
    case TW_WIRE_FIXED64:
        return take_fixed(rest, 8, &field->value);
    case TW_WIRE_FIXED32:
        return take_fixed(rest, 4, &field->value);
    case TW_WIRE_BYTES:
        return tw_wire_varint(rest, &field->value) && take(rest, field->value, &field->bytes);
    }
    return false;
}

tw_wire_status tw_wire_next(tw_bytes *rest, tw_wire_field *field) {
    if (rest->size == 0)
        return TW_WIRE_END;
    tw_bytes after = *rest;
    uint64_t key = 0;
    if (!tw_wire_varint(&after, &key) || key >> 32)
        return TW_WIRE_MALFORMED;
    *field = (tw_wire_field){.number = (uint32_t)(key >> 3), .type = (tw_wire_type)(key & 7)};
    if (field->number == 0 || !take_payload(&after, field))
        return TW_WIRE_MALFORMED;
    *rest = after;
    return TW_WIRE_FIELD;
}

bool tw_wire_is_message(tw_bytes message) {
    tw_wire_field field;
    tw_wire_status status;
    do
        status = tw_wire_next(&message, &field);
    while (status == TW_WIRE_FIELD);
    return status == TW_WIRE_END;
}

bool tw_bytes_equal(tw_bytes a, tw_bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool tw_bytes_equal_text(tw_bytes bytes, const char *text) {
    return tw_bytes_equal(bytes, (tw_bytes){(const unsigned char *)text, strlen(text)});
}
