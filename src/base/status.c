#include "tilewright/tilewright.h"

const char *tw_status_text(tw_status status) {
    switch (status) {
#define TW_STATUS_CASE(name, value, text)                                                          \
    case name:                                                                                     \
        return text;
        TW_STATUS_TABLE(TW_STATUS_CASE)
#undef TW_STATUS_CASE
    }
    return "unknown status";
}

const char *tw_version(void) {
    return TW_VERSION_STRING;
}
