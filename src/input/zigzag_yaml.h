/* ZigZag's workload files: a list of layers, each an equation over named loops such as
 * `O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]` with `iy=2*oy+1*fy`. */
#ifndef TW_INPUT_ZIGZAG_YAML_H
#define TW_INPUT_ZIGZAG_YAML_H

#include "input/formats.h"

bool tw_zigzag_recognise(const tw_input *input);
tw_status tw_zigzag_load(const tw_input *input, const tw_network_options *options,
                         tw_network *out) TW_NODISCARD;

#endif
