/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/look.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "kernel/process/caller.h"
#include "kernel/process/helper.h"

/* Linked into guise only: in guise-look the commands of the same names are those that it is for. */

static int look_run(struct call *call, struct err *e)
{
	char path[HELPER_PATH_MAX];
	const char *program = helper_path(secure_getenv("GUISE_LOOK"), "guise-look", path);

	caller_return();
	execv(program, call->line);
	return err_set(e, "process", errno, "start %s", program),
	       err_hint_for(e, ENOENT, "it is installed with guise, or found by GUISE_LOOK");
}

/* clang-format off */
#define LOOK(name_, summary_) { .name = name_, .summary = summary_, .elsewhere = true, .run = look_run }
/* clang-format on */

const struct command explain_command = LOOK("explain", LOOK_EXPLAIN);
const struct command doctor_command = LOOK("doctor", LOOK_DOCTOR);
const struct command world_command = LOOK("world", LOOK_WORLD);
const struct command map_command = LOOK("map", LOOK_MAP);
const struct command trace_command = LOOK("trace", LOOK_TRACE);
const struct command lab_command = LOOK("lab", LOOK_LAB);
const struct command lab_list_command = LOOK("lab list", LOOK_LAB_LIST);
const struct command lab_start_command = LOOK("lab start", LOOK_LAB_START);
const struct command lab_shell_command = LOOK("lab shell", LOOK_LAB_SHELL);
const struct command lab_check_command = LOOK("lab check", LOOK_LAB_CHECK);
const struct command lab_hint_command = LOOK("lab hint", LOOK_LAB_HINT);
const struct command lab_reveal_command = LOOK("lab reveal", LOOK_LAB_REVEAL);
const struct command lab_status_command = LOOK("lab status", LOOK_LAB_STATUS);
const struct command lab_stop_command = LOOK("lab stop", LOOK_LAB_STOP);
