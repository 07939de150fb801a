#include "tiled/buffer_sharing.h"

#include <math.h>
#include <stdlib.h>

#include "tiled/divisors.h"

/* Mean distance from the nodes of a partition to the node one step back in one parallelism. */
static void neighbour_distance(const tw_partition *part, const tw_region *region,
                               tw_parallelism which, double out[2]) {
    int64_t sum[2] = {0, 0}, count[2] = {0, 0};
    const tw_dim2 *p = part->pdims;
    tw_dim2 index[TW_PARS];
    const int size = tw_partition_size(part);
    for (int n = 0; n < size; n++) {
        int rest = n;
        for (int k = TW_PARS - 1; k >= 0; k--) {
            index[k] = (tw_dim2){rest / p[k].w % p[k].h, rest % p[k].w};
            rest /= tw_dim2_size(p[k]);
        }
        const tw_dim2 at = tw_region_absolute(region, tw_partition_position(part, index));
        for (int axis = 0; axis < 2; axis++) {
            int *step = axis == 0 ? &index[which].h : &index[which].w;
            if (*step == 0)
                continue;
            (*step)--;
            sum[axis] +=
                tw_hop_distance(at, tw_region_absolute(region, tw_partition_position(part, index)));
            count[axis]++;
            (*step)++;
        }
    }
    for (int axis = 0; axis < 2; axis++)
        out[axis] = count[axis] ? (double)sum[axis] / (double)count[axis] : INFINITY;
}

typedef struct {
    tw_dim2 dims;
    double neighbour[2];
} node_group;

static node_group group_of(const tw_partition *part, const tw_region *region, tw_parallelism which,
                           bool distances) {
    node_group group = {part->pdims[which], {INFINITY, INFINITY}};
    if (distances)
        neighbour_distance(part, region, which, group.neighbour);
    return group;
}

static int place_in_order(const tw_partition *part, tw_parallelism which) {
    int i = 0;
    while (part->order[i] != (int)which)
        i++;
    return i;
}

/* Nodes that differ in batch or position share filters: both parallelisms when they are nested
 * directly, else the inner one. */
static node_group filter_group(const tw_partition *part, const tw_region *region, bool distances) {
    const int positions = tw_dim2_size(part->pdims[TW_PAR_OFMP]);
    const int batches = tw_dim2_size(part->pdims[TW_PAR_BATP]);
    const int outer = place_in_order(part, TW_PAR_OFMP) - place_in_order(part, TW_PAR_BATP);
    if (positions == 1)
        return group_of(part, region, TW_PAR_BATP, distances);
    if (batches == 1)
        return group_of(part, region, TW_PAR_OFMP, distances);
    if (abs(outer) > 1)
        return group_of(part, region, outer > 0 ? TW_PAR_OFMP : TW_PAR_BATP, distances);
    node_group both = group_of(part, region, TW_PAR_OFMP, distances);
    const node_group batch = group_of(part, region, TW_PAR_BATP, distances);
    both.dims.h *= batch.dims.h;
    both.dims.w *= batch.dims.w;
    for (int axis = 0; axis < 2; axis++)
        both.neighbour[axis] = fmin(both.neighbour[axis], batch.neighbour[axis]);
    return both;
}

void tw_buffer_sharing_make(const tw_partition *part, const tw_region *region, bool conv,
                            bool distances, tw_buffer_sharing *out) {
    for (int d = 0; d < TW_DATAS; d++) {
        const unsigned loops = tw_data_loops[conv][d];
        int lp = 0;
        while (loops & (1u << lp))
            lp++;
        const node_group group = lp == TW_LOOP_IFM ? group_of(part, region, TW_PAR_INPP, distances)
                                 : lp == TW_LOOP_OFM
                                     ? group_of(part, region, TW_PAR_OUTP, distances)
                                     : filter_group(part, region, distances);
        out->dims[d] = group.dims;
        out->neighbour[d][0] = group.neighbour[0];
        out->neighbour[d][1] = group.neighbour[1];
    }
}

static double hops_of_steps(const double neighbour[2], int64_t rows, int64_t columns) {
    return (rows ? fabs((double)rows * neighbour[0]) : 0) +
           (columns ? fabs((double)columns * neighbour[1]) : 0);
}

double tw_sharing_rotate_hops(const tw_buffer_sharing *sharing, tw_data data, int64_t subgroup,
                              int64_t units) {
    const int64_t group = tw_sharing_group(sharing, data);
    const double *neighbour = sharing->neighbour[data];
    int64_t rounded = subgroup;
    while (group % rounded)
        rounded++;
    const int near = neighbour[0] <= neighbour[1] ? 0 : 1;
    const int64_t near_dim = near == 0 ? sharing->dims[data].h : sharing->dims[data].w;
    int64_t along = near_dim; /* largest common divisor run of the subgroup on the near axis */
    while (near_dim % along || rounded % along)
        along--;
    const int64_t across = rounded / along;
    if (units == 0)
        units = subgroup;

    const int64_t step_along = (along - 1) * across, step_across = across - 1;
    const double step = near == 0 ? hops_of_steps(neighbour, step_along, step_across)
                                  : hops_of_steps(neighbour, step_across, step_along);
    const int64_t last_across = (subgroup - 1) / along;
    int64_t last_along = (subgroup - 1) % along;
    if (last_across % 2)
        last_along = along - 1 - last_along; /* the subgroup is visited as a snake */
    const double back = near == 0 ? hops_of_steps(neighbour, last_along, last_across)
                                  : hops_of_steps(neighbour, last_across, last_along);
    const double skipped = fmax(1, (double)subgroup / (double)units);
    return (step + back) * ((double)subgroup - skipped) * (1. / (double)subgroup) *
           (double)(group / subgroup);
}

double tw_sharing_wide_hops(const tw_buffer_sharing *sharing, tw_data data, int64_t subgroup,
                            double width) {
    if (width <= 1)
        return 0;
    const double per_step =
        tw_sharing_rotate_hops(sharing, data, subgroup, 0) / (double)(subgroup - 1);
    const double reach = ceil(width - 1e-6);
    const double steps = (reach - 1) * reach / 2 - (reach - 1) * (reach - width);
    return per_step * steps / width;
}
