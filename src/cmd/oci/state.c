/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/oci/options.h"

static int state_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	struct oci_container o;
	struct strv ids;
	int r = opt_parse(call, NULL, &ids, e);

	if (r || (r = oci_find(call, &o, ids.v[0], e)) < 0)
		return r;
	oci_state_json(&o, &out);
	oci_close(&o);
	fputs(out.p, stdout);
	return 0;
}

const struct command oci_state_command = {
	.name = "state",
	.operands = "CONTAINER",
	.summary = "print the state of a container, as JSON",
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = state_run,
};
