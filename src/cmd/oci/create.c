/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/options.h"
#include "run/oci/create.h"

static int create_run(struct call *call, struct err *e)
{
	struct oci_make_options o = { 0 };
	int r = oci_make_begin(call, &o, e);

	if (r)
		return r;
	r = oci_create(&o.st, call->arena, &o.wish, &o.warn, o.timing, e);
	oci_timing_print(call, o.timing);
	return r;
}

const struct command oci_create_command = {
	.name = "create",
	.operands = "CONTAINER",
	.summary = "make a container from a bundle, up to the command",
	.details =
		"The bundle is a directory with a config.json and a root file system. The container's first "
		"process is made with all that it shall have, and waits for guise-oci start to execute the command.",
	.options = oci_make_table + OCI_RUN_ROWS,
	.min = 1,
	.max = 1,
	.run = create_run,
};
