/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "observe/world/read.h"

/* --from FILE of the commands that look at a machine: the world that guise world wrote into it, "-" for standard input,
 * instead of this one. The row of their table; the field is a const char *. */
#define WORLD_OPTION_FROM(options, member)                                                                        \
	{                                                                                                         \
		"from", 0, "FILE", opt_string, offsetof(options, member),                                         \
			"look at what guise world wrote into this file, not at this machine (-: standard input)", \
			"@file"                                                                                   \
	}

/* The world of that file, or (from is NULL) those parts (enum world_part) of this machine, and all of the process with
 * that pid (0: none). */
int world_option(struct call *call, const char *from, unsigned parts, int64_t pid, struct world *w,
		 struct err *e);
