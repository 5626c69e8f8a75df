/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/cgroup/cgroup.h"
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

/* What the container's cgroup has now, for an update: UNSET where not known, UNLIMITED for no limit. */
struct limits_now {
	int64_t memory;      /* bytes */
	int64_t memory_swap; /* v1: bytes of memory and swap together */
	int64_t memory_used; /* bytes */
	int64_t cpu_quota, cpu_burst;
	uint64_t cpu_period, cpu_rt_period; /* 0: not known */
};

struct limits_facts {
	const struct cgroup_layout *cg;      /* probed with need = limits_need() */
	unsigned cpus;                       /* online */
	unsigned page_size;                  /* bytes */
	const struct limits_device *devices; /* each path of the throttles, looked up */
	size_t n_devices;
	const struct limits_now *now; /* NULL: the cgroup is new */
};

/* One write. `file` lies in the container's cgroup in the hierarchy that holds `controller`, or in its
 * home for CG_COUNT (the files cgroup.*). */
struct limit_write {
	enum cgroup_controller controller;
	const char *file, *value;
	bool optional; /* where there is no such file, what it says holds anyway */
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

/* The same of a config.json (config-linux.md, "Control groups"), as runc reads it: 0 is "not given" and -1
 * "no limit", which is written. A limit is an error if the kernel, or its version of cgroups, has no file for
 * it. */
unsigned limits_oci_need(const struct spec_limits *l);
int limits_oci_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		     struct limit_write **writes, size_t *n, struct err *e);

/* The changes of a running container of `guise run`. They are read as those of a config.json: only there "no
 * limit" is written, and limits that bound each other are ordered by what there is now. But weights are
 * converted, and limits refused, as `run` does. The need is limits_oci_need(). */
int limits_update_build(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
			struct limit_write **writes, size_t *n, struct err *e);

/* Shares on v2's scale as runc (1.3.2) and crun (1.23) convert them, so that 2, 1024 and 262144 are 1, 100
 * and 10000: 10^((l^2 + 125 l) / 612 - 7/34) with l = log2(shares), rounded up. */
uint64_t limits_oci_cpu_weight(uint64_t shares);

/* The same weight on v2's scales. cpu.weight: 1 to 10000, 100 being the default. io.weight likewise.
 * Exposed for `explain`, which reads the way back. */
uint64_t limits_cpu_weight(uint64_t shares);
uint64_t limits_io_weight(uint64_t blkio_weight);
