/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * Which device nodes a cgroup's processes may make (mknod) and open. In v2 a small BPF program decides
 * (BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15), in v1 the files devices.allow and devices.deny.
 *
 * A list of rules is read as v1 reads its files, top to bottom: each of the accesses asked for is
 * decided by the LAST rule that names it, and refused where none does. (An open for reading and writing
 * under "allow r", "allow w" is allowed; so is reading after "allow rw", "deny w".)
 */
enum dev_access { DEV_MKNOD = 1, DEV_READ = 2, DEV_WRITE = 4, DEV_RWM = 7 }; /* = BPF_DEVCG_ACC_* */

struct dev_rule {
	char type; /* 'c', 'b', or 'a' for both */
	bool allow;
	uint8_t access;       /* DEV_* */
	int64_t major, minor; /* -1: any */
};

/* Docker's default: all is refused, except to make any node (not to open it), and to use null, zero, full,
 * random, urandom, tty, console, ptmx and the pts. */
extern const struct dev_rule dev_default[];
extern const size_t dev_default_count;

/* "c 1:3 rwm", as v1's files take it and `show` prints it. */
const char *dev_rule_str(struct arena *a, const struct dev_rule *r);

/* The way back, "*" for any; allow is not touched. 0 or -EINVAL. */
int dev_rule_parse(const char *text, struct dev_rule *r);

/* Load the program for the rules and attach it to the cgroup v2 directory; it goes with the cgroup. Programs
 * of the cgroups above stay in force (BPF_F_ALLOW_MULTI): all must allow. The arena holds the program while
 * it is loaded. -EPERM without CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN in their stead. */
int devfilter_attach(struct arena *a, int cgroup_fd, const struct dev_rule *rules, size_t n, struct err *e);

/* Is the program for the rules attached to this cgroup itself? 0: yes, or the rules allow everything and need
 * none; -ENOENT: none is attached; -ESTALE: another one is. It loads the program anew, to see what the kernel
 * makes of it: -EPERM without the privilege for that. */
int devfilter_check(struct arena *a, int cgroup_fd, const struct dev_rule *rules, size_t n, struct err *e);

/* v1: write the rules to dir, a cgroup of the devices hierarchy. */
int devfilter_write_v1(struct arena *a, const char *dir, const struct dev_rule *rules, size_t n,
		       struct err *e);

/* v1: does the text of devices.list match the rules? */
bool devfilter_same_v1(struct arena *a, const char *list, const struct dev_rule *rules, size_t n);
