/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * A container as another guise than its own sees it: what stop, kill, wait, rm, ps and inspect work on.
 *
 * Its files say what its guise (the one in the foreground, or the monitor) wrote last, the kernel says
 * what is true now: control_open() reconciles the two. Processes are meant by pidfd, never by number.
 * When the first process ends, its guise needs a moment to record that and to undo the plan; it keeps the
 * container's lock until then, so "the end" here is: the process ended, and the lock is free. Every wait
 * for it is bounded, because that guise may be stopped or stuck.
 */
struct control {
	struct state *st;
	struct arena *arena;
	struct container c;
	struct record rec;
	enum container_status status;
	pid_t pid;   /* its first process, while that runs; else 0 */
	int pidfd;   /* the same; else -1 */
	bool paused; /* it runs, and is frozen */
	bool orphaned; /* it runs, but its monitor was killed: nobody keeps what it prints, or sees how it ends */
	int answer;       /* what control_ask() opened; else -1 */
	int64_t deadline; /* of control_stop_begin(), CLOCK_MONOTONIC in ms */
};

/* The hint for what needs a cgroup, where the container has none. */
#define CONTROL_NO_CGROUP                                                                                    \
	"run it as root, or in a delegated cgroup (systemd-run --user --scope -p Delegate=yes guise ...)"

/* By name, id or the beginning of an id. -ENOENT "no-container". The caller closes it, also on failure. */
int control_open(struct control *k, struct state *st, struct arena *a, const char *ref, struct err *e);

/* The same, but one whose record can't be read (CONTAINER_BROKEN) is no failure: for what can do without
 * the record. */
int control_open_any(struct control *k, struct state *st, struct arena *a, const char *ref, struct err *e);
void control_close(struct control *k);

/* Let go of the lock that control_open() may have got, to wait for something else. */
void control_unlock(struct control *k);

/* "creating", "running", "paused", "exited", or "exiting": the process is gone, but its guise is not done
 * yet. */
const char *control_status(const struct control *k);

/* What it has of an address; NULL: none, or no longer. With its end the lease is given back. */
const char *control_address(const struct control *k);

/* Send a signal to the first process; of a container that is just being created when it executes the
 * command, since nothing heeds it before. -ESRCH "not-running", -ENOENT if nothing came of it, -ETIMEDOUT.
 * What ends a container ends also one that is paused: as with docker, SIGKILL and its stop signal let it
 * go on. */
int control_signal(struct control *k, int sig, struct err *e);

/* Under the lock of its record (state/record_update.h): read it anew, since another may just have changed it. -ESRCH
 * "not-running". */
int control_look_again(struct control *k, const char *verb, struct err *e);

/* While its guise is about to execute the command: wait for that. */
int control_await_start(struct control *k, struct err *e);

/* Freeze all of its processes, or let them go on. -EBUSY "container-paused", or -EINVAL "not-paused";
 * "no-cgroup" where it has none. */
int control_pause(struct control *k, bool pause, struct err *e);

/* Before a wait for others: ask to be told the exit code, if this one should be removed with its end. */
void control_ask(struct control *k);

/* Wait for the end, timeout_ms at most (-1: for ever), and read the record anew. -ETIMEDOUT; -ENOENT if the
 * record is gone, as after --rm: *code is then the kernel's word, where it has one. *code: -1, not known. */
int control_await(struct control *k, int timeout_ms, int *code, struct err *e);

/* To stop several: each gets its stop signal; SIGKILL where `seconds` later it still runs; and its end is
 * waited for. A container that doesn't run is no error. */
int control_stop_begin(struct control *k, unsigned seconds, struct err *e);
void control_stop_wait(struct control *k, size_t n);
int control_stop_end(struct control *k, struct err *e);

/* Take one that has ended, or was only created, for oneself, to start it: k->pid is 0 then, and the lock
 * is held. */
int control_claim(struct control *k, struct err *e);

/* Wait for its guise to finish, undo what that left behind, and remove the record. force: kill it first;
 * else one that runs is -EBUSY "container-running", and one whose record can't be read -EBADMSG
 * "record-bad". */
int control_remove(struct control *k, bool force, struct err *e);
