/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/hooks.h"
#include "spec/oci/oci.h"
#include "state/oci_container.h"

/* One more process in a running container, as runc's exec has it: the container's own process with changes,
 * or another one from a file. */
struct oci_exec {
	const char *process_file; /* NULL: the container's, with what follows */
	struct strv args, env;    /* env is added to */
	const char *cwd;          /* NULL: the container's, and so on */
	bool has_user, has_gid;
	uint32_t uid, gid;
	uint32_t *groups;
	size_t n_groups;
	uint64_t caps; /* beside those it has */
	bool no_new_privs, tty;
	const char *apparmor, *label;

	struct strv cgroups; /* "[CONTROLLER,...:]PATH", below the container's */
	const char *console_socket, *pidfd_socket, *pid_file;
	bool detach, ignore_paused;
	unsigned preserve_fds;
};

/* *status: the command's, as in a shell; with detach 0, once it is executed. */
int oci_exec(struct oci_container *o, const struct oci_exec *x, const struct oci_warn *warn, int *status,
	     struct err *e);
