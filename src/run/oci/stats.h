/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "kernel/cgroup/cgroups.h"

/*
 * What a container uses, as one line of JSON in runc's layout (runc-events(8)), which engines parse:
 *
 *     {"type":"stats","id":"ID","data":{"cpu":{...},"cpuset":{...},"memory":{...},"pids":{...},"blkio":{...},
 *      "hugetlb":{...},"intel_rdt":{},"network_interfaces":null}}
 *
 * Times are nanoseconds, sizes bytes. As there, numbers that are 0 are mostly left out, and v2's counters
 * have the names and units of v1's. A file that cannot be read counts 0.
 */
void oci_stats(struct arena *a, const struct cgroups *g, const char *id, struct str *out);
