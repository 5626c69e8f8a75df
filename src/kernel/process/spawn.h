/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "base/err.h"

/* Start a program, found in PATH if it has no slash, with the signals of a fresh process, whatever guise
 * blocks and ignores. out: its stdout and stderr; its stdin is empty then. -1: it has guise's. 0 or
 * -errno. */
int spawn_start(char *const argv[], int out, pid_t *pid);

/* The same, with these as its descriptors 0 to n - 1 (-1: guise's own of that number, if it is not
 * close-on-exec). */
int spawn_with(char *const argv[], const int *fds, int n, pid_t *pid);

/*
 * The same, and wait for its end: for the few that guise cannot do without because they are set-user-id
 * (newuidmap, newgidmap) or a data path of their own (pasta).
 *
 * *status: its exit status, 128 and the signal's number if one ended it. -errno if it cannot be started,
 * with e set and code "spawn".
 */
int spawn_wait(char *const argv[], int out, int *status, struct err *e);
