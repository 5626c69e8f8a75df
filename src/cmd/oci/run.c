/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/options.h"
#include "run/oci/create.h"

static int run_run(struct call *call, struct err *e)
{
	struct oci_make_options o = { 0 };
	int r = oci_make_begin(call, &o, e);

	if (r)
		return r;
	r = oci_run(&o.st, call->arena, &o.wish, &o.warn, o.timing, &call->status, e);
	oci_timing_print(call, o.timing);
	return r;
}

const struct command oci_run_command = {
	.name = "run",
	.operands = "CONTAINER",
	.summary = "create a container from a bundle, and start it",
	.details =
		"In the foreground signals are passed on, a terminal's output goes to standard output, and its input "
		"comes from standard input, which may be none; the exit status is the command's (128 and the "
		"number of the signal that ended it), and the container is deleted at its end.",
	.options = oci_make_table,
	.min = 1,
	.max = 1,
	.run = run_run,
};
