/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * After kill -9. Every command calls recover_all() before it does anything: each container whose guise
 * is gone (its lock is free) is looked at, and what guise would have done is done: a plan that was
 * recorded is undone, an end that nobody saw is recorded as such. Containers that still run without
 * their guise (detached ones outlive it) are left alone. Stale names and leases go too.
 */

/* What a container is, after reconciling its files with the kernel. c is locked on return if its guise is
 * gone. *r is filled in; -ENOENT if the record is gone. With any other error *status is CONTAINER_BROKEN
 * if the record can't be read, and else what the container is that could not be cleaned up. */
int recover(struct container *c, struct state *st, struct arena *a, struct record *r,
	    enum container_status *status, struct err *e);

/* Remove a container of which no plan tells what belongs to it: its guise was killed before it was
 * recorded, or the record is broken. Found by its id are its addresses, its cgroups and its name. The
 * caller has its lock, and no process of it runs: -EBUSY where one is still in a cgroup of it. */
int recover_remove(struct container *c, struct state *st, struct arena *a, struct err *e);

/* All of them but those whose record is broken: what to do about them is said where they are asked for.
 * *removed counts what was taken away; it may be NULL. Goes on after errors and returns the first. */
int recover_all(struct state *st, unsigned *removed, struct err *e);
