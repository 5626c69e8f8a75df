/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/options.h"
#include "run/oci_create.h"

static int create_run(struct call *call, struct err *e)
{
	struct oci_make_options o = { 0 };
	struct oci_warn warn = oci_warner(call);
	struct timing *t = oci_timing(call);
	struct state st;
	int r = oci_make_parse(call, &o, e);

	if (r || (r = oci_state_open(call, &st, e)) < 0)
		return r;
	o.wish.notify = oci_notify_socket();
	r = oci_create(&st, call->arena, &o.wish, &warn, t, e);
	oci_timing_print(call, t);
	return r;
}

const struct command oci_create_command = {
	.name = "create",
	.operands = "CONTAINER",
	.summary = "make a container from a bundle, up to the command",
	.details = "The bundle is a directory with a config.json and a root file system. The container's first "
		   "process is made with all that it shall have, and waits for guise-oci start to execute the command.",
	.options = oci_make_table + OCI_RUN_ROWS,
	.min = 1,
	.max = 1,
	.run = create_run,
};
