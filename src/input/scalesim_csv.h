/* SCALE-Sim's topology files: a layer a line. Convolutions: name, input height and width (padded),
 * filter height and width, channels, filters, stride (or two strides). Matrix products: name, M, N,
 * K. Which of the two a file holds, its header line says. */
#ifndef TW_INPUT_SCALESIM_CSV_H
#define TW_INPUT_SCALESIM_CSV_H

#include "input/formats.h"

bool tw_scalesim_recognise(const tw_input *input);
tw_status tw_scalesim_load(const tw_input *input, const tw_network_options *options,
                           tw_network *out) TW_NODISCARD;

#endif
