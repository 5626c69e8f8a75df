/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/engine/commands.h"

static int man_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	for (const struct command *const *c = guise_commands; *c; c++)
		opt_man(&out, &guise_program, *c);
	fputs(out.p, stdout);
	return 0;
}

const struct command man_command = {
	.name = "man",
	.summary = "print the commands and their options for guise(1), in mdoc(7)",
	.run = man_run,
};
