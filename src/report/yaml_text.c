#include <string.h>

#include "report/native_yaml.h"

/* Words that some version of YAML reads as a truth value or null. */
static bool is_reserved(const char *text) {
    static const char *const words[] = {"y",  "n",   "yes",  "no",  "true", "false",
                                        "on", "off", "null", "nan", "inf"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool is_plain(const char *text) {
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/";
    static const char rest[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/0123456789.-+";
    return text[0] && strchr(first, text[0]) && strspn(text, rest) == strlen(text) &&
           !is_reserved(text);
}

void tw_yaml_text(tw_text *out, const char *text) {
    if (is_plain(text)) {
        tw_text_add_bytes(out, text, strlen(text));
        return;
    }
    tw_text_add(out, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            tw_text_add(out, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            tw_text_add(out, "\\x%02x", *c);
        else
            tw_text_add_bytes(out, (const char *)c, 1);
    }
    tw_text_add(out, "\"");
}
