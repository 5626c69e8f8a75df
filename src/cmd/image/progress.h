/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/registry/pull.h"
#include "image/registry/push.h"

/*
 * How far a pull or a push is, on standard error. On a terminal: for each blob that comes or goes a line that says how much of
 * it is there and how fast it is, and one for all together, drawn again and again below the lines that stay. Else, as for all
 * other sources, a line a layer when its turn comes, or a blob.
 */
struct progress {
	struct arena *arena;
	unsigned lines; /* that are drawn now */
	struct progress_mark {
		uint64_t have, when; /* what there was then */
		uint64_t speed;      /* bytes a second, up to then; 0: not known yet */
	} * marks;                   /* one a download, or a blob that is sent */
	size_t n_marks;
};

/* Before pull_image() or push_image(), whose tick it becomes; and behind it. */
void progress_begin(struct progress *p, struct pull *pull);
void progress_begin_push(struct progress *p, struct push *push);
void progress_end(struct progress *p);
