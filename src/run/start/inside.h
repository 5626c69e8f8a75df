/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"

/* Apply INIT's steps of a plan from outside, in the network namespace live->netns: of a container that runs already, or
 * of one that is not guise's. The caller is there and back within the call. Needs CAP_SYS_ADMIN over it. Code
 * "network-namespace". */
int inside_apply(const struct plan *p, struct live *live, struct err *e);
