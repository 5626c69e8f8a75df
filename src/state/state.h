/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/cgroup/oom.h"
#include "kernel/net/ip.h"
#include "plan/plan.h"
#include "spec/spec.h"

/*
 * State on disk: plain files that a person can read, below /run/guise (gone at reboot, as the kernel's
 * objects are) or a user's $XDG_RUNTIME_DIR/guise; without that variable /run/user/UID/guise, where there
 * is that directory, else /tmp/guise-UID.
 *
 *     containers/ID/                the directory itself is locked (flock(2)) by the guise that runs the
 *                                   container: who gets the lock knows that this guise is gone. Without --rm it is a
 *                                   link: the directory is below the data directory, and outlives the boot (kept.c)
 *     containers/ID/container.json  what it shall be; with --rm also what run.json says
 *     containers/ID/runs/N/         its N-th run; with --rm these files are in containers/ID/ itself:
 *         run.json                  what is made for it, and its plan: written whole before the first step
 *         process.json              its first process: written when it was cloned
 *         exit.json                 how it ended: written when it did, before anything is undone
 *         ending                    the room for that: made with run.json, filled in and renamed at the end
 *         undone                    the plan was undone: nothing of it is left in the kernel
 *     containers/ID/layer/          what it has written (layer.h); not with --rm
 *     containers/ID/name            not with --rm: symbolic link that says its name, for the next boot
 *     containers/ID/shared          another was started in a namespace of this one, or that one has a name
 *     containers/ID/netns           whose the name of its network namespace is: kernel/net/netns.h
 *     containers/ID/updated         locked (flock(2)) by a guise update, connect or disconnect, which writes both
 *                                   records anew, whole; where there is this file, the guise that runs the
 *                                   container reads that again at its end
 *     containers/ID/connecting      a connect took leases that no record has yet, of the network that it names
 *     containers/ID/hosts           where its hosts file is, for who tells it the names of others: net/hosts_file.h
 *     containers/ID/wait-PID        a guise wait has this file open: with --rm, whose record goes in a
 *                                   moment, the exit code is written there
 *     containers/ID/log             symbolic link to the directory of what it printed (state/log.h), if it was started
 *                                   with --detach
 *     names/NAME                    symbolic link to the id; made only when the directory exists, so a
 *                                   name without a directory is stale
 *     ids/FIRST                     leases of ids (plan/steps/ids.c)
 *     net/NAMESPACE/NETWORK/        leases (net/lease.h)
 *     mnt/                          an empty directory: where containers mount their roots, each in its
 *                                   own mount namespace
 *
 * Each file is written whole, and renamed into place; but for an update of its limits and networks, once. So a reader
 * sees a state that was true.
 *
 * They are JSON, in which bytes that are no UTF-8 stand as base/json.h says.
 *
 * To take away needs no room, in a file system that is full as in one without a free inode: what is
 * written at a container's end has its place from the start. Only undone has none; without it the plan is
 * undone again by the next guise, which finds nothing to do.
 */
struct state {
	const char *path; /* "/run/guise" */
	/* the data directory, which outlives the boot: "/var/lib/guise"; with --root the same as path */
	const char *data;
	const char *flag; /* of commands that errors advise: "--root DIR ", or "" for the default */
	int fd;           /* the directory */
	int containers;   /* its subdirectory */
	int kept;         /* the data directory's of that name, once it was needed; -1 */
	const struct ip
		*pools; /* --default-pool: where bridges' subnets are chosen from; none: net/subnet.h */
	size_t n_pools;
};

/* Open the state directory of a program ("guise"): `path`, or the default of the user (NULL). Makes it,
 * mode 0711, with its subdirectories, which are 0700 but for mnt/. One that another user may write to is
 * an error, before anything in it is looked at or made. */
int state_open(struct state *st, struct arena *a, const char *program, const char *path, struct err *e);

/* The same, but nothing is made: -ENOENT if it is not there. */
int state_find(struct state *st, struct arena *a, const char *program, const char *path, struct err *e);

/* A directory of that name below the data directory: a descriptor, the caller's, locked if `lock` is LOCK_SH or LOCK_EX; make: made
 * first, mode 0700. Code "state"; not make: -ENOENT where there is none, and e as it was. */
int state_open_dir(const struct state *st, const char *name, bool make, int lock, struct err *e);

/* A container's directory, and what its files say. */
struct container {
	const char *id, *name;
	int dir; /* containers/ID; the lock, if held, is this descriptor's */
	bool locked;
	bool keep_volumes; /* its anonymous volumes outlive it: `rm` without -v */
	unsigned run;      /* the number of its run; 0: its files are in `dir` itself */
	int run_dir;       /* and the directory of that, if there is one */
};

/* Make a new container's directory, locked, and take its name (NULL: one made of its id). keep: below the
 * data directory, if that can be used. -EEXIST "name-taken". */
int container_create(struct container *c, struct state *st, struct arena *a, const char *name, bool keep,
		     struct err *e);

/* Find one by name, id, or the unique beginning of an id. Not locked. -ENOENT "no-container". */
int container_find(struct container *c, struct state *st, struct arena *a, const char *ref, struct err *e);

/* Open containers/ID. */
int container_open(struct container *c, struct state *st, struct arena *a, const char *id, struct err *e);

