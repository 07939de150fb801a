/* Numbers with units and expressions. */
#include "fuzz/fuzz.h"

#include <math.h>

#include "input/expression.h"
#include "input/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const tw_parameter parameters[] = {{"batch", 4}, {"seq", 128}};
    char message[TW_UNITS_MESSAGE], expression_message[TW_EXPRESSION_MESSAGE];
    char *text = malloc(size + 1);
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    for (int kind = 0; kind < TW_QUANTITY_KIND_COUNT; kind++) {
        tw_quantity quantity;
        message[0] = '\0';
        if (tw_quantity_parse(text, (tw_quantity_kind)kind, &quantity, message)
                ? !isfinite(quantity.value) || quantity.value < 0
                : message[0] == '\0')
            abort();
    }
    uint64_t value = 0;
    if (!tw_expression_evaluate(text, parameters, 2, &value, expression_message) &&
        expression_message[0] == '\0')
        abort();
    free(text);
    return 0;
}
