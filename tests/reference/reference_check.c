/* reference_check KIND PATH [-v | --table]: replays the results of an independent program and
 * prints every difference. The last line is `N passed, M failed`; the exit status is 1 when any
 * case failed or the input cannot be read, 77 (skipped) when PATH does not exist. */
#include <string.h>
#include <unistd.h>

#include "reference/reference.h"

static const struct {
    const char *name;
    reference_kind_fn check;
} kinds[] = {
    {"loopnest", check_loopnest},
    {"timeloop", check_timeloop},
    {"neurospector", check_neurospector},
    {"nn-dataflow", check_nn_dataflow},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static int usage(void) {
    fprintf(stderr, "usage: reference_check KIND PATH [-v | --table]\nkinds:");
    for (int i = 0; i < KIND_COUNT; i++)
        fprintf(stderr, " %s", kinds[i].name);
    fprintf(stderr, "\n");
    return 2;
}

static reference_kind_fn find_kind(const char *name) {
    for (int i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].check;
    return NULL;
}

int main(int argc, char **argv) {
    reference_run run = {0};
    if (argc < 3 || argc > 4)
        return usage();
    if (argc == 4) {
        run.verbose = strcmp(argv[3], "-v") == 0;
        run.as_table = strcmp(argv[3], "--table") == 0;
        if (!run.verbose && !run.as_table)
            return usage();
    }
    const reference_kind_fn check = find_kind(argv[1]);
    if (!check)
        return usage();
    if (access(argv[2], F_OK) != 0) {
        printf("skipped: there is no %s\n", argv[2]);
        return 77;
    }
    const bool readable = check(&run, argv[2]);
    if (!run.as_table)
        printf("%u passed, %u failed\n", run.passed, run.failed);
    return readable && run.failed == 0 ? 0 : 1;
}
