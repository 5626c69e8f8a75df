/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct plan;

/* STEP_RDT_GROUP */
struct step_rdt_group {
	const char *mount, *path;
	const char *schemata; /* lines to be written; NULL: none */
	const char *same;     /* lines that it must have already; NULL: none */
	const char *monitor;  /* a monitoring group to be made; NULL: none */
	bool make, own;       /* own: removed with the container */
};

/* STEP_RDT_JOIN */
struct step_rdt_join {
	const char *path;
};

/* The plan's class of cache and memory bandwidth; NULL: it has none. */
const struct step_rdt_group *plan_rdt_group(const struct plan *p);
