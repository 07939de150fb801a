/* The two ways to extend a label outwards: over the fanout below the next level, and by that
 * level's loops. Each prices every extension that is not ruled out and offers it to the pass. */
#ifndef TW_SEARCH_STEPS_H
#define TW_SEARCH_STEPS_H

#include "search/pass.h"

tw_status tw_step_fanout(tw_pass *pass, uint32_t from, unsigned level) TW_NODISCARD;
tw_status tw_step_loops(tw_pass *pass, uint32_t from, unsigned level) TW_NODISCARD;

#endif
