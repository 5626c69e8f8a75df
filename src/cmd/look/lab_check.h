/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "spec/lab.h"

/* What the kernel says of the goals of an exercise. */
struct lab_verdict {
	const char **missing; /* of each goal: what is missing, or NULL */
	size_t n_missing;
};

/* Judge them inside the machine whose first process is pidfd (-1: this one), by a process in all of its namespaces.
 * outside: descriptor of the outside's network namespace, or -1. */
int lab_check(struct arena *a, const struct lab *l, int pidfd, int outside, struct lab_verdict *v,
	      struct err *e);
