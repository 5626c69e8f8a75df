/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"

/*
 * Namespaces that exist already and may not belong to the container's user namespace: another container's
 * network, say, which the machine made. To join one takes privilege over its owner (setns(2)): a process in a
 * new user namespace has that no more, and may not reach a path below /proc. So guise itself joins them to
 * clone the first process, which is born into them, and goes back. INIT's STEP_JOIN_NS joins those that need
 * the container's user namespace instead. It also joins the mount namespace, with which guise would lose its
 * paths, and the cgroup namespace, with which INIT could not enter its own cgroups any more (cgroup-v2.rst,
 * "Delegation").
 */
struct joined {
	int back[NS_COUNT]; /* -1: not left */
	bool away;          /* from guise's working directory, */
	int cwd;            /* this; -1: one that it cannot open */
};

/* Join what can be joined; live->joined tells INIT what that was. The working directory is then the one that
 * the first process is to be born in. Without a user namespace it does nothing. join_end() follows in any
 * case. */
int join_begin(const struct plan *p, struct live *live, struct joined *j, struct err *e);

/* The pid namespace as well, for the process that is cloned. */
int join_pid_ns(const char *path, struct joined *j, struct err *e);

/* Back to where guise was. */
int join_end(struct joined *j, struct err *e);
