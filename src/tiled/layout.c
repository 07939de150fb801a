#include "tiled/layout.h"

tw_layout_piece tw_layout_whole(int batch, int channels, int rows, int columns,
                                const tw_region *region, const tw_partition *part) {
    return (tw_layout_piece){
        .range = {{0, 0, 0, 0}, {batch, channels, rows, columns}},
        .region = *region,
        .part = *part,
    };
}
