/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/engine/control.h"
#include "state/oci_container.h"

struct call;

/*
 * A container that commands only look at: one of guise, or "oci:ID", one of guise-oci. Those are found in guise-oci's own
 * state directory (state/state.h: /run/guise-oci or a user's), or in that of --oci-root, where an engine gave it another.
 */
struct subject {
	const char *name, *id;
	const char *status; /* as guise or guise-oci says */
	const char *cgroup; /* its home; NULL: none */
	const struct plan *plan;
	pid_t pid; /* its first process, while that runs; else 0 */
	int pidfd; /* the same; else -1. The container's: closed with it */

	bool is_oci;
	struct control k;
	struct oci_container o;
	struct state oci_state;
};

/* By name, id or the beginning of an id, or "oci:ID". -ENOENT "no-container". st is guise's state directory. The caller
 * closes it, also on failure. */
int subject_open(struct call *call, struct state *st, const char *ref, struct subject *s, struct err *e);
void subject_close(struct subject *s);

/* All its processes, in the arena: those in its cgroup or, where it has none, in its pid namespace. -errno "processes". */
int subject_pids(struct arena *a, const struct subject *s, pid_t **pids, size_t *n, struct err *e);
