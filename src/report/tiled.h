/* Results and accelerators of kind tiled as text, JSON and CSV. */
#ifndef TW_REPORT_TILED_H
#define TW_REPORT_TILED_H

#include "base/text.h"
#include "network/map_tiled.h"

/* result->tiled is set. */
void tw_report_tiled_text(tw_text *out, const tw_result *result, const tw_write_options *options);
void tw_report_tiled_json(tw_text *out, const tw_result *result, const tw_write_options *options);
void tw_report_tiled_csv(tw_text *out, const tw_result *result, const tw_write_options *options);
/* The accelerator in words. */
void tw_show_tiled(tw_text *out, const tw_accelerator *accelerator);

#endif
