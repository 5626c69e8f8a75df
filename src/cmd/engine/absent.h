/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/* What docker and podman have and guise has not, with the nearest way: commands, and options of those that it has. A row
 * goes when the thing comes. */
extern const struct absent absent_commands[], absent_run[], absent_exec[], absent_ps[], absent_stop[],
	absent_rm[], absent_kill[], absent_wait[], absent_logs[], absent_inspect[], absent_prune[],
	absent_pause[], absent_cp[];
extern const struct absent absent_update[];
