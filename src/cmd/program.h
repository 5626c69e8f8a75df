/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/*
 * What the mains of all programs have in common. program_main() forgets what the caller left
 * (kernel/process/caller.h), parses the program's own options, finds the command and runs it. In the end it
 * finds out whether what was printed has arrived.
 */
struct program {
	void *options;                     /* what the program's own options fill; with their defaults */
	const bool *version;               /* of those: --version was given */
	const char *is_version;            /* what that prints */
	void (*before)(struct call *call); /* the command is known and not yet run; may be NULL */
	/* Say what went wrong, and set call->status if it is the first that did. */
	void (*report)(struct call *call, struct err *e);
};

/* argv is main()'s. call->program and call->arena are filled in. Returns the exit status. */
int program_main(const struct program *p, struct call *call, char **argv);
