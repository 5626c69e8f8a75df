/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "spec/spec.h"

/* The options of limits, which run and update have in common: what reads each value into a struct
 * spec_limits, as docker means it. */
enum { LIMIT_CPU_PERIOD = 100000 }; /* microseconds: what --cpus is counted in */

/* The field is the member; 0 is "not given". */
opt_setter limit_size;         /* int64_t: bytes */
opt_setter limit_size_or_none; /* the same, or -1: LIMIT_UNLIMITED */
opt_setter limit_pids, limit_cpu_quota;
opt_setter limit_cpu_shares, limit_cpu_period; /* uint64_t */
opt_setter limit_blkio_weight;                 /* unsigned */
opt_setter limit_cpu_list;                     /* const char * */

/* The field is an int64_t beside the limits: a quota in LIMIT_CPU_PERIOD, for limit_options_cpus(). */
opt_setter limit_cpus;

/* The field is the struct spec_limits itself. */
opt_setter limit_read_bps, limit_write_bps, limit_read_iops, limit_write_iops, limit_cgroup_conf;

/* When all are read: --cpus, or 0, into the limits. Fails beside a quota or a period:
 * "conflicting-options". */
int limit_options_cpus(struct spec_limits *l, int64_t cpus, struct err *e);
