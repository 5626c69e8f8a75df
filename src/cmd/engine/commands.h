/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "run/state.h"

/* The commands of guise, one file each. */
extern const struct command run_command, ps_command, inspect_command, exec_command, stop_command, kill_command,
	wait_command, rm_command, logs_command, explain_command, prune_command, completion_command, man_command;

/* All of them, NULL at the end: in main.c. */
extern const struct command *const guise_commands[];
extern const struct command guise_program;

/* The state directory (--root), opened and reconciled with the kernel: what every command works on. */
int command_state(struct call *call, struct state *st, struct err *e);
