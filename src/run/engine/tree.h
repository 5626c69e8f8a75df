/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "plan/plan.h"

/* A tree that is used in place (dir: without a layer) is locked, shared, until the container has ended:
 * live->tree. Steps for what mounts will have to make in it are put before all others of the plan, so that
 * they are undone last, when nothing is mounted any more. Where the tree can't be locked there are none,
 * and what is made stays. */
void tree_prepare(struct plan *p, struct live *live);
