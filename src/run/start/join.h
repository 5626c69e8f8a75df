/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"

/*
 * Namespaces that exist already and may not belong to the container's user namespace: another's network,
 * which the machine made. To join one takes privilege over its owner (setns(2)), which whoever is in a new
 * user namespace has no more; and a path below /proc may be closed to it. So guise joins them itself for the
 * clone of the first process, which is born into them, and goes back. Those that need the container's user
 * namespace instead are left to INIT's STEP_JOIN_NS; and so are the mount namespace, with which guise would
 * lose its paths, and that of cgroups, with which INIT could not enter its own any more (cgroup-v2.rst,
 * "Delegation").
 */
struct joined {
	int back[NS_COUNT]; /* -1: not left */
	bool away;          /* from guise's working directory, */
	int cwd;            /* this; -1: one that it cannot open */
};

/* Join what can be: live->joined says for INIT what that was. The working directory is then the one that the
 * first process is to be born in. Without a user namespace nothing is done. In any case join_end()
 * follows. */
int join_begin(const struct plan *p, struct live *live, struct joined *j, struct err *e);

/* The pid namespace as well, for who is cloned. */
int join_pid_ns(const char *path, struct joined *j, struct err *e);

/* Back to where guise was. */
int join_end(struct joined *j, struct err *e);
