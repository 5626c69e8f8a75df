/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/engine/commands.h"

/* ps: which containers (ps.c), and how they are shown (ps_show.c). */

struct ps_options {
	bool all, quiet, no_trunc, latest, no_heading, size;
	unsigned last; /* 0: all */
	const char *sort;
	struct strv names, statuses, labels; /* --filter: any of the names, any of the statuses, all labels */
};

struct ps_list {
	struct control *v;
	size_t n;
};

/* Print them as call->format wants it. -EINVAL "bad-template". */
int ps_show(const struct call *call, const struct ps_options *o, const struct ps_list *list, struct err *e);
