/* Reading the nn_dataflow reference files. */
#ifndef TW_TESTS_TILED_REFERENCE_H
#define TW_TESTS_TILED_REFERENCE_H

#include <jansson.h>

/* The JSON of a file below the reference folder; the test is skipped when it is absent. */
static inline json_t *load_reference(const char *path) {
    char full[1024];
    snprintf(full, sizeof full, "%s/nn-dataflow/%s", TW_TEST_REFERENCE_DIR, path);
    json_error_t error;
    json_t *json = json_load_file(full, 0, &error);
    if (!json) {
        printf("skipped: %s: %s\n", full, error.text);
        skip();
    }
    return json;
}

#endif
