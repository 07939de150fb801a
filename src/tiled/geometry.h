/* Nodes of a tiled accelerator on a two-dimensional mesh: sizes, positions, regions of nodes.
 *
 * A region is a rectangle of nodes in its own (relative) coordinates; `wtot` and `wbeg` fold it
 * into the mesh as a snake of stripes of width wtot: the first stripe takes |wbeg| columns, runs
 * to the right when wbeg > 0 and to the left when wbeg < 0, and each further stripe turns round.
 * A whole mesh has wtot == wbeg == dim.w. All fields are ints without padding, so that regions
 * compare and hash as bytes. Distances are Manhattan distances of absolute positions. */
#ifndef TW_TILED_GEOMETRY_H
#define TW_TILED_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    int h, w;
} tw_dim2;

typedef enum { TW_REGION_PROC, TW_REGION_DRAM } tw_region_type;

typedef struct {
    tw_dim2 dim, origin, dist; /* dist: mesh steps between neighbours of the region */
    tw_region_type type;
    int wtot, wbeg;
} tw_region;

enum { TW_MAX_NODES_AXIS = 256, TW_MAX_NODES = 4096 };

static inline int tw_dim2_size(tw_dim2 d) {
    return d.h * d.w;
}
static inline bool tw_dim2_equal(tw_dim2 a, tw_dim2 b) {
    return a.h == b.h && a.w == b.w;
}
static inline int tw_hop_distance(tw_dim2 a, tw_dim2 b) {
    const int dh = a.h - b.h, dw = a.w - b.w;
    return (dh < 0 ? -dh : dh) + (dw < 0 ? -dw : dw);
}
static inline bool tw_region_equal(const tw_region *a, const tw_region *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

/* A whole region: no snake. */
tw_region tw_region_make(tw_dim2 dim, tw_dim2 origin, tw_dim2 dist, tw_region_type type);
/* The mesh position of the node at `relative`. */
tw_dim2 tw_region_absolute(const tw_region *region, tw_dim2 relative);
/* Whether the region is one stripe, so that row and column map independently of each other. */
bool tw_region_is_straight(const tw_region *region);
/* Cuts `count` subregions of request[i] nodes off the region, stripe-wise in a zig-zag (height:
 * the greatest common divisor of the region's height and all requests). False when they need more
 * nodes than there are. */
bool tw_region_allocate(const tw_region *region, unsigned count, const int *request,
                        tw_region *out);

#endif
