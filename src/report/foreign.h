/* Networks and accelerators in the formats of other tools. A layer that a format cannot say is left
 * out with a warning, or with `strict` an error; a layer that runs several times is written as
 * often. */
#ifndef TW_REPORT_FOREIGN_H
#define TW_REPORT_FOREIGN_H

#include "arch/accelerator.h"
#include "base/text.h"
#include "workload/network.h"

enum { TW_FOREIGN_MOST_REPEATS = 1024 };

tw_status tw_scalesim_write(tw_text *out, const tw_network *network, bool strict) TW_NODISCARD;
tw_status tw_zigzag_write(tw_text *out, const tw_network *network, bool strict) TW_NODISCARD;
/* A Timeloop problem is one layer: TW_INVALID for a network of several. */
tw_status tw_timeloop_problem_write(tw_text *out, const tw_network *network) TW_NODISCARD;
tw_status tw_timeloop_architecture_write(tw_text *out,
                                         const tw_accelerator *accelerator) TW_NODISCARD;

/* A name with nothing in it but letters, digits and "_-./". */
void tw_foreign_name(tw_text *out, const char *name);
/* Warns of a layer that is left out, or fails. */
tw_status tw_foreign_leave_out(tw_text *out, const tw_layer *layer, bool strict, const char *format,
                               const char *why) TW_NODISCARD;

#endif
