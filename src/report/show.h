/* Inputs in words and pictures, one function a kind. */
#ifndef TW_REPORT_SHOW_H
#define TW_REPORT_SHOW_H

#include "arch/accelerator.h"
#include "base/text.h"
#include "input/tree.h"
#include "workload/network.h"

/* The levels from the outermost to the MAC units, with what lies between them. */
void tw_show_accelerator(tw_text *out, const tw_accelerator *accelerator,
                         const tw_write_options *options);
/* A line per layer, and what the network computes and holds altogether. */
void tw_show_network(tw_text *out, const tw_network *network, const tw_write_options *options);
/* A mapping file: each layer's nest with the extents of its tiles. */
tw_status tw_show_mappings(tw_text *out, tw_document *document,
                           const tw_write_options *options) TW_NODISCARD;

#endif
