/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/filter.h>
#include <stdint.h>

/*
 * What guise-init has to do before it executes the command, and how far it came: memory that INIT makes (a
 * memfd), guise-init maps, and HOST reads when the socket between them has come to its end.
 *
 * Behind the filter nothing may be called but execve(2), since nothing else is sure to be allowed: not to
 * tell of a failure, not even to exit. So what has to be said is written to memory, which takes no system
 * call, and the end of file says when to look: execve closes the socket (O_CLOEXEC), and so does the death
 * of who could not execute.
 *
 * The struct is followed by the filter's instructions and the texts.
 */
enum init_stage {
	INIT_NONE,     /* guise-init itself has not begun, or could not */
	INIT_PREPARES, /* maps, marks, and with --init makes a child */
	INIT_LABELS,
	INIT_LOADS, /* the filter */
	INIT_EXECUTES,
};

enum { INIT_LABELS_MAX = 2 };

struct init_orders {
	/* what came of it */
	uint32_t stage; /* enum init_stage: begun */
	int32_t no;     /* and failed with that errno; 0: not yet, or never */

	/* what to do */
	int32_t sock; /* closed by the command's execution */
	int32_t proc; /* a procfs, for labels; -1 */

	/* labels of security modules: a file of that procfs, and what is written to it. Places from here
	 * on. */
	struct {
		uint32_t path, text, len;
	} labels[INIT_LABELS_MAX];
	uint32_t n_labels;

	/* CAP_SYS_ADMIN, which loads the filter, came over the execution of guise-init in the inheritable
	 * and ambient sets: what of that is taken back, and, from PID 1 of --init, which executes nothing,
	 * from all sets */
	uint32_t not_inheritable, not_ambient, not_permitted;

	uint32_t n_insns, filter_flags; /* 0: no filter */
	uint32_t ready;                 /* --init: PID 1 has loaded its filter, the command may begin */
	struct sock_filter insns[];
};
