/* A boundary is a pair (tensor, child level): the words of the tensor that the instances of the
 * child get from, or give to, the next outer level that keeps it.
 *
 * A word is the linear index of its position in the whole tensor. All instances of a level hold
 * boxes of one shape, so a set is an origin plus the list of offsets of that shape; membership is
 * still decided word by word, on stamps over the tensor.
 *
 * Children below one parent differ by their index in the fanouts between. These loops are
 * enumerated in bands, outermost first: those of different parents, those that do not share, those
 * that share identical sets, those that share words. */
#ifndef TW_ORACLE_BOUNDARY_H
#define TW_ORACLE_BOUNDARY_H

#include "base/arena.h"
#include "oracle/simulator.h"

enum { TW_MOST_SPATIAL_LOOPS = TW_MAX_LEVELS * TW_DIM_COUNT * 2 };
/* Bytes of the sets of one boundary. */
#define TW_MOST_SET_BYTES ((size_t)1 << 30)

/* A loop, temporal or spatial, and how far one step of it moves along its dimension. */
typedef struct {
    unsigned level;
    tw_dim dim;
    uint64_t factor, step;
} tw_nest_loop;

/* A mapping as it is executed. */
typedef struct {
    const tw_hierarchy *arch;
    const tw_problem *problem;
    unsigned temporal_count, spatial_count;
    tw_nest_loop temporal[TW_MAX_LEVELS * TW_MAX_LOOPS]; /* outermost first */
    tw_nest_loop spatial[TW_MOST_SPATIAL_LOOPS];
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]; /* the last is the unit tile */
    tw_arena arena;                                 /* the sets of the boundary at hand */
} tw_executed_nest;

/* How the children of one fanout share, in the order in which they are enumerated. */
typedef enum {
    TW_BAND_PARENT,
    TW_BAND_NONE,
    TW_BAND_TILES,
    TW_BAND_WORDS,
    TW_BAND_COUNT
} tw_sharing_band;

typedef struct {
    /* Given. */
    const tw_tensor *tensor;
    unsigned parent, child; /* child == level_count: the compute units, which hold nothing */
    tw_simulated_counts *at_parent, *at_child; /* at_child NULL for the compute units */

    uint64_t words; /* of the whole tensor */
    uint64_t axis_stride[TW_MAX_AXES];
    uint64_t tile_words;
    uint64_t *offset;              /* of every word of a tile from its origin */
    uint64_t count[TW_BAND_COUNT]; /* children by band; their product is the number of children */
    uint64_t *origin;              /* of every child, bands nested in order */
    uint32_t *in_old, *seen;       /* stamps per word */
    uint32_t old_stamp, seen_stamp;
    uint64_t *list; /* of words fetched for every child of the tiles band: list[j * capacity] */
    uint64_t *list_length;
    uint64_t list_capacity;
    /* Of an output: the sets of words that each parent has received and each child has had, one
     * row of bits each. */
    uint64_t row_bytes;
    unsigned char *written, *had;
    uint64_t returned; /* refills, those of children that reduce counted once */
} tw_boundary;

/* Fills in what is not given, all sets empty, in the nest's arena. False when memory runs out or
 * the sets would take more than TW_MOST_SET_BYTES. */
bool tw_boundary_prepare(tw_executed_nest *nest, tw_boundary *boundary) TW_NODISCARD;

/* How far one step along `dim` moves in the linear index of the tensor's words. */
uint64_t tw_boundary_step(const tw_boundary *boundary, tw_dim dim);

#endif
