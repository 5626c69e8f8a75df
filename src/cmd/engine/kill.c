/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "kernel/process/signal.h"

struct kill_options {
	int signal;
};

static int set_signal(const struct opt_use *u, struct err *e)
{
	int sig = signal_from_name(u->value);

	if (sig < 0)
		return err_set(e, "bad-signal", EINVAL, "'%s'", u->value),
		       err_cause(e, "no signal has that name"),
		       err_hint(e, "write for example HUP, SIGUSR1 or 15");
	*(int *)u->field = sig;
	return 0;
}

static const struct opt kill_table[] = {
	{ "signal", 's', "SIGNAL", set_signal, offsetof(struct kill_options, signal), "which signal (KILL)",
	  "HUP INT KILL QUIT TERM USR1 USR2" },
	{ 0 },
};

static int kill_one(struct call *call, struct control *k, const char *name, const void *options,
		    struct err *e)
{
	const struct kill_options *o = options;
	int r = control_signal(k, o->signal, e);

	if (r == 0)
		puts(name);
	return r;
}

static int kill_run(struct call *call, struct err *e)
{
	struct kill_options o = { .signal = SIGKILL };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : command_each(call, &names, kill_one, &o, e);
}

const struct command kill_command = {
	.name = "kill",
	.operands = "CONTAINER...",
	.summary = "send a signal to containers",
	.details = "The signal goes to the container's first process; of a container that is just being created, "
		   "when that executes the command. Does not wait for its end.",
	.options = kill_table,
	.absent = absent_kill,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@running",
	.run = kill_run,
};
