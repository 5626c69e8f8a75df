/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/report/map_words.h"

/*
 * A map laid out: boxes, wires and labels in columns and lines, as a terminal has them. SVG is drawn from the same, a
 * column being so many pixels. A namespace is a box, and below it goes its trunk: on that are its bridges, at their right
 * what hangs on them, a cable with the names of both its ends between.
 *
 *     ┌─ host ────────────────────────────────────────┐
 *     │ forwards IPv4                                 │
 *     └─┬─────────────────────────────────────────────┘
 *       │  ┌─ br0 ─────────┐                     ┌─ net1 ──────┐
 *       ├──┤ bridge        ├─ veth1-br ─ veth1 ──┤ 10.10.0.2/24│
 *       │  └───────────────┘                     └─────────────┘
 */
enum map_shape_kind { MAP_BOX, MAP_WIRE, MAP_LABEL };

struct map_shape {
	enum map_shape_kind kind;
	enum map_kind of; /* what a box stands for */
	int x, y, w, h;   /* of a wire one of w and h is 0: it ends at x + w, y + h */
	enum map_tone tone;
	bool dotted;            /* a wire to what isn't there */
	const char *text;       /* a label, or the title of a box */
	const char *details;    /* of a box; or NULL */
	struct map_lines lines; /* of a box */
};

struct map_drawing {
	struct map_shape *shapes;
	size_t n;
	int width, height;
};

/* At most so wide: texts are cut, but not below what a picture needs (MAP_WIDTH_MIN). */
enum { MAP_WIDTH_MIN = 40 };
void map_draw(const struct map *m, int width, bool ascii, struct map_drawing *out);

/* How many columns a text takes (East Asian characters take two), and the character at *text, which moves behind it. */
int map_columns(const char *text);
uint32_t map_next(const char **text, int *columns);
