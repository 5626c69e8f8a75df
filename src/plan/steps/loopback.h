/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/step.h"
#include "plan/target.h"

/* Is lo up in the container's network namespace? For read of the steps that set it up: enum reading. */
int loopback_look(struct target *t, struct str *text);
