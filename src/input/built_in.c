/* Built-ins are found in the first of these folders that has them: $TILEWRIGHT_DATA, the data of
 * the installation that the running program belongs to, the one that the library belongs to, the
 * source tree, and where the build said it would be installed. An installation is found from where
 * the program and the library lie, so that it can be moved; and a program that runs from the build
 * folder sees the source tree, whatever is installed beside it. */
#include "input/built_in.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DATA_ROOTS = 5 };

/* The folder `relative` to that of the file `path`; NULL without a folder. */
static const char *beside(tw_arena *arena, const char *path, const char *relative) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? tw_arena_printf(arena, "%.*s/%s", (int)(slash - path), path, relative) : NULL;
}

static const char *beside_program(tw_arena *arena) {
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    return beside(arena, path, TW_DATA_FROM_PROGRAM);
}

static const char *beside_library(tw_arena *arena) {
    static const char here;
    Dl_info info;
    return dladdr(&here, &info) ? beside(arena, info.dli_fname, TW_DATA_FROM_LIBRARY) : NULL;
}

/* NULL when there is no such folder. */
static const char *data_root(tw_arena *arena, unsigned i) {
    switch (i) {
    case 0:
        return getenv("TILEWRIGHT_DATA");
    case 1:
        return beside_program(arena);
    case 2:
        return beside_library(arena);
    case 3:
        return TW_SOURCE_DATA_DIR;
    default:
        return TW_INSTALL_DATA_DIR;
    }
}

static bool plain_name(const char *name) {
    return name[0] && name[0] != '.' && !strchr(name, '/');
}

char *tw_data_path(tw_ctx *ctx, tw_arena *arena, const char *folder, const char *name) {
    (void)ctx;
    for (unsigned i = 0; i < DATA_ROOTS && plain_name(name); i++) {
        const char *root = data_root(arena, i);
        char *path = root ? tw_arena_printf(arena, "%s/%s/%s.yaml", root, folder, name) : NULL;
        struct stat info;
        if (path && stat(path, &info) == 0 && S_ISREG(info.st_mode))
            return path;
    }
    return NULL;
}

typedef struct {
    tw_arena *arena;
    const char **names;
    size_t count, capacity;
} name_list;

static bool name_known(const name_list *list, const char *name, size_t length) {
    for (size_t i = 0; i < list->count; i++)
        if (strlen(list->names[i]) == length && strncmp(list->names[i], name, length) == 0)
            return true;
    return false;
}

static tw_status add_name(name_list *list, const char *name, size_t length) {
    if (name_known(list, name, length))
        return TW_OK;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? list->capacity * 2 : 32;
        const char **grown = tw_arena_array(list->arena, capacity, sizeof *grown);
        if (!grown)
            return TW_ERROR;
        if (list->count)
            memcpy(grown, list->names, list->count * sizeof *grown);
        list->names = grown;
        list->capacity = capacity;
    }
    list->names[list->count] = tw_arena_strndup(list->arena, name, length);
    return list->names[list->count++] ? TW_OK : TW_ERROR;
}

static tw_status list_folder(name_list *list, const char *path) {
    DIR *directory = opendir(path);
    tw_status status = TW_OK;
    for (struct dirent *entry; directory && status == TW_OK && (entry = readdir(directory));) {
        const size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0 &&
            plain_name(entry->d_name))
            status = add_name(list, entry->d_name, length - 5);
    }
    if (directory)
        closedir(directory);
    return status;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

tw_status tw_data_list(tw_ctx *ctx, tw_arena *arena, const char *folder, const char ***names,
                       size_t *count) {
    name_list list = {.arena = arena};
    for (unsigned i = 0; i < DATA_ROOTS; i++) {
        const char *root = data_root(arena, i);
        char *path = root ? tw_arena_printf(arena, "%s/%s", root, folder) : NULL;
        if (root && (!path || list_folder(&list, path) != TW_OK))
            return tw_out_of_memory(ctx);
    }
    if (list.count)
        qsort(list.names, list.count, sizeof *list.names, compare_names);
    *names = list.names;
    *count = list.count;
    return TW_OK;
}
