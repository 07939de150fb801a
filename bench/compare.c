/* Two result files side by side: new / old, below 1 is better for seconds, memory, instructions. */
#include "bench.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *load(const char *path) {
    json_error_t error;
    json_t *all = json_load_file(path, 0, &error);
    if (!all)
        fprintf(stderr, "tw_bench: %s:%d: %s\n", path, error.line, error.text);
    else if (!json_is_array(json_object_get(all, "cases")))
        fprintf(stderr, "tw_bench: %s: no result of tw_bench\n", path);
    return all;
}

static const json_t *find_case(const json_t *all, const char *name) {
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(all, "cases"), i, row) {
        const char *other = json_string_value(json_object_get(row, "name"));
        if (other && strcmp(other, name) == 0)
            return row;
    }
    return NULL;
}

static void print_ratio(const json_t *old_row, const json_t *new_row, const char *key) {
    const double before = json_number_value(json_object_get(old_row, key));
    const double after = json_number_value(json_object_get(new_row, key));
    if (before > 0 && after > 0)
        printf(" %12.3f", after / before);
    else
        printf(" %12s", "-");
}

static void print_comparison(const char *name, const json_t *old_row, const json_t *new_row) {
    printf("%-42s", name);
    print_ratio(old_row, new_row, "seconds");
    print_ratio(old_row, new_row, "cpu_seconds");
    print_ratio(old_row, new_row, "evaluated");
    print_ratio(old_row, new_row, "instructions");
    print_ratio(old_row, new_row, "peak_bytes");
    const bool same = json_number_value(json_object_get(old_row, "checksum")) ==
                      json_number_value(json_object_get(new_row, "checksum"));
    printf("  %s\n", same ? "equal" : "differ");
}

bool tw_bench_compare(const char *old_path, const char *new_path) {
    json_t *old_all = load(old_path), *new_all = load(new_path);
    const bool readable = json_is_array(json_object_get(old_all, "cases")) &&
                          json_is_array(json_object_get(new_all, "cases"));
    if (readable) {
        printf("%-42s %12s %12s %12s %12s %12s  %s\n", "new / old", "seconds", "cpu s",
               "evaluations", "instructions", "peak", "results");
        size_t i;
        const json_t *row;
        json_array_foreach(json_object_get(new_all, "cases"), i, row) {
            const char *name = json_string_value(json_object_get(row, "name"));
            const json_t *before = name ? find_case(old_all, name) : NULL;
            if (before)
                print_comparison(name, before, row);
        }
    }
    json_decref(old_all);
    json_decref(new_all);
    return readable;
}