/* All ids, in the arena; in the order of the directory. */
int container_list(struct state *st, struct arena *a, struct strv *ids, struct err *e);

/* Its name: the one that its record says, or, where that is none of its, another that is. In the arena. */
const char *container_name(const struct container *c, const struct state *st, struct arena *a,
			   const char *said);

/* Leave a file that container_tell() writes the exit code to (until then it says -1), and open it: a
 * descriptor, the caller's, or -errno. What was written can be read also when the directory is gone. */
int container_ask(struct container *c);

/* Tell all who asked; in the room that they made for it. */
void container_tell(struct container *c, int code);

/* Take the lock: 0, or -EWOULDBLOCK while the container's guise lives (wait: until it doesn't). Only 0
 * says that its guise is gone; any other error says nothing of it. */
int container_lock(struct container *c, bool wait);

/* Remove the directory and the name. The kernel's objects must be undone before. */
int container_remove(struct container *c, struct state *st, struct err *e);

void container_close(struct container *c);

/* Give it another name: by names/NAME it is found from then on. "name-taken". */
int container_rename(struct container *c, struct state *st, struct arena *a, const char *name, struct err *e);

/* ---- its runs, where it is kept: runs.c ---- */

/* The last one there is. */
void container_find_run(struct container *c);

/* Where the files of its run are: its own directory, with --rm. */
int container_run_dir(const struct container *c);

/* Make the directory of the next; take that away again, so that the one before it is the last; remove
 * those before. The caller has the lock. */
int container_begin_run(struct container *c, struct err *e);
int container_drop_run(struct container *c, struct err *e);
void container_forget_runs(const struct container *c);

/* ---- what the files hold: record.c ---- */

/* BROKEN: it has a record, which can't be read. */
enum container_status {
	CONTAINER_CREATING,
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_EXITED,
	CONTAINER_BROKEN
};
extern const char *const container_status_name[];
extern const char *const record_oom_whose[]; /* by enum cgroup_oom_whose */

struct record {
	/* container.json */
	const char *id, *name, *rootfs, *network, *user, *workdir, *hostname, *guise;
	struct strv command, env, labels, exposed;
	const char *image; /* the digest of its image's manifest; NULL: it has none */
	int64_t created;   /* nanoseconds since 1970 */
	int64_t memory;    /* LIMIT_UNSET, or bytes */
	bool detach, tty, remove, init, interactive,
		entrypoint;               /* entrypoint: the command's first word was given as one */
	const char *host_config, *mounts; /* JSON: state/record_wish.h */
	int stop_signal;
	unsigned stop_timeout;
	const char *cgroup;        /* its home; NULL: none */
	const char *memory_cgroup; /* where its memory is counted; NULL: nowhere */
	const char *memory_mount;  /* the hierarchy's mount */
	bool memory_v1;
	uint64_t machine_kills; /* cgroup_oom_since() before it ran; 0: not asked, as in one that was read */
	/* as guise run or create was given it, and from where: with which it is started again */
	struct strv argv;
	const char *cwd;
	struct strv
		updates; /* what guise update has changed since: of each the number of its words, and these */
	struct strv
		connects; /* "+NETWORK[:WISH,...]", "-NETWORK": see run/engine/connect.h */
	bool by_create; /* it is a container also before its first run */
	/* runs/N/run.json */
	bool begun; /* there is one */
	struct plan plan;
	/* process.json; pid 0: not there */
	pid_t pid;
	uint64_t start_time;
	int64_t started;
	/* exit.json; finished 0: not there */
	int exit_code; /* -1: not known, guise was killed before it could be learned */
	int64_t finished;
	struct cgroup_oom oom;
	const char *error;
};

/* Write what it shall be, and then what its run is; in one file with --rm. 0, or -errno with e filled. The
 * second makes the room for the end, too. */
int record_write_wish(const struct container *c, const struct record *r, struct err *e);
int record_write_run(const struct container *c, const struct record *r, struct err *e);

/* Both, the run first: without container.json it is nothing. */
int record_write_container(const struct container *c, const struct record *r, struct err *e);
int record_write_process(const struct container *c, pid_t pid, struct err *e);
int record_write_exit(const struct container *c, const struct record *r, struct err *e);

/* Read what is there, of its last run; what isn't stays zero, but for the texts that every container has:
 * id, name, rootfs, network and guise are never NULL. -ENOENT without container.json, when all is zero but
 * the id. Any other failure says that the record is broken; these texts, and pid if that could be read,
 * are there then, too. */
int record_read(struct container *c, struct arena *a, struct record *r, struct err *e);

/*
 * For who must know all containers: calls fn with the record of each, its name being the one that it has now, but of the one
 * whose id is `but` (NULL: of all). One that is just being made or removed is passed over; one that can't be read may use
 * anything, and so is an error, which says how to get rid of it. What a record points to is fn's until it returns. containers.c
 */
typedef void container_fn(const struct record *r, void *arg);
int containers_each(struct state *st, const char *but, container_fn *fn, void *arg, struct err *e);

/* Of pairs WHAT, CONTAINER, as volumes_used() and images_used() find them: the first container, or NULL. */
const char *containers_user(const struct strv *pairs, const char *what);

/* CLOCK_REALTIME in nanoseconds, and a time as RFC 3339 in UTC. buf of at least 40 bytes. */
int64_t record_now(void);
const char *record_time(int64_t ns, char *buf);
