/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/criu.h"

#define AT OCI_CRIU_AT

/* clang-format off */
static const struct opt restore_table[] = {
	OCI_CRIU_ROWS,
	{ "bundle", 'b', "DIR", oci_opt_path, AT(make.wish.bundle), "the bundle (the working directory)", "@dir" },
	{ "console-socket", 0, "SOCKET", oci_opt_path, AT(make.wish.console_socket),
	  "who gets the master of the process's terminal", "@file" },
	{ "detach", 'd', NULL, opt_flag, AT(make.wish.detach), "return when the processes run" },
	{ "pid-file", 0, "FILE", oci_opt_path, AT(make.wish.pid_file), "write the first process's pid there", "@file" },
	{ "no-subreaper", 0, NULL, opt_flag, AT(make.no_subreaper), "taken for runc's sake; guise-oci is none" },
	{ "no-pivot", 0, NULL, opt_flag, AT(make.wish.no_pivot), "taken for runc's sake; CRIU changes the root" },
	{ "lsm-profile", 0, "TYPE:NAME", opt_string, AT(criu.lsm_profile),
	  "AppArmor or SELinux profile instead of the old one" },
	{ "lsm-mount-context", 0, "CONTEXT", opt_string, AT(criu.lsm_mount_context),
	  "SELinux context of mounts instead of the old one" },
	{ 0 },
};
/* clang-format on */

static int restore_run(struct call *call, struct err *e)
{
	struct oci_criu_options o;
	int r = oci_criu_defaults(call, &o, e);

	if (r < 0 || (r = oci_make_begin(call, &o.make, e)))
		return r;
	return oci_restore(&o.make.st, call->arena, &o.make.wish, &o.criu, &o.make.warn, &call->status, e);
}

const struct command oci_restore_command = {
	.name = "restore",
	.operands = "CONTAINER",
	.summary = "make a container go on from a checkpoint (CRIU)",
	.details =
		"The bundle is that of the checkpointed container, or an equal one. A container of the same name that "
		"has stopped is deleted first.",
	.options = restore_table,
	.min = 1,
	.max = 1,
	.run = restore_run,
};
