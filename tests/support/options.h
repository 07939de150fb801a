/* Options that tests on random cases take: --seed NUMBER, --cases NUMBER. */
#ifndef TESTS_SUPPORT_OPTIONS_H
#define TESTS_SUPPORT_OPTIONS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The word after `name`, or NULL. */
static inline const char *text_option(int argc, char **argv, const char *name) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

static inline uint64_t number_option(int argc, char **argv, const char *name, uint64_t fallback) {
    const char *text = text_option(argc, argv, name);
    return text ? strtoull(text, NULL, 10) : fallback;
}

#endif
