/* Energy and cycles of all layers in the HTML report, as stacked bars and tables. */
#ifndef TW_REPORT_HTML_BARS_H
#define TW_REPORT_HTML_BARS_H

#include "report/html_text.h"

/* By where the energy is spent: the keys of the breakdown. */
void tw_html_energy_bars(tw_text *out, const json_t *root, const char *id);

/* Computing and waiting, what bounds each layer, and the cycles of every level. */
void tw_html_cycle_bars(tw_text *out, const json_t *root, const char *id);

#endif
