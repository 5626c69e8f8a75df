/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <stdio.h>

#include "cmd/engine/commands.h"

struct stop_options {
	unsigned time; /* UINT_MAX: the container's own */
};

static const struct opt stop_table[] = {
	{ "time", 't', "SECONDS", opt_unsigned, offsetof(struct stop_options, time),
	  "how long to wait before SIGKILL (the container's --stop-timeout)", .alias = "timeout" },
	{ 0 },
};

static int stop_one(struct call *call, struct control *k, const char *name, const void *options, struct err *e)
{
	const struct stop_options *o = options;
	int r = control_stop(k, o->time == UINT_MAX ? k->rec.stop_timeout : o->time, e);

	if (r == 0)
		puts(name);
	return r;
}

static int stop_run(struct call *call, struct err *e)
{
	struct stop_options o = { .time = UINT_MAX };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : command_each(call, &names, stop_one, &o, e);
}

const struct command stop_command = {
	.name = "stop",
	.operands = "CONTAINER...",
	.summary = "stop containers",
	.details = "The command gets its stop signal (SIGTERM unless --stop-signal said another), and SIGKILL if it "
		   "still runs after the timeout. Prints the names of those that have stopped.",
	.options = stop_table,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = stop_run,
};
