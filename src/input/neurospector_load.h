/* NeuroSpector's files as what the other commands work on; rows of formats.c. */
#ifndef TW_INPUT_NEUROSPECTOR_LOAD_H
#define TW_INPUT_NEUROSPECTOR_LOAD_H

#include "input/formats.h"

bool tw_neurospector_accelerator_recognise(const tw_input *input);
bool tw_neurospector_network_recognise(const tw_input *input);
bool tw_neurospector_mapping_recognise(const tw_input *input);

/* Buffers become levels, arrays the fanouts between them. The dataflow of a buffer says in which
 * order its loops and those of the next outer one run: as a constraint it stands with the level
 * whose loops it orders. Cycles of a transfer become ports of their own for each tensor. Registers,
 * which hold nothing in that model, are left out with a warning. */
tw_status tw_neurospector_accelerator_load(const tw_input *input, tw_accelerator *out) TW_NODISCARD;
/* Group convolutions in the physical reading: K/G and C/G. */
tw_status tw_neurospector_network_load(const tw_input *input, const tw_network_options *options,
                                       tw_network *out) TW_NODISCARD;
tw_status tw_neurospector_mapping_load(const tw_input *input, const tw_accelerator *accelerator,
                                       const tw_network *network, bool partial,
                                       tw_mapping_set *out) TW_NODISCARD;

#endif
