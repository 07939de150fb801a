#include "tiled/geometry.h"

#include <stdlib.h>

tw_region tw_region_make(tw_dim2 dim, tw_dim2 origin, tw_dim2 dist, tw_region_type type) {
    return (tw_region){dim, origin, dist, type, dim.w, dim.w};
}

tw_dim2 tw_region_absolute(const tw_region *region, tw_dim2 relative) {
    const int wtot = region->wtot, width = abs(region->wbeg);
    const int along = relative.w + wtot - width;
    const int stripe = along / wtot, step = along % wtot;
    const bool right = (region->wbeg > 0) == (stripe % 2 == 0);
    const int column = right ? step : wtot - 1 - step;
    const int first = region->wbeg > 0 ? wtot - width : width - 1;
    return (tw_dim2){
        region->origin.h + (stripe * region->dim.h + relative.h) * region->dist.h,
        region->origin.w + (column - first) * region->dist.w,
    };
}

bool tw_region_is_straight(const tw_region *region) {
    return region->dim.w <= abs(region->wbeg);
}

static int greatest_common_divisor(int a, int b) {
    while (b) {
        const int r = a % b;
        a = b;
        b = r;
    }
    return a;
}

bool tw_region_allocate(const tw_region *region, unsigned count, const int *request,
                        tw_region *out) {
    int height = region->dim.h;
    int64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += request[i];
        height = greatest_common_divisor(height, request[i]);
    }
    if (sum > tw_dim2_size(region->dim))
        return false;
    const int mesh = region->dim.w;
    int row = 0, column = 0;
    bool right = true;
    for (unsigned i = 0; i < count; i++) {
        const int width = request[i] / height;
        const int first = mesh - column < width ? mesh - column : width;
        const int start = right ? column : mesh - column - 1;
        out[i] = (tw_region){
            .dim = {height, width},
            .origin = {region->origin.h + row * region->dist.h,
                       region->origin.w + start * region->dist.w},
            .dist = region->dist,
            .type = region->type,
            .wtot = mesh,
            .wbeg = right ? first : -first,
        };
        for (column += width; column >= mesh; column -= mesh) {
            row += height;
            right = !right;
        }
    }
    return true;
}
