#include "base/utf8.h"

size_t tw_utf8_decode(const char *text, uint32_t *code) {
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t i = 0; i < 3; i++) {
        if ((bytes[0] & forms[i].mask) != forms[i].lead)
            continue;
        *code = bytes[0] & (unsigned char)~forms[i].mask;
        for (size_t j = 1; j <= i + 1; j++) {
            if ((bytes[j] & 0xc0) != 0x80)
                return 0;
            *code = *code << 6 | (bytes[j] & 0x3f);
        }
        const bool valid =
            *code >= forms[i].least && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
        return valid ? i + 2 : 0;
    }
    return 0;
}

bool tw_code_is_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}
