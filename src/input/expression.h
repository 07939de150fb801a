/* Sizes that depend on named parameters: `12*$batch`, `$seq`, `($seq + 1) / 2`.
 *
 * Whole numbers, $name, + - * / and parentheses; a division must come out even, nothing may leave
 * 64 bits or fall below zero. */
#ifndef TW_INPUT_EXPRESSION_H
#define TW_INPUT_EXPRESSION_H

#include "base/ctx.h"

typedef struct {
    const char *name;
    uint64_t value;
} tw_parameter;

enum { TW_EXPRESSION_MESSAGE = 160 };

/* False with what is wrong in `message`. */
bool tw_expression_evaluate(const char *text, const tw_parameter *parameters, size_t count,
                            uint64_t *out, char message[TW_EXPRESSION_MESSAGE]);

#endif
