#include "report/nest.h"

#include "report/cells.h"

enum { STEP = 2 };

typedef struct {
    tw_text *out;
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const tw_mapping *mapping;
    tw_palette colors;
    int indent;
} drawing;

static void add_tile_words(const drawing *d, const tw_level_mapping *level,
                           const uint64_t tile[TW_DIM_COUNT]) {
    bool overflow = false;
    for (unsigned t = 0; t < d->problem->tensor_count; t++) {
        const tw_tensor *tensor = &d->problem->tensors[t];
        if (level->keeps >> tensor->role & 1)
            tw_text_add(d->out, "  %s %llu", tensor->name,
                        (unsigned long long)tw_tile_words(tensor, tile, &overflow));
    }
}

static void add_tile_extents(const drawing *d, const tw_level_mapping *level,
                             const uint64_t tile[TW_DIM_COUNT]) {
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (level->keeps >> r & 1)
            tw_text_add(d->out, "  %s", tw_role_names[r]);
    tw_text_add(d->out, "  tile");
    for (int dim = 0; dim < TW_DIM_COUNT; dim++)
        if (tile[dim] > 1)
            tw_text_add(d->out, " %s%llu", tw_dim_names[dim], (unsigned long long)tile[dim]);
}

/* "GLOBAL_BUFFER  input 1536  weight 64": the level and the words of the tiles that it keeps. */
static void draw_level(const drawing *d, unsigned l, const uint64_t tile[TW_DIM_COUNT]) {
    tw_text_add(d->out, "  %*s%s", d->indent, "", d->colors.bold);
    tw_cell_plain(d->out, d->arch->levels[l].name);
    tw_text_add(d->out, "%s%s", d->colors.reset, d->colors.dim);
    if (d->mapping->levels[l].keeps == 0)
        tw_text_add(d->out, "  bypassed");
    else if (d->problem)
        add_tile_words(d, &d->mapping->levels[l], tile);
    else
        add_tile_extents(d, &d->mapping->levels[l], tile);
    tw_text_add(d->out, "%s\n", d->colors.reset);
}

static void draw_loops(drawing *d, const tw_level_mapping *level) {
    for (unsigned i = 0; i < level->loop_count; i++) {
        if (level->loops[i].factor == 1)
            continue;
        tw_text_add(d->out, "  %*sfor %s in %llu\n", d->indent, "",
                    tw_dim_names[level->loops[i].dim], (unsigned long long)level->loops[i].factor);
        d->indent += STEP;
    }
}

/* " K 4, C 2 on X (8 of 12)"; size 0 is unknown. */
static void add_axis(const drawing *d, const char *axis, const uint64_t factors[TW_DIM_COUNT],
                     uint64_t size) {
    uint64_t used = 1;
    for (int dim = 0; dim < TW_DIM_COUNT; dim++) {
        if (factors[dim] <= 1)
            continue;
        tw_text_add(d->out, "%s %s %llu", used > 1 ? "," : "", tw_dim_names[dim],
                    (unsigned long long)factors[dim]);
        used *= factors[dim];
    }
    if (used > 1 && size)
        tw_text_add(d->out, " on %s (%llu of %llu)", axis, (unsigned long long)used,
                    (unsigned long long)size);
    else if (used > 1)
        tw_text_add(d->out, " on %s", axis);
}

static bool is_unrolled(const uint64_t factors[TW_DIM_COUNT]) {
    for (int dim = 0; dim < TW_DIM_COUNT; dim++)
        if (factors[dim] > 1)
            return true;
    return false;
}

static void draw_fanout(drawing *d, unsigned l) {
    const tw_level_mapping *level = &d->mapping->levels[l];
    const tw_fanout *fanout = &d->arch->levels[l].fanout;
    const bool on_x = is_unrolled(level->spatial_x), on_y = is_unrolled(level->spatial_y);
    if (!on_x && !on_y)
        return;
    tw_text_add(d->out, "  %*sparallel", d->indent, "");
    add_axis(d, "X", level->spatial_x, fanout->x);
    tw_text_add(d->out, "%s", on_x && on_y ? ";" : "");
    add_axis(d, "Y", level->spatial_y, fanout->y);
    tw_text_add(d->out, "\n");
    d->indent += STEP;
}

void tw_draw_nest(tw_text *out, const tw_hierarchy *arch, const tw_problem *problem,
                  const tw_mapping *mapping, const tw_write_options *options) {
    drawing d = {out, arch, problem, mapping, tw_palette_of(options), 0};
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
    tw_mapping_tiles(mapping, tile);
    for (unsigned l = 0; l < mapping->level_count; l++) {
        draw_level(&d, l, tile[l]);
        draw_loops(&d, &mapping->levels[l]);
        draw_fanout(&d, l);
    }
    tw_text_add(out, "  %*s%smac%s\n", d.indent, "", d.colors.bold, d.colors.reset);
}
