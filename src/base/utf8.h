/* UTF-8, one code point at a time. */
#ifndef TW_BASE_UTF8_H
#define TW_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the sequence at `text` and its code point; 0 when it is invalid. Reads no further than
 * a terminating NUL. */
size_t tw_utf8_decode(const char *text, uint32_t *code);
/* C0 and C1 controls and DEL: what may move a cursor or change a terminal. */
bool tw_code_is_control(uint32_t code);

#endif
