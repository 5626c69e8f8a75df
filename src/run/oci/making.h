/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/create.h"
#include "run/start/launch.h"

/* What a container sends by sd_notify(3): run/oci/notify.h. */
struct notify {
	int sock;         /* bound in the container's directory; -1: there is nobody to tell */
	const char *host; /* the manager's socket: a path, or an abstract name that begins with @ */
	pid_t pid;        /* told as MAINPID with READY=1; 0: not */
	bool ready;       /* READY=1 was passed on */
};

/* What create, run and restore have in hand: run/oci/create.c. */
struct making {
	const struct oci_wish *wish;
	const struct oci_warn *warn;
	struct oci_config config;
	struct oci_facts facts;
	struct oci_container o;
	struct live live;
	struct notify notify;

	/* restore: the first process is not launched from the plan, but made by this. It fills live.pid and
	 * live.pidfd, and writes process.json; *terminal as launch() has it */
	int (*restore)(struct making *m, int *terminal, struct err *e);
	void *arg;
};

/* Bundle → plan, recorded, in the locked directory of the new container. On failure nothing is left. */
int oci_making_begin(struct making *m, struct state *st, struct arena *a, bool wait, struct timing *t,
		     struct err *e);

/* Its first process and all that follows, in the background or in the foreground, as wished. */
int oci_making_run(struct making *m, struct timing *t, int *status, struct err *e);

void oci_making_end(struct making *m);
