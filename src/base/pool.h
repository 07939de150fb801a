/* Runs independent tasks on a few threads. Tasks are taken in index order, so that results
 * written to slots by index do not depend on the number of threads. */
#ifndef TW_BASE_POOL_H
#define TW_BASE_POOL_H

#include "base/ctx.h"

typedef void (*tw_task_fn)(void *shared, size_t index, unsigned worker);

/* Calls task(shared, i, worker) for every i below count; worker < the number of threads used.
 * threads 0 means one per processor; with 1 everything runs in the calling thread. */
tw_status tw_parallel_for(tw_ctx *ctx, unsigned threads, size_t count, tw_task_fn task,
                          void *shared) TW_NODISCARD;
/* The number of threads that a request for `threads` gives (0 = processors available). */
unsigned tw_thread_count(unsigned threads);
/* Seconds on a monotonic clock. */
double tw_seconds(void);

#endif
