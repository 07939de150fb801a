/* Tensors with a sliding window whose words no run and no single fanout tells: the labels mark
 * them `exact`, and their cost is recounted from the partial nest by the cost model. This file
 * says which they are, and how long. */
#ifndef TW_SEARCH_WINDOWS_H
#define TW_SEARCH_WINDOWS_H

#include "search/labels.h"

/* A tile that loops of one level extend. */
typedef struct {
    unsigned level;
    uint16_t below[TW_DIM_COUNT], index[TW_DIM_COUNT]; /* divisor indices before and after */
    tw_dim_mask loops;                                 /* dimensions with a factor above 1 */
    double factor[TW_DIM_COUNT];
} tw_extension;

/* Tensors that crossing the fanout below `level` leaves to exact counting. */
uint8_t tw_windows_crossing(const tw_chain *chain, tw_label *label, unsigned level,
                            const tw_unrolling *unrolling);
/* Open tensors whose cost the loops make depend on more than a run. */
uint8_t tw_windows_exact(const tw_chain *chain, const tw_extension *x, const tw_label *label);
/* Which of the exactly counted tensors the loops leave open. */
uint8_t tw_windows_open(const tw_chain *chain, const tw_extension *x, const tw_label *label,
                        uint8_t exact);
/* Tensors whose window the loops really move: the others follow the classes of orders. */
uint32_t tw_windows_moving(const tw_chain *chain, tw_dim_mask loops, uint8_t exact);

/* Recounts the tensors marked exact; those that are closed and have reached their parent are
 * done for good. Signs the label with all that the rest depends on. */
void tw_windows_recount(const tw_labels *labels, tw_label *label);

#endif
