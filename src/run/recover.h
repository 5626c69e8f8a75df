/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/state.h"

/*
 * After kill -9. Every command calls recover_all() before it does anything: each container whose guise
 * is gone (its lock is free) is looked at, and what guise would have done is done: a plan that was
 * recorded is undone, an end that nobody saw is recorded as such. Containers that still run without
 * their guise (detached ones outlive it) are left alone. Stale names and leases go too.
 */

/* What a container is, after reconciling its files with the kernel. c is locked on return if its guise is
 * gone. *r is filled in; -ENOENT if the record is gone. */
int recover(struct container *c, struct state *st, struct arena *a, struct record *r, enum container_status *status,
	    struct err *e);

/* All of them. *removed counts what was taken away; it may be NULL. Goes on after errors and returns the
 * first. */
int recover_all(struct state *st, unsigned *removed, struct err *e);
