/* What every fuzz target shares. A target must return 0 for any bytes: no crash, no leak, no
 * error without a message. */
#ifndef TW_TESTS_FUZZ_FUZZ_H
#define TW_TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "input/native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input of these bytes, followed by a NUL as in a file; fuzz_close frees the copy. */
static inline tw_input fuzz_open(tw_ctx *ctx, const uint8_t *data, size_t size) {
    char *bytes = malloc(size + 1);
    if (!bytes)
        abort();
    if (size)
        memcpy(bytes, data, size);
    bytes[size] = '\0';
    return (tw_input){.ctx = ctx, .path = "fuzz", .bytes = bytes, .size = size, .owned = bytes};
}

static inline void fuzz_close(tw_input *input) {
    free(input->owned);
}

/* A failure says why. */
static inline void fuzz_check(tw_ctx *ctx, tw_status status) {
    if ((status == TW_OK) != (tw_error_count(ctx) == 0))
        abort();
}

static inline tw_input fuzz_text(tw_ctx *ctx, const char *text) {
    return (tw_input){.ctx = ctx, .path = "fuzz", .bytes = text, .size = strlen(text)};
}

#endif
