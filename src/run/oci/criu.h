/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/protobuf.h"

/*
 * CRIU writes processes to files, and makes them from files again. It is a program that we start and speak
 * with (https://criu.org/RPC): `criu swrk FD` takes one request from its socket, may notify us of what it has
 * done, and answers. The caller encodes a request's options: protobuf_put_*(&c->opts, CRIU_OPT_..., ...).
 */
enum criu_request { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4 };

/* The numbers of message criu_opts (images/rpc.proto of CRIU 3.17; they never change). */
enum criu_opt {
	CRIU_OPT_IMAGES_DIR_FD = 1,
	CRIU_OPT_PID = 2,
	CRIU_OPT_LEAVE_RUNNING = 3,
	CRIU_OPT_EXT_UNIX_SK = 4,
	CRIU_OPT_TCP_ESTABLISHED = 5,
	CRIU_OPT_SHELL_JOB = 7,
	CRIU_OPT_FILE_LOCKS = 8,
	CRIU_OPT_LOG_LEVEL = 9,
	CRIU_OPT_LOG_FILE = 10,
	CRIU_OPT_PAGE_SERVER = 11, /* a message: CRIU_PS_* */
	CRIU_OPT_NOTIFY_SCRIPTS = 12,
	CRIU_OPT_ROOT = 13,
	CRIU_OPT_PARENT_IMG = 14,
	CRIU_OPT_TRACK_MEM = 15,
	CRIU_OPT_AUTO_DEDUP = 16,
	CRIU_OPT_WORK_DIR_FD = 17,
	CRIU_OPT_MANAGE_CGROUPS = 24,
	CRIU_OPT_CG_ROOT = 25, /* a message: CRIU_CG_ROOT_PATH */
	CRIU_OPT_RST_SIBLING = 26,
	CRIU_OPT_INHERIT_FD = 27, /* a message: CRIU_INHERIT_* */
	CRIU_OPT_MANAGE_CGROUPS_MODE = 34,
	CRIU_OPT_EXTERNAL = 37,
	CRIU_OPT_EMPTY_NS = 38,
	CRIU_OPT_FREEZE_CGROUP = 44,
	CRIU_OPT_TCP_SKIP_IN_FLIGHT = 46,
	CRIU_OPT_LAZY_PAGES = 48,
	CRIU_OPT_STATUS_FD = 49,
	CRIU_OPT_ORPHAN_PTS_MASTER = 50,
	CRIU_OPT_CONFIG_FILE = 51,
	CRIU_OPT_LSM_PROFILE = 53,
	CRIU_OPT_LSM_MOUNT_CONTEXT = 63,
};
enum {
	CRIU_PS_ADDRESS = 1,
	CRIU_PS_PORT = 2,
	CRIU_CG_ROOT_PATH = 2,
	CRIU_INHERIT_KEY = 1,
	CRIU_INHERIT_FD = 2
};

enum { CRIU_KEEP_MAX = 8 };

struct criu {
	struct arena *arena;
	const char *program; /* NULL: criu, in PATH */
	struct str opts;
	int images, work; /* directories, for CRIU_OPT_*_DIR_FD */
	const char *images_path, *work_path;
	const char *log; /* its name in work */

	int keep[CRIU_KEEP_MAX]; /* descriptors that it inherits, for CRIU_OPT_INHERIT_FD */
	unsigned n_keep;

	/* Called by us when there is the child process that becomes CRIU, and waits. NULL: nothing. */
	int (*forked)(void *arg, pid_t child, struct err *e);
	/* Called in the child process that becomes CRIU, which may go into namespaces. NULL: nothing. */
	int (*prepare)(void *arg, struct err *e);
	/* With CRIU_OPT_NOTIFY_SCRIPTS: what it has done, the pid of the first process where there is one,
	 * and for "orphan-pts-master" the master of its terminal (to be taken; else -1). A failure ends
	 * CRIU's work. */
	int (*notify)(void *arg, const char *what, pid_t pid, int *fd, struct err *e);
	void *arg;
};

/* Start CRIU, have it serve the request, and wait for its end. *pid, may be NULL: of the process that was
 * restored. An error of CRIU is "criu", with what CRIU said, the last errors of its log, and where that is.
 * Other errors are those of prepare() or notify(). */
int criu_serve(struct criu *c, enum criu_request type, pid_t *pid, struct err *e);
