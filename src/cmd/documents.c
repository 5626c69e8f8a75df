/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Commands that every program has and none lists: what its man page and its completion are made of. */
#include <stdio.h>

#include "cmd/opt.h"

static int man_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	for (const struct command *const *c = call->program->commands; *c; c++)
		opt_man(&out, call->program, *c);
	fputs(out.p, stdout);
	return 0;
}

static const struct command man_command = {
	.name = "man",
	.summary = "print the commands and their options for the man page, in mdoc(7)",
	.run = man_run,
};

static int completion_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	opt_complete(&out, call->program, call->program->commands);
	fputs(out.p, stdout);
	return 0;
}

static const struct command completion_command = {
	.name = "completion",
	.summary = "print the completion for bash",
	.details = "To be written to /usr/share/bash-completion/completions, to a file of the program's name, or read by "
		   "bash's source.",
	.run = completion_run,
};

const struct command *const document_commands[] = { &man_command, &completion_command, NULL };
