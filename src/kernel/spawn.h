/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * Run another program and wait for its end: for the few that guise cannot do without because they are
 * set-user-id (newuidmap, newgidmap) or a data path of their own (pasta). Found in PATH; argv[0] is its
 * name. It starts with the signals of a fresh process, whatever guise blocks and ignores.
 *
 * *status: its exit status, 128 and the signal's number if one ended it. -errno if it cannot be started,
 * with e set and code "spawn".
 */
int spawn_wait(char *const argv[], int *status, struct err *e);
