/* Recursive descent over  sum := product (('+'|'-') product)*,  product := unit (('*'|'/') unit)*,
 * unit := number | '$' name | '(' sum ')'. */
#include "input/expression.h"

#include <ctype.h>
#include <string.h>

enum { MAX_PARENTHESES = 32 };

typedef struct {
    const char *at;
    const tw_parameter *parameters;
    size_t count;
    unsigned depth;
    char *message; /* empty until something is wrong: the first error stays */
} reader;

static uint64_t fail(reader *r, const char *what) {
    if (!r->message[0])
        snprintf(r->message, TW_EXPRESSION_MESSAGE, "%s", what);
    return 0;
}

static char next(reader *r) {
    while (*r->at == ' ')
        r->at++;
    return *r->at;
}

static uint64_t read_number(reader *r) {
    uint64_t value = 0;
    bool overflow = false;
    for (; isdigit((unsigned char)*r->at); r->at++) {
        overflow |= __builtin_mul_overflow(value, 10u, &value);
        overflow |= __builtin_add_overflow(value, (uint64_t)(*r->at - '0'), &value);
    }
    return overflow ? fail(r, "a number leaves 64 bits") : value;
}

static uint64_t read_parameter(reader *r) {
    const char *name = ++r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_')
        r->at++;
    const size_t length = (size_t)(r->at - name);
    for (size_t i = 0; i < r->count; i++)
        if (strlen(r->parameters[i].name) == length &&
            strncmp(r->parameters[i].name, name, length) == 0)
            return r->parameters[i].value;
    if (!r->message[0])
        snprintf(r->message, TW_EXPRESSION_MESSAGE, "there is no parameter \"$%.*s\"",
                 length < 40 ? (int)length : 40, name);
    return 0;
}

static uint64_t read_sum(reader *r);

static uint64_t read_unit(reader *r) {
    const char c = next(r);
    if (isdigit((unsigned char)c))
        return read_number(r);
    if (c == '$')
        return read_parameter(r);
    if (c != '(' || r->depth == MAX_PARENTHESES)
        return fail(r,
                    c == '(' ? "too many parentheses" : "expected a whole number, $parameter or (");
    r->depth++;
    r->at++;
    const uint64_t value = read_sum(r);
    if (next(r) != ')')
        return fail(r, "a ) is missing");
    r->at++;
    r->depth--;
    return value;
}

static uint64_t read_product(reader *r) {
    uint64_t value = read_unit(r);
    for (char c = next(r); (c == '*' || c == '/') && !r->message[0]; c = next(r)) {
        r->at++;
        const uint64_t by = read_unit(r);
        if (r->message[0])
            return 0;
        if (c == '/' && (by == 0 || value % by != 0))
            return fail(r, by == 0 ? "division by zero" : "a division does not come out even");
        if (c == '/')
            value /= by;
        else if (__builtin_mul_overflow(value, by, &value))
            return fail(r, "a product leaves 64 bits");
    }
    return value;
}

static uint64_t read_sum(reader *r) {
    uint64_t value = read_product(r);
    for (char c = next(r); (c == '+' || c == '-') && !r->message[0]; c = next(r)) {
        r->at++;
        const uint64_t other = read_product(r);
        if (r->message[0])
            return 0;
        if (c == '+' && __builtin_add_overflow(value, other, &value))
            return fail(r, "a sum leaves 64 bits");
        if (c == '-' && __builtin_sub_overflow(value, other, &value))
            return fail(r, "a difference is negative");
    }
    return value;
}

bool tw_expression_evaluate(const char *text, const tw_parameter *parameters, size_t count,
                            uint64_t *out, char message[TW_EXPRESSION_MESSAGE]) {
    reader r = {.at = text, .parameters = parameters, .count = count, .message = message};
    message[0] = '\0';
    const uint64_t value = read_sum(&r);
    if (!message[0] && next(&r) != '\0')
        snprintf(message, TW_EXPRESSION_MESSAGE, "unexpected \"%.20s\"", r.at);
    if (message[0])
        return false;
    *out = value;
    return true;
}
