/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/* What docker and podman have and guise has not, with the nearest way: commands, and options of those that
 * it has. A row goes when the thing comes. */
extern const struct absent absent_commands[];
extern const struct absent absent_run[];
extern const struct absent absent_exec[];
extern const struct absent absent_ps[];
extern const struct absent absent_stop[];
extern const struct absent absent_rm[];
extern const struct absent absent_kill[];
extern const struct absent absent_wait[];
extern const struct absent absent_logs[];
extern const struct absent absent_inspect[];
extern const struct absent absent_prune[];
extern const struct absent absent_pause[];
extern const struct absent absent_cp[];
extern const struct absent absent_attach[];
extern const struct absent absent_update[];
extern const struct absent absent_export[];
extern const struct absent absent_events[];
extern const struct absent absent_diff[];
extern const struct absent absent_connect[];
extern const struct absent absent_top[];
extern const struct absent absent_stats[];
extern const struct absent absent_port[];
extern const struct absent absent_commands[], absent_run[], absent_exec[], absent_ps[], absent_stop[],
	absent_rm[], absent_kill[], absent_wait[], absent_logs[], absent_inspect[], absent_prune[],
	absent_pause[], absent_cp[];
extern const struct absent absent_update[], absent_start[], absent_restart[], absent_rename[];
