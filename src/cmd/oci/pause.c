/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pause and resume */
#include <errno.h>

#include "cmd/oci/options.h"
#include "kernel/cgroup/cgroups.h"

static bool may_pause(enum oci_status s)
{
	return s == OCI_RUNNING || s == OCI_CREATED;
}

static int freeze(struct call *call, bool frozen, struct err *e)
{
	struct oci_container o;
	struct cgroups g;
	struct strv ids;
	int r = opt_parse(call, NULL, &ids, e);

	if (r || (r = oci_find_locked(call, &o, ids.v[0], e)) < 0)
		return r;
	if (frozen ? !may_pause(o.status) : o.status != OCI_PAUSED)
		r = err_set(e, "bad-status", EINVAL, "%s container %s", call->command->name, ids.v[0]),
		/* runc's words, which engines know */
			err_cause(e, frozen ? "container not running" : "container not paused"),
		err_hint(e, "it is %s", oci_status_name[o.status]);
	else if ((r = cgroups_find(call->arena, o.rec.cgroup, &g, e)) == 0)
		r = cgroups_freeze(&g, frozen, e);
	oci_close(&o);
	return r;
}

static int pause_run(struct call *call, struct err *e)
{
	return freeze(call, true, e);
}

static int resume_run(struct call *call, struct err *e)
{
	return freeze(call, false, e);
}

const struct command oci_pause_command = {
	.name = "pause",
	.operands = "CONTAINER",
	.summary = "freeze all processes of a container",
	.min = 1,
	.max = 1,
	.run = pause_run,
};

const struct command oci_resume_command = {
	.name = "resume",
	.operands = "CONTAINER",
	.summary = "let a paused container go on",
	.min = 1,
	.max = 1,
	.run = resume_run,
};
