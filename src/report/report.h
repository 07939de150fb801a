/* The writers of results, one a format. Each appends to a text and computes nothing. */
#ifndef TW_REPORT_REPORT_H
#define TW_REPORT_REPORT_H

#include "base/text.h"
#include "network/result.h"

/* A table of layers, the totals and the energy breakdown; `options` has no defaults left to fill
 * in (see tw_write_defaults). */
void tw_report_text(tw_text *out, const tw_result *result, const tw_write_options *options);
/* One layer in full: numbers, loop nest, counts per level and tensor, breakdown. */
void tw_report_layer(tw_text *out, const tw_result *result, const tw_layer_result *layer,
                     const tw_write_options *options);
/* The schedule of the network, if the result has one. */
void tw_report_schedule(tw_text *out, const tw_result *result, const tw_write_options *options);
/* The result of a layer in a few words: "optimal", "feasible, gap 3.1%". */
void tw_report_status(char *out, size_t size, const tw_layer_result *layer);
/* A header line, then a line per layer or, of a Pareto search, per point. */
void tw_report_csv(tw_text *out, const tw_result *result, const tw_write_options *options);
void tw_report_json(tw_text *out, const tw_result *result, const tw_write_options *options);

/* `options`, which may be NULL, with its zeros replaced by defaults. */
tw_write_options tw_write_defaults(const tw_write_options *options);
/* Writes a finished text and flushes; frees it either way. */
tw_status tw_report_finish(tw_ctx *ctx, tw_text *text, FILE *out) TW_NODISCARD;

#endif
