#include "reference/reference.h"

#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void reference_begin(reference_run *run) {
    run->differences = 0;
}

void reference_differs(reference_run *run, const char *id, const char *format, ...) {
    va_list arguments;
    run->differences++;
    if (run->silent)
        return;
    va_start(arguments, format);
    printf("%s: ", id);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

void reference_end(reference_run *run, const char *id, const char *outcome) {
    if (run->differences)
        run->failed++;
    else
        run->passed++;
    if (run->verbose && !run->differences)
        printf("%s: %s\n", id, outcome);
}

void reference_count(reference_run *run, const char *id, const char *what, uint64_t expected,
                     uint64_t actual) {
    if (expected != actual)
        reference_differs(run, id, "%s: expected %llu, is %llu", what, (unsigned long long)expected,
                          (unsigned long long)actual);
}

void reference_number(reference_run *run, const char *id, const char *what, double expected,
                      double actual, double tolerance) {
    if (!(fabs(expected - actual) <= tolerance * fabs(expected)))
        reference_differs(run, id, "%s: expected %.17g, is %.17g", what, expected, actual);
}

static bool each_in_file(reference_run *run, const char *path, reference_case_fn check) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "reference_check: %s: cannot be opened\n", path);
        return false;
    }
    json_error_t error;
    json_t *value = NULL;
    size_t values = 0;
    while ((value = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
        values++;
        if (json_is_array(value)) {
            size_t i = 0;
            json_t *object = NULL;
            json_array_foreach(value, i, object) check(run, path, object);
        } else {
            check(run, path, value);
        }
        json_decref(value);
    }
    const bool whole = values > 0 && json_error_code(&error) == json_error_premature_end_of_input;
    if (!whole)
        fprintf(stderr, "reference_check: %s:%d: %s\n", path, error.line, error.text);
    fclose(file);
    return whole;
}

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int is_json(const char *name) {
    const size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* The files of a folder and of the folders in it, in the order of their names. *found counts the
 * files. */
static bool each_in_folder(reference_run *run, const char *path, reference_case_fn check,
                           unsigned *found) {
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_visible, alphasort);
    bool good = true;
    for (int i = 0; i < count; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (is_folder(file)) {
            good = each_in_folder(run, file, check, found) && good;
        } else if (is_json(entries[i]->d_name)) {
            good = each_in_file(run, file, check) && good;
            ++*found;
        }
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool reference_each(reference_run *run, const char *path, reference_case_fn check) {
    if (!is_folder(path))
        return each_in_file(run, path, check);
    unsigned found = 0;
    const bool good = each_in_folder(run, path, check, &found);
    if (found == 0)
        fprintf(stderr, "reference_check: %s: no *.json there\n", path);
    return good && found > 0;
}

uint64_t reference_u64(const json_t *object, const char *key, uint64_t fallback) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (uint64_t)json_integer_value(value) : fallback;
}

double reference_double(const json_t *object, const char *key, double fallback) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

const char *reference_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
