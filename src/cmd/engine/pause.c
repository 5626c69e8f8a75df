/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pause and unpause */
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"

static int pause_one(struct call *call, struct control *k, const char *name, const void *pause, struct err *e)
{
	int r = control_pause(k, *(const bool *)pause, e);

	if (r == 0)
		puts(name);
	return r;
}

static int freeze(struct call *call, bool pause, struct err *e)
{
	struct strv names;
	int r = opt_parse(call, NULL, &names, e);

	return r ? r : command_each(call, &names, pause_one, &pause, e);
}

static int pause_run(struct call *call, struct err *e)
{
	return freeze(call, true, e);
}

static int unpause_run(struct call *call, struct err *e)
{
	return freeze(call, false, e);
}

const struct command pause_command = {
	.name = "pause",
	.operands = "CONTAINER...",
	.summary = "freeze all processes of containers",
	.details =
		"By the freezer of their cgroup: the processes see nothing of it, and what is sent to them waits. One that "
		"is paused can be stopped, killed and removed like any other, but no command be executed in it.",
	.absent = absent_pause,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@running",
	.run = pause_run,
};

const struct command unpause_command = {
	.name = "unpause",
	.operands = "CONTAINER...",
	.summary = "let paused containers go on",
	.absent = absent_pause,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@running",
	.run = unpause_run,
};
