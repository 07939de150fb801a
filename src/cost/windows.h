/* Tensors with windows (see tw_tensor): their tiles overlap in part, with the tile before and with
 * those of other children.
 *
 * When loop i outside a level advances, all loops inside it wrap around; the shift of the tile's
 * origin, projected on the tensor's axes, leaves an overlap with the tile before. With W the words
 * of the loops up to i and V those of the tile,
 *
 *     W_0 = V,   W_i = n_i * W_{i-1} - (n_i - 1) * overlap_i,
 *
 * which is the sum of docs/model.md built from the inside. The same recurrence with unions over
 * the children gives what the parent reads. */
#ifndef TW_COST_WINDOWS_H
#define TW_COST_WINDOWS_H

#include "cost/flow.h"

/* Traffic between the tiles of `child` and their parent, which the children of the fanouts in
 * `merged` share. */
tw_traffic tw_window_traffic(const tw_flow *flow, unsigned child, uint32_t merged, bool *overflow);

/* At how many places on the windows the children of `fanouts` start. */
uint64_t tw_window_starts(const tw_flow *flow, uint32_t fanouts, bool *overflow);

/* Distinct words that an instance of `level` ever holds, summed over its instances. */
uint64_t tw_window_distinct(const tw_flow *flow, unsigned level, bool *overflow);

#endif
