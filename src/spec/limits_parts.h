/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "spec/limits.h"

/*
 * What the two readings of struct spec_limits share: limits_run.c is that of `guise run`, limits_oci.c that
 * of a config.json. Both add writes to one of these; after the first error nothing changes any more.
 */
struct limits_writer {
	struct arena *a;
	const struct spec_limits *l;
	const struct limits_facts *f;
	bool oci; /* messages name members of linux.resources, not options of run */
	/* From shares. Named by who builds, so that a program of which one is used does not load the other's libm. */
	uint64_t (*cpu_weight)(uint64_t shares);
	struct limit_write *writes;
	size_t n;
	struct err *e;
	int r;
};

[[gnu::format(printf, 4, 5)]] void limits_put(struct limits_writer *b, enum cgroup_controller c,
					      const char *file, const char *fmt, ...);

/* What the user knows a limit by: a member of linux.resources ("memory.swap") or, where that is an option of
 * run, its name. */
const char *limits_word(const struct limits_writer *b, const char *member);

/* The limit `option` has a value that cannot be. `option` may be a member, here and below: see
 * limits_word(). */
[[gnu::format(printf, 3, 4)]] void limits_bad(struct limits_writer *b, const char *option, const char *why,
					      ...);

bool limits_in_v2(const struct limits_writer *b, enum cgroup_controller c);

/* Can the limit `option` be had, that needs the controller c? If not, that is b's error. */
bool limits_may(struct limits_writer *b, enum cgroup_controller c, const char *option);

/* A list as "0-3,8" (cpuset(7)); have: those that can be had, NULL: let the kernel judge. */
void limits_put_cpuset(struct limits_writer *b, const char *option, const char *file, const char *list,
		       const char *have);

/* limits_io.c. The throttles' options are of read bps, write bps, read iops, write iops. */
void limits_put_io_weight(struct limits_writer *b, const char *option);
void limits_put_io_devices(struct limits_writer *b, const char *option, const char *leaf_option);
void limits_put_throttles(struct limits_writer *b, const char *const options[4]);

/* limits_conf.c. The controller of a file of v2: its name, a dot, the rest. CG_COUNT: a file of the core,
 * "cgroup.". -1: neither. */
int limits_conf_controller(const char *key);
void limits_put_conf(struct limits_writer *b);
