/* A layer as a row-stationary array sees it: output maps computed from input maps by windows,
 * with filters (convolution, fully connected) or without (pooling, normalisation, element-wise).
 *
 * Sizes are per sample; the input's height and width are those that the windows touch. */
#ifndef TW_TILED_LAYER_H
#define TW_TILED_LAYER_H

#include "base/ctx.h"
#include "tiled/geometry.h"

typedef enum {
    TW_TILED_CONV,        /* also fully connected: one output position */
    TW_TILED_LOCAL_REGION /* pooling, normalisation over channels, element-wise */
} tw_tiled_kind;

/* Loops, and the data categories that they index. Orders and factors are indexed by tw_loop_id,
 * accesses by tw_data. */
typedef enum { TW_LOOP_IFM, TW_LOOP_OFM, TW_LOOP_BAT, TW_LOOPS } tw_loop_id;
typedef enum { TW_DATA_FIL, TW_DATA_IFM, TW_DATA_OFM, TW_DATAS } tw_data;
typedef enum { TW_MEM_DRAM, TW_MEM_GBUF, TW_MEM_ITCN, TW_MEM_REGF, TW_MEMS } tw_mem;

/* Only ints, no padding: layers compare and hash as bytes. */
typedef struct {
    int kind;                        /* tw_tiled_kind */
    int channels_in, channels_out;   /* nifm, nofm */
    int rows_in, columns_in;         /* hifm, wifm */
    int rows_out, columns_out;       /* hofm, wofm */
    int window_rows, window_columns; /* filter (hfil, wfil) or region (hreg, wreg) */
    int stride_rows, stride_columns; /* htrd, wtrd */
    int region_channels; /* nreg: channels (or operands) that one output reads; 1 for filters */
    int channel_stride;  /* ntrd: input channels between neighbouring output channels */
} tw_tiled_layer;

/* Layers from the parameters of the original's classes. Input sizes are derived. */
tw_tiled_layer tw_tiled_conv(int channels_in, int channels_out, tw_dim2 out, tw_dim2 window,
                             tw_dim2 stride);
tw_tiled_layer tw_tiled_local_region(int channels_out, tw_dim2 out, int region_channels,
                                     tw_dim2 window, int channel_stride, tw_dim2 stride);

static inline bool tw_tiled_has_filters(const tw_tiled_layer *layer) {
    return layer->kind == TW_TILED_CONV;
}
/* Words and operations for a batch. The loader has checked that they stay within 2^53. */
int64_t tw_tiled_ops(const tw_tiled_layer *layer, int batch);
int64_t tw_tiled_ifmap_words(const tw_tiled_layer *layer, int batch);
int64_t tw_tiled_ofmap_words(const tw_tiled_layer *layer, int batch);
int64_t tw_tiled_filter_words(const tw_tiled_layer *layer);
/* Whether data of `size` rows and columns can be this layer's input, with or without padding. */
bool tw_tiled_accepts_input(const tw_tiled_layer *layer, tw_dim2 size);

#endif
