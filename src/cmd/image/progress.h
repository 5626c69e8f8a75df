/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/registry/pull.h"

/*
 * How far a pull is, on standard error. On a terminal: for each layer that comes a line that says how much of it is here and
 * how fast it comes, and one for all together, drawn again and again below the lines that stay. Else, as for all other
 * sources, a line a layer when its turn comes.
 */
struct progress {
	struct arena *arena;
	unsigned lines; /* that are drawn now */
	struct progress_mark {
		uint64_t have, when; /* what there was then */
		uint64_t speed;      /* bytes a second, up to then */
	} * marks;                   /* one a download */
	size_t n_marks;
};

/* Before pull_image(), whose tick it becomes; and behind it. */
void progress_begin(struct progress *p, struct pull *pull);
void progress_end(struct progress *p);
