/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/oci.h"
#include "run/oci/cgroups.h"
#include "state/state.h"

/* What the command line asks of a container, beside its bundle. Paths are absolute. */
struct oci_wish {
	const char *id, *bundle;
	const char *console_socket, *pidfd_socket, *pid_file;
	bool detach, keep;
	bool no_pivot, no_new_keyring;
	unsigned preserve_fds; /* as given; oci_probe_listen() adds those of LISTEN_FDS */
	struct strv own_env;   /* oci_facts */
	const char *notify;    /* NOTIFY_SOCKET: see run/oci/notify.h; NULL: none */
	enum oci_manager manager;
	enum oci_rootless rootless;
	bool timing;
	int caller_dir; /* where guise-oci was called, if it went from there to the bundle; else -1 */
};

/* Find out what a plan for the bundle depends on. -errno: root, a mount's source, a cgroup, the filter. */
int oci_probe(struct state *st, struct arena *a, const struct oci_config *c, const struct oci_wish *w,
	      struct oci_facts *f, struct err *e);

/* The parts of it that exec needs too: descriptors from 3 on that are passed on, and HOME of the process's
 * user in the root file system at a path, which is the container's: hostile. */
void oci_probe_fds(unsigned preserve_fds, struct oci_facts *f);
int oci_probe_home(struct arena *a, const char *root, const struct oci_process *pr, struct oci_facts *f,
		   struct err *e);

/* Pass on to the process what systemd's socket activation gave guise-oci (sd_listen_fds(3)): w->own_env tells
 * of it, and w->preserve_fds counts the descriptors too. */
void oci_probe_listen(struct arena *a, struct oci_wish *w);

/* run/oci/probe_mounts.c: sources of bind mounts, devices to be bound, whether there can be a sysfs. */
int oci_probe_mounts(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e);

/* run/oci/probe_seccomp.c: the compiled filter, out of the cache if it was compiled before. */
int oci_probe_seccomp(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e);
