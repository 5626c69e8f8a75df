/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "plan/step.h"

/* Is lo up in the container's network namespace? For the checks of the steps that set it up. */
enum finding loopback_look(struct live *live, struct str *text);
