#include "tiled/layer.h"

static int windows_span(int outputs, int window, int stride) {
    return window + (outputs - 1) * stride;
}

tw_tiled_layer tw_tiled_conv(int channels_in, int channels_out, tw_dim2 out, tw_dim2 window,
                             tw_dim2 stride) {
    return (tw_tiled_layer){
        .kind = TW_TILED_CONV,
        .channels_in = channels_in,
        .channels_out = channels_out,
        .rows_in = windows_span(out.h, window.h, stride.h),
        .columns_in = windows_span(out.w, window.w, stride.w),
        .rows_out = out.h,
        .columns_out = out.w,
        .window_rows = window.h,
        .window_columns = window.w,
        .stride_rows = stride.h,
        .stride_columns = stride.w,
        .region_channels = 1,
        .channel_stride = 1,
    };
}

tw_tiled_layer tw_tiled_local_region(int channels_out, tw_dim2 out, int region_channels,
                                     tw_dim2 window, int channel_stride, tw_dim2 stride) {
    tw_tiled_layer layer =
        tw_tiled_conv(channels_out * channel_stride, channels_out, out, window, stride);
    layer.kind = TW_TILED_LOCAL_REGION;
    layer.region_channels = region_channels;
    layer.channel_stride = channel_stride;
    return layer;
}

int64_t tw_tiled_ops(const tw_tiled_layer *layer, int batch) {
    const int64_t channels =
        tw_tiled_has_filters(layer) ? layer->channels_in : layer->region_channels;
    return (int64_t)layer->window_rows * layer->window_columns * channels *
           tw_tiled_ofmap_words(layer, batch);
}

int64_t tw_tiled_ifmap_words(const tw_tiled_layer *layer, int batch) {
    return (int64_t)layer->channels_in * layer->rows_in * layer->columns_in * batch;
}

int64_t tw_tiled_ofmap_words(const tw_tiled_layer *layer, int batch) {
    return (int64_t)layer->channels_out * layer->rows_out * layer->columns_out * batch;
}

int64_t tw_tiled_filter_words(const tw_tiled_layer *layer) {
    return tw_tiled_has_filters(layer) ? (int64_t)layer->channels_in * layer->channels_out *
                                             layer->window_rows * layer->window_columns
                                       : 0;
}

/* Padding may add to what the outputs cover (out * stride) or to what the windows touch. */
static bool is_between(int value, int a, int b) {
    return a < b ? a <= value && value <= b : b <= value && value <= a;
}

bool tw_tiled_accepts_input(const tw_tiled_layer *layer, tw_dim2 size) {
    return is_between(size.h, layer->rows_out * layer->stride_rows, layer->rows_in) &&
           is_between(size.w, layer->columns_out * layer->stride_columns, layer->columns_in);
}
