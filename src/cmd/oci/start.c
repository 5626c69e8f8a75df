/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/options.h"
#include "run/oci/create.h"

static int start_run(struct call *call, struct err *e)
{
	struct oci_warn warn = oci_warner(call);
	struct oci_container o;
	struct strv ids;
	int r = opt_parse(call, NULL, &ids, e);

	if (r || (r = oci_find_locked(call, &o, ids.v[0], e)) < 0)
		return r;
	r = oci_start(&o, oci_notify_socket(), &warn, e);
	oci_close(&o);
	return r;
}

const struct command oci_start_command = {
	.name = "start",
	.operands = "CONTAINER",
	.summary = "execute the command of a created container",
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = start_run,
};
