/* The section files of NeuroSpector as a flat list of entries with positions.
 *
 *     [SECTION]
 *     KEY = value        # only at the start of a line is '#' a comment
 *
 * Spaces, tabs and carriage returns around names and values mean nothing. */
#ifndef TW_INPUT_NEUROSPECTOR_INI_H
#define TW_INPUT_NEUROSPECTOR_INI_H

#include "base/arena.h"
#include "input/file.h"

typedef struct {
    const char *key;   /* upper case, without spaces */
    const char *value; /* trimmed */
    tw_position key_at, at;
} ns_ini_entry;

typedef struct {
    const char *name;
    tw_position at;
    size_t first, count; /* its entries */
} ns_ini_section;

typedef struct {
    tw_ctx *ctx;
    tw_arena *arena; /* owns everything but the positions' file name */
    const char *file;
    size_t section_count, entry_count;
    ns_ini_section *sections;
    ns_ini_entry *entries;
} ns_ini;

/* Lines that are neither comment, section nor entry, and entries before the first section, are
 * errors; all are reported, and the rest is read: look at tw_error_count. */
tw_status ns_ini_parse(const tw_input *input, tw_arena *arena, ns_ini *out) TW_NODISCARD;
/* The first entry of the section with this key, or NULL. */
const ns_ini_entry *ns_ini_get(const ns_ini *ini, const ns_ini_section *section, const char *key);
/* True when the text has a line `[name]`: for recognition, without parsing. */
bool ns_ini_has_section(const tw_input *input, const char *name);
/* The value as a name: the format has no blanks in names. NULL without memory. */
const char *ns_ini_name(const ns_ini *ini, const ns_ini_entry *entry) TW_NODISCARD;
/* Reports a section that the file does not need: an error when it looks like one of `known`, else
 * a warning that it is ignored. */
void ns_ini_unknown_section(const ns_ini *ini, const ns_ini_section *section,
                            const char *const *known, size_t known_count);
/* Position of the word in the list, or -1. */
int ns_word_index(const char *word, const char *const *words, size_t count);

/* Comma-separated values of an entry. Each reports what is wrong at its place and returns false.
 * Numbers: at most `most`, all at least `least`; *count is how many there were. */
bool ns_ini_numbers(const ns_ini *ini, const ns_ini_entry *entry, double least, size_t most,
                    double *out, size_t *count);
bool ns_ini_integers(const ns_ini *ini, const ns_ini_entry *entry, const uint64_t *least,
                     size_t most, uint64_t *out, size_t *count);
/* Indices into `words` (compared without case). */
bool ns_ini_words(const ns_ini *ini, const ns_ini_entry *entry, const char *const *words,
                  size_t word_count, size_t most, unsigned *out, size_t *count);

#endif
