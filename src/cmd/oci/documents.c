/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/oci/commands.h"

static int man_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	for (const struct command *const *c = oci_commands; *c; c++)
		opt_man(&out, &oci_program, *c);
	fputs(out.p, stdout);
	return 0;
}

const struct command oci_man_command = {
	.name = "man",
	.summary = "print the commands and their options for guise-oci(8), in mdoc(7)",
	.run = man_run,
};

static int completion_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	opt_complete(&out, &oci_program, oci_commands);
	fputs(out.p, stdout);
	return 0;
}

const struct command oci_completion_command = {
	.name = "completion",
	.summary = "print the completion for bash",
	.details = "To be written to /usr/share/bash-completion/completions/guise-oci, or read by bash's source.",
	.run = completion_run,
};
