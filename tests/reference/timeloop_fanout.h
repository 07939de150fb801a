/* The children that one level supplies in Timeloop's rule, and what is new to them from step to
 * step. All children have the same new part, translated. */
#ifndef TESTS_TIMELOOP_FANOUT_H
#define TESTS_TIMELOOP_FANOUT_H

#include "reference/timeloop_case.h"

enum { TIMELOOP_MOST_LOOPS = 24, TIMELOOP_KNOWN_LINKS = 64 };

typedef struct {
    uint64_t factor;
    int64_t move[TW_MAX_AXES];
} timeloop_moving_loop;

/* A box, perhaps with a box cut out of its corner; positions relative to a child's own offset. */
typedef struct {
    bool empty, cut;
    int64_t low[TW_MAX_AXES], high[TW_MAX_AXES]; /* [low, high) */
    int64_t cut_low[TW_MAX_AXES], cut_high[TW_MAX_AXES];
    uint64_t words;
} timeloop_delta;

typedef struct {
    int64_t offset[TW_MAX_AXES]; /* of its tile from that of child 0 */
    uint64_t id;                 /* in Timeloop's numbering */
} timeloop_child;

/* What a shift between two steps lets children take from their neighbours. */
typedef struct {
    int64_t shift[TW_MAX_AXES];
    uint64_t linked, groups; /* children that do, and distinct deltas that remain */
} timeloop_links;

typedef struct {
    /* Given. */
    const timeloop_case *c;
    const tw_tensor *tensor;
    unsigned level, last; /* the fanouts below levels `level` to `last` */
    bool compute;         /* the children are compute units, which hold nothing */

    int64_t extent[TW_MAX_AXES];
    uint64_t tile_words;
    unsigned loop_count;
    timeloop_moving_loop loops[TIMELOOP_MOST_LOOPS]; /* innermost first */
    size_t child_count;
    timeloop_child *children;
    uint64_t groups;     /* distinct offsets */
    uint64_t row_length; /* for neighbours */
    unsigned memo_count;
    timeloop_links memo[TIMELOOP_KNOWN_LINKS];
} timeloop_fanout;

/* Fills in the loops and children, given c, tensor, level, last and compute; false when out of
 * memory or when there are too many loops. The caller frees f->children in either case. */
bool timeloop_fanout_make(timeloop_fanout *f, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]);

bool timeloop_is_still(const timeloop_fanout *f, const int64_t move[TW_MAX_AXES]);
bool timeloop_same_move(const timeloop_fanout *f, const int64_t a[TW_MAX_AXES],
                        const int64_t b[TW_MAX_AXES]);

/* The box at `position` minus the box that was `movement` before. */
timeloop_delta timeloop_box_minus_box(const timeloop_fanout *f, const int64_t *position,
                                      const int64_t *movement);
timeloop_delta timeloop_whole_box(const timeloop_fanout *f, const int64_t *position);
/* Whether b is a translated by `shift`, which is written. */
bool timeloop_is_translated(const timeloop_fanout *f, const timeloop_delta *a,
                            const timeloop_delta *b, int64_t *shift);

/* What children take from neighbours when the new part moves by `shift`; remembered. */
timeloop_links timeloop_fanout_links(timeloop_fanout *f, const int64_t shift[TW_MAX_AXES]);

#endif
