/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/*
 * guise-oci: an OCI runtime with runc's command line (runc(8)), one file a verb. A verb is a row in main.c's
 * table and a line here.
 */

/* The options before the verb: call->global of every call. */
struct oci_global {
	const char *root;       /* NULL: the default */
	const char *log;        /* NULL: standard error alone */
	const char *log_format; /* "text", "json" */
	const char *log_level;
	bool debug, timing, version;
	const char *cgroup_manager; /* "cgroupfs", "systemd", "disabled"; --systemd-cgroup is "systemd" */
	const char *rootless;       /* "auto", "true", "false" */
	const char *criu;
};

static inline const struct oci_global *oci_global(const struct call *call)
{
	return call->global;
}

extern const struct command oci_create_command, oci_start_command, oci_run_command, oci_state_command,
	oci_list_command, oci_exec_command, oci_kill_command, oci_delete_command, oci_ps_command,
	oci_events_command, oci_update_command, oci_pause_command, oci_resume_command;
extern const struct command oci_checkpoint_command, oci_restore_command;
extern const struct command oci_features_command, oci_spec_command;

/* All of them, NULL at the end: in main.c. */
extern const struct command *const oci_commands[];
extern const struct command oci_program;
