/* Uses of the library from reading files to writing a result, to be run while memory fails, and
 * the sweep over the allocation that fails. */
#ifndef TESTS_OOM_SCENARIOS_H
#define TESTS_OOM_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>

#include "tilewright/tilewright.h"

/* Memory that can be made to fail: by an allocator given to the context, or under malloc. */
typedef struct {
    const tw_allocator *allocator; /* for the context; NULL: malloc itself fails */
    /* From now on, allocation `number` (from 1) fails, and with `rest` every later one. 0: none. */
    void (*arm)(size_t number, bool rest);
    void (*disarm)(void);
    bool (*fired)(void);       /* whether one failed since it was armed */
    size_t (*allocated)(void); /* blocks that are not freed yet */
} failing_memory;

/* Runs every scenario with every allocation failing in turn. `folder` holds machine.yaml,
 * network.yaml, mapping.yaml, chips.yaml and branches.yaml. Prints what went wrong; false when
 * anything did. */
bool sweep_allocations(const failing_memory *memory, const char *folder);

#endif
