/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/cgroup.h"
#include "spec/spec.h"

/*
 * Limits → the cgroup files to write, for whichever version holds each controller. Pure.
 *
 * A limit that cannot be had is an error which names the controller, where it is held and what to do;
 * nothing is ever left out in silence. The one exception is a default: swap is limited to the size of
 * memory as docker does, if the kernel accounts swap at all.
 */
struct limits_device {
	const char *path;
	unsigned major, minor;
};

struct limits_facts {
	const struct cgroup_layout *cg;	     /* probed with need = limits_need() */
	unsigned cpus;			     /* online */
	unsigned page_size;		     /* bytes */
	const struct limits_device *devices; /* each path of the throttles, looked up */
	size_t n_devices;
};

/* One write. `file` lies in the container's cgroup in the hierarchy that holds `controller`, or in its
 * home for CG_COUNT (the files cgroup.*). */
struct limit_write {
	enum cgroup_controller controller;
	const char *file, *value;
};

/* The least that --memory may be: below 256 KiB even a static program that does nothing is killed
 * before it runs, since the kernel charges page tables and stacks as well. */
#define LIMITS_MEMORY_MIN (256 * 1024)

/* The controllers (CG_BIT()s) that these limits need. Unknown --cgroup-conf keys are left to
 * limits_build(). */
unsigned limits_need(const struct spec_limits *l);

/* The writes in the order they must be made, in the arena. */
int limits_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		 struct limit_write **writes, size_t *n, struct err *e);

/* The same weight on v2's scales. cpu.weight: 1 to 10000, 100 being the default. io.weight likewise.
 * Exposed for `explain`, which reads the way back. */
uint64_t limits_cpu_weight(uint64_t shares);
uint64_t limits_io_weight(uint64_t blkio_weight);
