/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* STEP_SCHEDULER */
struct step_scheduler {
	uint64_t policy, priority, flags; /* SCHED_*, SCHED_FLAG_* */
	int64_t nice;
	uint64_t runtime, deadline, period; /* nanoseconds */
};

/* STEP_IO_PRIORITY */
struct step_io_priority {
	int64_t class, level; /* IOPRIO_CLASS_* */
};

/* STEP_MEMORY_POLICY */
struct step_memory_policy {
	int64_t mode, flags; /* MPOL_*, MPOL_F_* */
	const char *nodes;
};

/* STEP_PERSONALITY */
struct step_personality {
	uint64_t persona; /* PER_* */
};
