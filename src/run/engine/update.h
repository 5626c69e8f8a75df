/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/engine/control.h"

/*
 * Change the limits of a container to what is given of l: of one that runs, now; of one that does not, for
 * its next run.
 *
 * It was started with the cgroups that its limits needed then. Where another is needed now, it is made: in
 * v2 the controller is enabled for its home; in v1 its processes are moved to a new cgroup of that
 * hierarchy, which counts from then on. Order: what is to be is recorded first, then cgroups are made,
 * limits written, and processes moved last. If any of it fails the limits are written back, what was made
 * is taken away, and the record is as it was. The words of the command are recorded as well: a new run of
 * the container is limited as the last one was.
 *
 * -ESRCH "not-running"; "no-cgroup" where it has none; or what spec/limits.h says of limits that cannot
 * be.
 */
int update_container(struct control *k, struct spec_limits *l, const struct strv *words, struct err *e);
