/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/engine/commands.h"

static int completion_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	opt_complete(&out, &guise_program, guise_commands);
	fputs(out.p, stdout);
	return 0;
}

const struct command completion_command = {
	.name = "completion",
	.summary = "print the completion for bash",
	.details = "To be written to /usr/share/bash-completion/completions/guise, or read by bash's source.",
	.run = completion_run,
};
