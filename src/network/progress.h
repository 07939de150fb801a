/* Progress of parallel work: workers report, the thread that called the library listens and calls
 * the user's callback, at most ten times a second. */
#ifndef TW_NETWORK_PROGRESS_H
#define TW_NETWORK_PROGRESS_H

#include <pthread.h>

#include "base/ctx.h"

typedef struct tw_monitor tw_monitor;

/* What one task reports through its own context. */
typedef struct {
    tw_monitor *monitor;
    const char *item;
    uint64_t evaluated; /* already counted in the monitor */
} tw_task_progress;

struct tw_monitor {
    tw_ctx *ctx;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    tw_progress now;
    double began_s;
    bool done;
    void (*work)(void *work_data);
    void *work_data;
};

/* Calls work(work_data), and meanwhile the callback of `ctx`, if it has one. */
void tw_monitor_run(tw_monitor *monitor, tw_ctx *ctx, uint64_t items_total, void (*work)(void *),
                    void *work_data);
/* For a task's own context: tw_set_progress(child, tw_monitor_report, &task). */
void tw_monitor_report(void *task_progress, const tw_progress *progress);
void tw_monitor_item_begun(tw_task_progress *task);
void tw_monitor_item_done(tw_task_progress *task, uint64_t evaluated);

#endif
