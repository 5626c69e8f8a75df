/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/timing.h"
#include "kernel/net/netlink.h"
#include "net/lease.h"
#include "net/roster.h"

/*
 * The running container: what the steps of a plan yield and need from each other. One exists in guise
 * (HOST) and, after the clone, a copy of it in the container's first process (INIT); each fills the
 * fields of its own side. Descriptors are -1 until there is one, all are O_CLOEXEC.
 */
enum { TREES_MAX = 256 + 400 /* the layers of an image */ };

struct step_caps;
struct step_label;
struct step_seccomp;

/* One of the container's networks, as HOST has it: see plan/steps/net.c. */
struct live_network {
	const char *dir;         /* of its leases: net/lease.h */
	struct lease_dir leases; /* perhaps locked */
	int bridge;              /* index of its bridge */
	bool leaving;            /* undo has left what its containers shared to run/engine/behind.h */
	struct roster names;     /* who was on it when the container's hosts file was made of that */
	bool named;              /* a step has changed who is on it: run/engine/spread.h */
	const char *whose, *own; /* what the head of that file says: net/hosts_file.h */
	struct live_network *next;
};

struct live {
	const char *id;
	struct arena *arena;
	int rundir; /* /run/guise, or the user's */
	/* of the cgroups that are made: "ID STATE-DIRECTORY" (run/start/leftover.h); NULL: they get no
	 * mark */
	const char *owner;
	/* undo: nobody recorded the first process, if there was one. It may be on its way out of its
	 * cgroups, since whoever made it was killed. */
	bool unseen;
	int faults; /* steps applied or undone so far: for fault injection: plan/fault.h */

	/* HOST */
	struct timing *timing; /* NULL: not measured */
	pid_t pid;             /* the first process, in guise's pid namespace; 0: none yet */
	int pidfd;
	int netns; /* a network namespace by descriptor, instead of the first process's; -1: none */
	struct netlink route; /* rtnetlink in guise's network namespace, opened on first use */
	/* nf_tables, if a rule was to be looked at. Who closes it last waits, if rules were made, for an
	 * RCU grace period (nft_rcv_nl_event() in the kernel): so not on the way to the command, and at
	 * the end run/engine/behind.h has it */
	struct netlink nft;
	struct live_network *networks; /* those that it has had to do with */
	int *held;                     /* sockets that hold the ports it publishes: run/engine/publish.h */
	size_t n_held;
	int namespace; /* the network namespace, locked (net/lease.h); -1: not locked */
	bool behind;   /* undo: take away what a network's containers shared, now: see plan/steps/net.c */

	bool blamed; /* the first process has said why it failed, or how it ended was told: nothing more is heard */
	int terminal;        /* the master of the command's terminal, once INIT has sent it */
	int hosts;           /* the container's /etc/hosts, once INIT has sent it */
	int tree;            /* the root file system, if it is used in place: locked, see run/engine/tree.h */
	const char *pidfile; /* run/start/pidfile.h; NULL: none */
	bool pidfile_written;

	uint64_t joined; /* both: CLONE_NEW* of the namespaces by path that the first process was born into */

	/* both: exec: pidfd of the container's first process */
	int target;

	/* both: a socketpair's two ends, one in each process */
	int sync;

	/* both: OCI: the socket that start connects to, listening, and the container's state, for hooks:
	 * what is before and behind its status and pid; these two, for a seccomp agent (pid 0: the first
	 * process) */
	int start;
	const char *state_head, *state_tail, *state_status;
	pid_t state_pid;

	struct str others; /* both: the lines of its hosts file that others' names are: net/names.h */

	int root; /* INIT: O_PATH of the container's root */
	int cwd; /* INIT, until the change of roots: O_PATH of where guise was when INIT was born, a bundle */

	/* INIT */
	int trees[TREES_MAX]; /* mounts from HOST, in the order of their STEP_TREE */
	unsigned n_trees;
	int proc;           /* the mount of its /proc: a fresh procfs that nothing hostile has touched */
	int dev;            /* the mount of its /dev */
	int files;          /* the tmpfs of STEP_FILES */
	int cover;          /* an empty read-only tmpfs, attached over the first masked directory */
	uint64_t limited;   /* bits of RLIMIT_* that the plan sets: the others are the caller's */
	unsigned passed_on; /* descriptors from 3 on that the command inherits */
	int orders;         /* both: memory for guise-init's, and what came of them: init_orders.h */
	const struct step_label *labels[2]; /* guise-init writes them */
	unsigned n_labels;
	/* the step that keeps CAP_SYS_ADMIN up to the filter; NULL: it does not */
	const struct step_caps *lender;
	int program;                       /* guise-init in a sealed memfd: see plan/steps/exec.c */
	const struct step_seccomp *filter; /* to be loaded by STEP_EXEC */
};

void live_init(struct live *live, const char *id, struct arena *a, int rundir);

/* The network with that directory: dir outlives live. Not opened by that. */
struct live_network *live_network(struct live *live, const char *dir);

/* Let go of all locks of networks, and of the networks themselves. */
void live_unlock_networks(struct live *live);
void live_close_networks(struct live *live);

/* Let go of the ports that are published. */
void live_release_ports(struct live *live);

/* In HOST, before the first process: close all but what live has, and the n of `own`. */
int live_keep(struct live *live, const int *own, size_t n, struct err *e);

/* Close what is open. The steps are not undone. */
void live_close(struct live *live);

/* In INIT: close all descriptors but 0, 1, 2, what the command inherits, and what INIT cannot do without:
 * what it speaks with HOST and start by, the process whose namespaces it enters, guise-init and its
 * orders, and for a label the procfs. Called when it is born, and again where it waits with none of its
 * steps left that would need another. */
int live_shed(struct live *live, struct err *e);
