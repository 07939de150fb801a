/* The protobuf wire format, read in place: fields of a message one after the other, without a
 * schema and without copying. A length-delimited field is a view into the file, so that weights
 * are stepped over and never touched. */
#ifndef TW_INPUT_ONNX_WIRE_H
#define TW_INPUT_ONNX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view of bytes that somebody else owns. */
typedef struct {
    const unsigned char *data;
    size_t size;
} tw_bytes;

typedef enum {
    TW_WIRE_VARINT = 0,
    TW_WIRE_FIXED64 = 1,
    TW_WIRE_BYTES = 2,
    TW_WIRE_FIXED32 = 5
} tw_wire_type;

typedef struct {
    uint32_t number;
    tw_wire_type type;
    uint64_t value; /* varint, fixed64 or fixed32 */
    tw_bytes bytes; /* TW_WIRE_BYTES */
} tw_wire_field;

typedef enum { TW_WIRE_END, TW_WIRE_FIELD, TW_WIRE_MALFORMED } tw_wire_status;

/* Takes the next field off the front of `rest`. On TW_WIRE_MALFORMED `rest` stands at the field
 * that could not be read. */
tw_wire_status tw_wire_next(tw_bytes *rest, tw_wire_field *field);
/* Takes one varint of a packed field. False at the end and for a malformed one. */
bool tw_wire_varint(tw_bytes *rest, uint64_t *value);
/* True when every field of the message can be read. */
bool tw_wire_is_message(tw_bytes message);

bool tw_bytes_equal(tw_bytes a, tw_bytes b);
bool tw_bytes_equal_text(tw_bytes bytes, const char *text);

#endif
