/* NeuroSpector's accelerator, network and scheduling-table files as typed objects.
 *
 * The rules are the original's (docs/neurospector.md lists every key) with its silent ones made
 * audible: what it reads from uninitialised memory, drops or truncates is an error here, what it
 * takes but surely was not meant is a warning. */
#ifndef TW_INPUT_NEUROSPECTOR_CFG_H
#define TW_INPUT_NEUROSPECTOR_CFG_H

#include "arch/neurospector.h"
#include "input/file.h"

bool ns_is_accelerator_file(const tw_input *input);
bool ns_is_network_file(const tw_input *input);
bool ns_is_schedule_file(const tw_input *input);

tw_status ns_accelerator_read(const tw_input *input, tw_arena *arena,
                              ns_accelerator *out) TW_NODISCARD;

/* How K and C of a layer with G groups are to be read. */
typedef enum {
    NS_GROUPS_RAW,     /* as the original: the loop bounds as they stand */
    NS_GROUPS_PHYSICAL /* channels of all groups: bounds K/G and C/G. Where neither divides,
                          they are taken as channels per group, with a warning */
} ns_groups;
tw_status ns_network_read(const tw_input *input, tw_arena *arena, ns_groups groups,
                          ns_network *out) TW_NODISCARD;

/* Every table of the file, checked for form only (see ns_table_check): pairs of [LAYER] and
 * [SCHEDULING_TABLE], each with an optional [DATAFLOW] section of ours. */
tw_status ns_schedules_read(const tw_input *input, tw_arena *arena,
                            const ns_accelerator *accelerator, ns_schedule **out,
                            size_t *count) TW_NODISCARD;

#endif
