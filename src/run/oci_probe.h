/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build_oci.h"
#include "run/oci_cgroups.h"
#include "run/state.h"

/* What the command line asks of a container, beside its bundle. Paths are absolute. */
struct oci_wish {
	const char *id, *bundle;
	const char *console_socket, *pid_file;
	bool detach, keep;
	bool no_pivot, no_new_keyring;
	unsigned preserve_fds;      /* as given, without LISTEN_FDS' */
	enum oci_manager manager;
	bool timing;
};

/* Find out what a plan for the bundle depends on. -errno: root, a mount's source, a cgroup, the filter. */
int oci_probe(struct state *st, struct arena *a, const struct oci_config *c, const struct oci_wish *w,
	      struct oci_facts *f, struct err *e);

/* oci_probe_seccomp.c: the compiled filter, out of the cache if it was compiled before. */
int oci_probe_seccomp(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e);
