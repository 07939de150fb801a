/* A segment: layers that occupy the chip at the same time.
 *
 * Layers have a spatial index (which share of the nodes) and a temporal index (the turn within
 * that share). Along a share each layer feeds the next one through the buffers; from share to
 * share, the last layer of one feeds a layer of another across the mesh. Everything else goes
 * through memory. A segment is valid when its links have that form, when the nodes can be shared
 * out so that at most 5 % of them idle, and when constraints on the loops exist (segment_rules.h).
 */
#ifndef TW_TILED_SEGMENT_H
#define TW_TILED_SEGMENT_H

#include "tiled/dag.h"
#include "tiled/options.h"

/* Layers of one segment are numbered share after share, each in temporal order. */
typedef struct {
    int layer; /* index in the network */
    int spatial, temporal;
    bool reads_memory, writes_memory;
    bool feeds_share; /* some reader is in another share */
    int source;       /* number of the layer in another share that it reads, or -1 */
    int leader;  /* of layers that fetch the same data from memory, the first (itself, if it has
                  * followers); -1 when it fetches alone */
    int holders; /* the share whose nodes pass the inputs on instead of memory, or -1 */
} tw_segment_layer;

typedef struct {
    unsigned share_count, layer_count;
    unsigned *share_begin; /* share s has the layers share_begin[s] to share_begin[s + 1] - 1 */
    tw_segment_layer *layers;
    tw_region *regions; /* of each share */
    bool no_time_mux;   /* the whole network at once, at most one layer with filters per share */
} tw_segment;

/* What a segment is made for. */
typedef struct {
    const tw_tiled_dag *dag;
    const tw_tiled_resource *resource; /* of the whole chip */
    const tw_tiled_options *options;
    int batch;
} tw_segment_context;

/* The segment whose shares are the vertices first to last, or, when temporal, one share with all
 * their layers. *out is NULL when it is not valid. */
tw_status tw_segment_make(tw_arena *arena, const tw_segment_context *context, unsigned first,
                          unsigned last, bool temporal, const tw_segment **out) TW_NODISCARD;
/* The chip as one layer of the segment sees it. */
tw_tiled_resource tw_segment_resource(const tw_segment *segment, unsigned layer,
                                      const tw_tiled_resource *chip);

static inline bool tw_segment_is_last_turn(const tw_segment *segment, unsigned layer) {
    return layer + 1 == segment->share_begin[segment->layers[layer].spatial + 1];
}

#endif
