#include "network/compare.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 200 };

static bool read_u64(const char *text, uint64_t *value) {
    char *end = NULL;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return isdigit((unsigned char)text[0]) && !*end && !errno;
}

static bool equal_numbers(const char *a, const char *b) {
    uint64_t whole_a = 0, whole_b = 0;
    if (read_u64(a, &whole_a) && read_u64(b, &whole_b))
        return whole_a == whole_b;
    char *end_a = NULL, *end_b = NULL;
    const double real_a = strtod(a, &end_a), real_b = strtod(b, &end_b);
    return end_a != a && !*end_a && end_b != b && !*end_b && real_a == real_b;
}

static bool equal_scalars(const tw_node *a, const tw_node *b) {
    if (a->length == b->length && memcmp(a->scalar, b->scalar, a->length) == 0)
        return a->quoted == b->quoted;
    return !a->quoted && !b->quoted && equal_numbers(a->scalar, b->scalar);
}

static const tw_node *find(const tw_node *mapping, const char *key) {
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->scalar, key) == 0)
            return mapping->values[i];
    return NULL;
}

static bool is_skipped(const char *key, const char *const *skip) {
    for (; skip && *skip; skip++)
        if (strcmp(*skip, key) == 0)
            return true;
    return false;
}

static size_t compare_objects(tw_document *document, const char *path, const tw_node *given,
                              const tw_node *computed, const char *const *skip) {
    char inner[PATH];
    size_t differences = 0;
    for (size_t i = 0; i < given->count; i++) {
        const char *key = given->keys[i]->scalar;
        if (is_skipped(key, skip))
            continue;
        snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
        const tw_node *other = find(computed, key);
        if (other) {
            differences += tw_tree_compare(document, inner, given->values[i], other, NULL);
            continue;
        }
        tw_node_error(document, given->keys[i], "%s does not belong here", inner);
        differences++;
    }
    for (size_t i = 0; i < computed->count; i++) {
        const char *key = computed->keys[i]->scalar;
        if (is_skipped(key, skip) || find(given, key))
            continue;
        tw_node_error(document, given, "%s%s%s is missing", path, *path ? "." : "", key);
        differences++;
    }
    return differences;
}

static size_t compare_lists(tw_document *document, const char *path, const tw_node *given,
                            const tw_node *computed) {
    if (given->count != computed->count) {
        tw_node_error(document, given, "%s has %zu entries, computed anew it has %zu", path,
                      given->count, computed->count);
        return 1;
    }
    char inner[PATH];
    size_t differences = 0;
    for (size_t i = 0; i < given->count; i++) {
        snprintf(inner, sizeof inner, "%s[%zu]", path, i);
        differences +=
            tw_tree_compare(document, inner, given->values[i], computed->values[i], NULL);
    }
    return differences;
}

size_t tw_tree_compare(tw_document *document, const char *path, const tw_node *given,
                       const tw_node *computed, const char *const *skip) {
    if (given->kind != computed->kind) {
        tw_node_error(document, given, "%s has another shape than the result computed anew", path);
        return 1;
    }
    switch (given->kind) {
    case TW_NODE_MAPPING:
        return compare_objects(document, path, given, computed, skip);
    case TW_NODE_SEQUENCE:
        return compare_lists(document, path, given, computed);
    case TW_NODE_SCALAR:
        break;
    }
    if (equal_scalars(given, computed))
        return 0;
    tw_node_error(document, given, "%s is %.60s, computed anew it is %.60s", path, given->scalar,
                  computed->scalar);
    return 1;
}
