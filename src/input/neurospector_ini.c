#include "input/neurospector_ini.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_LINE = 4096, MOST_ITEMS = 64 };
#define LARGEST_NUMBER 1e30

typedef struct {
    const char *start;
    size_t length;
} slice;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static slice trim(const char *start, const char *end) {
    while (start < end && is_blank(*start))
        start++;
    while (end > start && is_blank(end[-1]))
        end--;
    return (slice){start, (size_t)(end - start)};
}

/* A copy without blanks. */
static char *compact(tw_arena *arena, slice text) {
    char *out = tw_arena_strndup(arena, text.start, text.length);
    size_t length = 0;
    for (size_t i = 0; out && i < text.length; i++)
        if (!is_blank(out[i]))
            out[length++] = out[i];
    if (out)
        out[length] = '\0';
    return out;
}

static char *upper_case(char *text) {
    for (char *c = text; c && *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return text;
}

static tw_status grow(tw_arena *arena, void **items, size_t count, size_t size) {
    if (count & (count - 1))
        return TW_OK; /* room is doubled at every power of two */
    void *larger = tw_arena_array(arena, count ? count * 2 : 1, size);
    if (!larger)
        return tw_out_of_memory(arena->ctx);
    if (count)
        memcpy(larger, *items, count * size);
    *items = larger;
    return TW_OK;
}

static tw_status add_section(ns_ini *ini, slice line, const tw_position *at) {
    if (line.start[line.length - 1] != ']' || line.length < 3) {
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, at, "a section is written [NAME]");
        return TW_OK;
    }
    TW_TRY(grow(ini->arena, (void **)&ini->sections, ini->section_count, sizeof *ini->sections));
    const slice name = trim(line.start + 1, line.start + line.length - 1);
    ns_ini_section *section = &ini->sections[ini->section_count++];
    *section = (ns_ini_section){tw_arena_strndup(ini->arena, name.start, name.length), *at,
                                ini->entry_count, 0};
    return section->name ? TW_OK : tw_out_of_memory(ini->ctx);
}

static tw_status add_entry(ns_ini *ini, const char *line_start, slice line, tw_position at) {
    const char *equals = memchr(line.start, '=', line.length);
    if (!equals || equals == line.start) {
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &at, "expected KEY=value or [SECTION]");
        return TW_OK;
    }
    if (ini->section_count == 0) {
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &at, "this line stands before the first [SECTION]");
        return TW_OK;
    }
    TW_TRY(grow(ini->arena, (void **)&ini->entries, ini->entry_count, sizeof *ini->entries));
    const slice value = trim(equals + 1, line.start + line.length);
    ns_ini_entry *entry = &ini->entries[ini->entry_count++];
    ini->sections[ini->section_count - 1].count++;
    *entry = (ns_ini_entry){.key_at = at, .at = at};
    entry->at.column = (unsigned)(value.start - line_start) + 1;
    entry->key = upper_case(compact(ini->arena, trim(line.start, equals)));
    entry->value = tw_arena_strndup(ini->arena, value.start, value.length);
    return entry->key && entry->value ? TW_OK : tw_out_of_memory(ini->ctx);
}

static tw_status parse_line(ns_ini *ini, const char *start, const char *end, unsigned number) {
    const slice line = trim(start, end);
    if (line.length == 0 || line.start[0] == '#')
        return TW_OK;
    tw_position at = {.file = ini->file, .line = number};
    at.column = (unsigned)(line.start - start) + 1;
    if (memchr(line.start, '\0', line.length) || line.length > LONGEST_LINE) {
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &at, "this line is no text of reasonable length");
        return TW_OK;
    }
    at.text = tw_arena_strndup(ini->arena, start, (size_t)(line.start + line.length - start));
    if (!at.text)
        return tw_out_of_memory(ini->ctx);
    return line.start[0] == '[' ? add_section(ini, line, &at) : add_entry(ini, start, line, at);
}

tw_status ns_ini_parse(const tw_input *input, tw_arena *arena, ns_ini *out) {
    *out = (ns_ini){.ctx = input->ctx, .arena = arena, .file = input->path};
    const char *end = input->bytes + input->size;
    unsigned number = 0;
    if (input->size > TW_MAX_TEXT_BYTES) {
        const tw_position whole = {.file = input->path};
        return tw_fail(input->ctx, TW_INVALID, &whole, "the file is too large for this format");
    }
    for (const char *line = input->bytes; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        TW_TRY(parse_line(out, line, stop, ++number));
        line = stop + 1;
    }
    return TW_OK;
}

const ns_ini_entry *ns_ini_get(const ns_ini *ini, const ns_ini_section *section, const char *key) {
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(ini->entries[section->first + i].key, key) == 0)
            return &ini->entries[section->first + i];
    return NULL;
}

