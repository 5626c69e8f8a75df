/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"

struct stop_options {
	unsigned time; /* UINT_MAX: the container's own */
};

static const struct opt stop_table[] = {
	{ "time", 't', "SECONDS", opt_unsigned, offsetof(struct stop_options, time),
	  "how long to wait before SIGKILL (the container's --stop-timeout)", .alias = "timeout" },
	{ 0 },
};

static int begin(struct call *call, struct control *k, const char *name, const void *options, struct err *e)
{
	const struct stop_options *o = options;

	return control_stop_begin(k, o->time == UINT_MAX ? k->rec.stop_timeout : o->time, e);
}

static int end(struct call *call, struct control *k, const char *name, const void *options, struct err *e)
{
	int r = control_stop_end(k, e);

	if (r == 0)
		puts(name);
	return r;
}

static void stop(const struct together *t, const void *options)
{
	command_with(t, begin, options);
	control_stop_wait(t->k, t->names->n);
	command_with(t, end, options);
}

static int stop_run(struct call *call, struct err *e)
{
	struct stop_options o = { .time = UINT_MAX };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : command_together(call, &names, control_open, stop, &o, e);
}

const struct command stop_command = {
	.name = "stop",
	.operands = "CONTAINER...",
	.summary = "stop containers",
	.details =
		"The command gets its stop signal (SIGTERM unless --stop-signal said another), and SIGKILL if it "
		"still runs after the timeout. Several are stopped at the same time. Prints the names of those that have stopped.",
	.options = stop_table,
	.absent = absent_stop,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@running",
	.run = stop_run,
};
