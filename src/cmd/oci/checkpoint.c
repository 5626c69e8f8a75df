/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "cmd/oci/criu.h"
#include "run/oci/delete.h"

#define AT OCI_CRIU_AT

/* clang-format off */
static const struct opt checkpoint_table[] = {
	OCI_CRIU_ROWS,
	{ "parent-path", 0, "DIR", opt_string, AT(criu.parent),
	  "an earlier --pre-dump, relative to the image path; only what changed since is written", "@dir" },
	{ "pre-dump", 0, NULL, opt_flag, AT(criu.pre_dump), "write memory alone, and let the container run" },
	{ "leave-running", 0, NULL, opt_flag, AT(criu.leave_running), "let the container run afterwards" },
	{ "tcp-skip-in-flight", 0, NULL, opt_flag, AT(criu.tcp_skip_in_flight),
	  "forget TCP connections that are being made" },
	{ "page-server", 0, "ADDRESS:PORT", opt_string, AT(criu.page_server), "where memory is sent to" },
	{ "status-fd", 0, "N", opt_unsigned, AT(criu.status_fd),
	  "descriptor that gets a zero byte when pages can be fetched" },
	{ 0 },
};
/* clang-format on */

int oci_criu_defaults(struct call *call, struct oci_criu_options *o, struct err *e)
{
	char cwd[PATH_MAX];

	if (!getcwd(cwd, sizeof(cwd)))
		return err_set(e, "file", errno, "find the working directory");
	*o = (struct oci_criu_options){
		.criu = { .program = oci_global(call)->criu, .status_fd = -1, .cgroups_mode = "soft" }
	};
	o->criu.images = arena_printf(call->arena, "%s/checkpoint", cwd);
	return 0;
}

static int checkpoint_run(struct call *call, struct err *e)
{
	struct oci_criu_options o;
	struct oci_container c;
	struct strv operands;
	struct oci_warn warn = oci_warner(call);
	int r = oci_criu_defaults(call, &o, e);

	if (r < 0 || (r = opt_parse(call, &o, &operands, e)))
		return r;
	if (o.criu.parent && *o.criu.parent == '/')
		return err_set(e, "bad-value", EINVAL, "--parent-path %s", o.criu.parent),
		       err_cause(e, "it has to be relative to the image path");
	r = oci_find_locked(call, &c, operands.v[0], e);
	if (r == 0)
		r = oci_checkpoint(&c, &o.criu, e);
	/* as crun and runc do it; but not if CRIU failed, and it may be running */
	if (r == 0 && !o.criu.leave_running && !o.criu.pre_dump)
		r = oci_destroy(&c, &warn, e);
	oci_close(&c);
	return r;
}

const struct command oci_checkpoint_command = {
	.name = "checkpoint",
	.operands = "CONTAINER",
	.summary = "write a container's processes into files (CRIU)",
	.details =
		"The container is deleted then, unless it is left running: guise-oci restore makes another one of that "
		"name, which goes on.",
	.options = checkpoint_table,
	.min = 1,
	.max = 1,
	.run = checkpoint_run,
};