bool ns_ini_has_section(const tw_input *input, const char *name) {
    const size_t length = strlen(name);
    const char *end = input->bytes + input->size;
    for (const char *line = input->bytes; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        const slice text = trim(line, stop);
        if (text.length == length + 2 && text.start[0] == '[' &&
            memcmp(text.start + 1, name, length) == 0 && text.start[length + 1] == ']')
            return true;
        line = stop + 1;
    }
    return false;
}

const char *ns_ini_name(const ns_ini *ini, const ns_ini_entry *entry) {
    return compact(ini->arena, (slice){entry->value, strlen(entry->value)});
}

void ns_ini_unknown_section(const ns_ini *ini, const ns_ini_section *section,
                            const char *const *known, size_t known_count) {
    const char *close = tw_closest_word(section->name, known, known_count);
    for (size_t i = 0; i < known_count; i++)
        if (strcasecmp(section->name, known[i]) == 0)
            close = known[i];
    if (close)
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &section->at,
                "[%s] is no section of this file, did you mean [%s]?", section->name, close);
    else
        tw_diag(ini->ctx, TW_SEVERITY_WARNING, &section->at,
                "[%s] is no section of this file: it is ignored", section->name);
}

int ns_word_index(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

/* One item of a list, where it stands. */
typedef struct {
    char text[64];
    tw_position at;
} item;

/* Cuts the value at commas. -1, with an error, for an empty item or too many. */
static int split(const ns_ini *ini, const ns_ini_entry *entry, size_t most, item items[]) {
    size_t count = 0;
    const char *start = entry->value, *value_end = start + strlen(start);
    while (true) {
        const char *end = strchr(start, ',');
        const slice text = trim(start, end ? end : value_end);
        tw_position at = entry->at;
        at.column += (unsigned)(text.start - entry->value);
        if (text.length == 0 || text.length >= sizeof items->text) {
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &at, "%s: a value is missing or too long",
                    entry->key);
            return -1;
        }
        if (count == most) {
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &at, "%s: at most %zu values are expected",
                    entry->key, most);
            return -1;
        }
        memcpy(items[count].text, text.start, text.length);
        items[count].text[text.length] = '\0';
        items[count++].at = at;
        if (!end)
            return (int)count;
        start = end + 1;
    }
}

bool ns_ini_numbers(const ns_ini *ini, const ns_ini_entry *entry, double least, size_t most,
                    double *out, size_t *count) {
    item items[MOST_ITEMS];
    const int found = split(ini, entry, most, items);
    bool good = found > 0;
    for (int i = 0; i < found; i++) {
        char *end = NULL;
        out[i] = strtod(items[i].text, &end);
        const bool digit_first = strchr("+-.0123456789", items[i].text[0]);
        if (*end || !digit_first || strpbrk(items[i].text, "xX") || !isfinite(out[i]) ||
            out[i] < least || out[i] > LARGEST_NUMBER) {
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &items[i].at,
                    "%s: expected a number from %g to %g, found \"%s\"", entry->key, least,
                    LARGEST_NUMBER, items[i].text);
            good = false;
        }
    }
    *count = found > 0 ? (size_t)found : 0;
    return good;
}

bool ns_ini_integers(const ns_ini *ini, const ns_ini_entry *entry, const uint64_t *least,
                     size_t most, uint64_t *out, size_t *count) {
    item items[MOST_ITEMS];
    const int found = split(ini, entry, most, items);
    bool good = found > 0;
    for (int i = 0; i < found; i++) {
        const size_t digits = strspn(items[i].text, "0123456789");
        const uint64_t value = strtoull(items[i].text, NULL, 10);
        if (items[i].text[digits] || digits > 10 || value < least[i] || value > UINT32_MAX) {
            tw_diag(ini->ctx, TW_SEVERITY_ERROR, &items[i].at,
                    "%s: expected a whole number from %llu to %u, found \"%s\"", entry->key,
                    (unsigned long long)least[i], UINT32_MAX, items[i].text);
            good = false;
        }
        out[i] = value;
    }
    *count = found > 0 ? (size_t)found : 0;
    return good;
}

bool ns_ini_words(const ns_ini *ini, const ns_ini_entry *entry, const char *const *words,
                  size_t word_count, size_t most, unsigned *out, size_t *count) {
    item items[MOST_ITEMS];
    const int found = split(ini, entry, most, items);
    bool good = found > 0;
    for (int i = 0; i < found; i++) {
        out[i] = 0;
        while (out[i] < word_count && strcasecmp(items[i].text, words[out[i]]) != 0)
            out[i]++;
        if (out[i] < word_count)
            continue;
        const char *close = tw_closest_word(items[i].text, words, word_count);
        tw_diag(ini->ctx, TW_SEVERITY_ERROR, &items[i].at, "%s: \"%s\" is unknown%s%s%s",
                entry->key, items[i].text, close ? ", did you mean \"" : "", close ? close : "",
                close ? "\"?" : "");
        good = false;
    }
    *count = found > 0 ? (size_t)found : 0;
    return good;
}
