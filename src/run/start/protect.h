/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"
#include "spec/oci/oci.h"
#include "spec/spec.h"
#include "state/state.h"

/*
 * When guise has to protect its own program (kernel/fs/self.h): when a process of its will be seen by one
 * with CAP_SYS_PTRACE in guise's user namespace. Its processes in a container are the first one, up to the
 * command, and that of an exec.
 *
 * The plan of a container tells who has that capability in its pid namespace. Of others, which came there
 * later by an exec or by joining the namespace, a file in the container's directory tells.
 */

/* Whoever may come: what is read next can be read only once. caller_dir: where guise-oci was called, -1:
 * here. */
int protect_now(struct arena *a, int caller_dir, struct err *e);

/* A container of this configuration is made; waits: its first process waits for start. */
int protect_create(struct arena *a, const struct oci_config *c, bool waits, int caller_dir, struct err *e);

/* The same for guise run. */
int protect_run(struct arena *a, const struct spec *s, struct err *e);

/* A process will enter that container, whose first one is pid. */
int protect_exec(struct arena *a, const struct container *c, const struct plan *p, pid_t pid, struct err *e);

/* It may get these capabilities: leave word for later ones. */
int protect_later(const struct container *c, const struct plan *p, uint64_t caps, struct err *e);

/* The new container of that configuration is in a pid namespace with others: leave word for those. */
int protect_others(struct state *st, struct arena *a, const struct oci_config *c, struct err *e);
