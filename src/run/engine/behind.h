/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "plan/live.h"
#include "state/state.h"

/*
 * What is taken away behind a command. When the last container of a network is gone, so are, a moment
 * later, the bridge, its rules and forwarding. The kernel lets whoever takes them away wait for some 60
 * ms, so it is done by a process that is left behind, after BEHIND_MS: the next container may come before
 * that and find all in place.
 *
 *     undo of the last container     leaves the file net/NAMESPACE/NETWORK/leaving         under the network's lock
 *     behind_leave()                 locks it and forks; if it is locked, somebody is about to do it already
 *     the process left behind        waits, locks the network: nobody has come? then undo; removes the file
 *
 * The file's lock is let go before the network's. So whoever leaves the file, under the network's lock,
 * either finds a process that has not looked yet, or none. The file without a lock tells of one that was
 * killed: every command looks for it (behind_resume()). Was the state directory removed meanwhile, nobody
 * would: then the process takes away what has its mark without the file, by what is in the directory that
 * is in its place by then, if there is one.
 *
 * The process left behind holds nothing of the caller's: neither its descriptors nor its session, its
 * working directory or the container's lock; and it has let go of them when behind_leave() returns.
 * SIGTERM, SIGINT and SIGHUP make it hurry.
 */
enum { BEHIND_MS = 300 };

/* Fork a process that has nothing of the caller's but the n descriptors: true in that one. *told is for behind_await(),
 * which returns when it has let go; -1: there is none. */
bool behind_fork(const char *name, const int *keep, size_t n, int *told);
void behind_await(int told);

/* After an undo: leave a process behind for each network that is leaving. What fails here is left to the
 * next command. */
void behind_leave(struct live *live);

/* Go on where one was killed. */
void behind_resume(struct state *st, struct arena *a);
