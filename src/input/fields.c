#include "input/fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *tw_node_kind_text(const tw_node *node) {
    switch (node->kind) {
    case TW_NODE_SEQUENCE:
        return "a list";
    case TW_NODE_MAPPING:
        return "a mapping";
    case TW_NODE_SCALAR:
        break;
    }
    return node->length || node->quoted ? "text" : "empty";
}

bool tw_fields_check(tw_document *document, const tw_node *mapping, const char *what,
                     const char *const *known, size_t known_count) {
    if (!mapping)
        return false;
    if (mapping->kind != TW_NODE_MAPPING) {
        tw_node_error(document, mapping, "%s is %s, expected a mapping (key: value)", what,
                      tw_node_kind_text(mapping));
        return false;
    }
    for (size_t i = 0; i < mapping->count; i++) {
        const tw_node *key = mapping->keys[i];
        bool found = false;
        for (size_t k = 0; k < known_count && !found; k++)
            found = strcmp(known[k], key->scalar) == 0 && strlen(known[k]) == key->length;
        if (found)
            continue;
        const char *close = tw_closest_word(key->scalar, known, known_count);
        tw_node_error(document, key, "unknown key \"%.60s\" in %s%s%s%s", key->scalar, what,
                      close ? ", did you mean \"" : "", close ? close : "", close ? "\"?" : "");
    }
    return true;
}

tw_node *tw_field_require(tw_document *document, tw_node *mapping, const char *key,
                          const char *what) {
    tw_node *value = tw_node_get(mapping, key);
    if (!value)
        tw_node_error(document, mapping, "%s has no \"%s\"", what, key);
    return value;
}

/* A scalar without a NUL inside. */
static bool is_scalar(tw_document *document, const tw_node *node, const char *what,
                      const char *expected) {
    if (!node)
        return false;
    if (node->kind != TW_NODE_SCALAR || (node->length == 0 && !node->quoted)) {
        tw_node_error(document, node, "%s is %s, expected %s", what, tw_node_kind_text(node),
                      expected);
        return false;
    }
    if (strlen(node->scalar) != node->length) {
        tw_node_error(document, node, "%s has a NUL character in it", what);
        return false;
    }
    return true;
}

bool tw_value_text(tw_document *document, const tw_node *node, const char *what, const char **out) {
    if (!is_scalar(document, node, what, "text"))
        return false;
    if (node->length == 0) {
        tw_node_error(document, node, "%s is empty", what);
        return false;
    }
    *out = node->scalar;
    return true;
}

bool tw_value_name(tw_document *document, const tw_node *node, const char *what, const char **out) {
    enum { LONGEST_NAME = 200 };
    const char *text = NULL;
    if (!tw_value_text(document, node, what, &text))
        return false;
    bool good = node->length <= LONGEST_NAME;
    for (const char *c = text; *c; c++)
        good &= (unsigned char)*c >= 0x20 && *c != 0x7f;
    if (good)
        *out = text;
    else
        tw_node_error(document, node, "%s has %s", what,
                      node->length > LONGEST_NAME ? "more than 200 bytes" : "control characters");
    return good;
}

bool tw_value_bool(tw_document *document, const tw_node *node, const char *what, bool *out) {
    if (!is_scalar(document, node, what, "true or false"))
        return false;
    const bool is_true = strcmp(node->scalar, "true") == 0;
    if (!is_true && strcmp(node->scalar, "false") != 0) {
        tw_node_error(document, node, "%s is \"%.40s\", expected true or false", what,
                      node->scalar);
        return false;
    }
    *out = is_true;
    return true;
}

bool tw_value_u64(tw_document *document, const tw_node *node, const char *what, uint64_t least,
                  uint64_t most, uint64_t *out) {
    char expected[96];
    snprintf(expected, sizeof expected, "a whole number from %llu to %llu",
             (unsigned long long)least, (unsigned long long)most);
    if (!is_scalar(document, node, what, expected))
        return false;
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(node->scalar, &end, 10);
    if (!isdigit((unsigned char)node->scalar[0]) || *end || errno || value < least ||
        value > most) {
        tw_node_error(document, node, "%s is \"%.40s\", expected %s", what, node->scalar, expected);
        return false;
    }
    *out = value;
    return true;
}

bool tw_value_quantity(tw_document *document, const tw_node *node, const char *what,
                       tw_quantity_kind kind, tw_quantity *out) {
    char message[TW_UNITS_MESSAGE];
    if (!is_scalar(document, node, what, "a number"))
        return false;
    if (tw_quantity_parse(node->scalar, kind, out, message))
        return true;
    tw_node_error(document, node, "%s: %s", what, message);
    return false;
}

bool tw_value_choice(tw_document *document, const tw_node *node, const char *what,
                     const char *const *words, size_t word_count, unsigned *out) {
    if (!is_scalar(document, node, what, "a word"))
        return false;
    for (size_t i = 0; i < word_count; i++)
        if (strcmp(node->scalar, words[i]) == 0) {
            *out = (unsigned)i;
            return true;
        }
    char expected[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < word_count && length < sizeof expected; i++) {
        const int added = snprintf(expected + length, sizeof expected - length, "%s%s",
                                   i == 0               ? ""
                                   : i + 1 < word_count ? ", "
                                                        : " or ",
                                   words[i]);
        length += added > 0 ? (size_t)added : 0;
    }
    const char *close = tw_closest_word(node->scalar, words, word_count);
    tw_node_error(document, node, "%s is \"%.40s\", expected %s%s%s%s", what, node->scalar,
                  expected, close ? "; did you mean \"" : "", close ? close : "",
                  close ? "\"?" : "");
    return false;
}

bool tw_value_is_sequence(tw_document *document, const tw_node *node, const char *what) {
    if (!node)
        return false;
    if (node->kind == TW_NODE_SEQUENCE)
        return true;
    tw_node_error(document, node, "%s is %s, expected a list", what, tw_node_kind_text(node));
    return false;
}
