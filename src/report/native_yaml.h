/* Accelerators, networks and mappings as native YAML: what the readers in src/input take, so that
 * writing and reading again gives the same object, to the bit. */
#ifndef TW_REPORT_NATIVE_YAML_H
#define TW_REPORT_NATIVE_YAML_H

#include "base/text.h"
#include "input/mapping_set.h"

/* TW_INVALID for what native YAML cannot say: a tiled accelerator, or a room of words that is
 * neither counted in words nor in bits. */
tw_status tw_native_accelerator_write(tw_text *out, const tw_accelerator *accelerator) TW_NODISCARD;
/* Sizes are written as numbers: batch and parameters were put in when the network was read. */
tw_status tw_native_network_write(tw_text *out, const tw_network *network) TW_NODISCARD;
tw_status tw_native_mappings_write(tw_text *out, const tw_hierarchy *arch,
                                   const tw_mapping_set *mappings) TW_NODISCARD;

/* A scalar: plain where YAML 1.1 and 1.2 both read it as this very text, else in double quotes. */
void tw_yaml_text(tw_text *out, const char *text);

#endif
