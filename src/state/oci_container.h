/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/state.h"

/*
 * A container of guise-oci: its directory below ROOT/containers (state/state.h), and what its files and
 * the kernel say.
 *
 *     container.json  what it is, and its plan: written whole before the first step
 *     process.json    its first process: written when it was cloned
 *     start.new       the socket that start will connect to: create is at work
 *     start           the same, when the first process waits there: created. Gone when it was started
 *     config.json     what exec takes over of the bundle's (spec/oci/inherit.c); not there: it has no process
 *     filter          the compiled seccomp filter, for exec
 *     ptrace          processes from elsewhere may trace those of this one (run/start/protect.h)
 *     notify/         the socket that the container's NOTIFY_SOCKET is
 *
 * The directory is locked (flock(2)) by the command that changes the container. state and list take no
 * lock: a hook may call them.
 */
enum oci_status { OCI_CREATING, OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };
extern const char *const oci_status_name[]; /* as in runtime.md, and "paused" */

struct oci_record {
	/* container.json */
	const char *id, *version, *bundle, *rootfs;
	int64_t created;         /* nanoseconds since 1970 */
	struct strv annotations; /* pairs KEY, VALUE */
	const char *cgroup;      /* its home; NULL: none */
	const char *scope;       /* systemd's unit; NULL: none */
	struct plan plan;
	struct plan later; /* STEP_HOOK only: poststart, poststop */
	/* process.json; pid 0: not there */
	pid_t pid;
	uint64_t start_time;
};

struct oci_container {
	struct state *st;
	struct arena *arena;
	struct container c;
	struct oci_record rec;
	bool recorded; /* container.json was there: else it is a directory that create left behind */
	enum oci_status status;
	bool claimed; /* by this command, which makes it, and knows of all its processes */
	int pidfd;    /* of the first process; -1: it has ended, or there was none */
	int faults;   /* steps applied so far: for fault injection, see plan/apply.c */
};

/* Is it an id? [A-Za-z0-9_+.-], 1 to 1024 of them, and not "." or "..". -EINVAL "bad-id". */
int oci_id_check(const char *id, struct err *e);

/* Make the directory of a new container, locked. -EEXIST "container-exists". */
int oci_claim(struct oci_container *o, struct state *st, struct arena *a, const char *id, struct err *e);

/* Open a container and look at it. -ENOENT "no-container"; one without a record counts as stopped. */
int oci_open(struct oci_container *o, struct state *st, struct arena *a, const char *id, struct err *e);

/* The same, locked first: what other commands have begun they have finished. -EBUSY when one doesn't
 * finish. */
int oci_open_locked(struct oci_container *o, struct state *st, struct arena *a, const char *id,
		    struct err *e);
int oci_lock(struct oci_container *o, struct err *e);

/* Look again: what its files and the kernel say now. */
int oci_look(struct oci_container *o, struct err *e);

void oci_unlock(struct oci_container *o);
void oci_close(struct oci_container *o);

/* All ids, as they stand in the directory. */
int oci_list(struct state *st, struct arena *a, struct strv *ids, struct err *e);

/* ---- oci_record.c ---- */

int oci_record_write(const struct oci_container *o, struct err *e);

/* A record that can't be read is an error, "record-bad", but for its process: rec.pid, if that is known. */
int oci_record_read(struct oci_container *o, struct err *e);

/* The pid of runtime.md's state: 0 when it has ended. */
pid_t oci_pid(const struct oci_container *o);

/* Its state as runc prints it: an object with indented lines, or in one line for a list, where the owner
 * of the directory is told too. */
void oci_state_json(const struct oci_container *o, struct str *out);
void oci_list_json(const struct oci_container *o, const char *owner, struct str *out);

/* The state for hooks: live->state_head and live->state_tail (plan/steps/steps.h). */
void oci_hook_state(const struct oci_record *rec, struct live *live);
