/* SPDX-License-Identifier: GPL-2.0-or-later */

/* start, and restart: containers that have ended, or were created, run again. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/again.h"
#include "cmd/engine/commands.h"
#include "run/engine/attach.h"
#include "run/start/protect.h"

struct start_options {
	bool attach, interactive;
	unsigned time; /* restart; UINT_MAX: the container's own */
};

static const struct opt start_table[] = {
	{ "attach", 'a', NULL, opt_flag, offsetof(struct start_options, attach),
	  "stay in the foreground: print what it prints, and end as it does" },
	{ "interactive", 'i', NULL, opt_flag, offsetof(struct start_options, interactive),
	  "the same, with standard input, if it was made with --interactive" },
	{ 0 },
};

static int start_claimed(struct call *call, struct control *k, const struct start_options *o, struct err *e)
{
	struct run_options *again = arena_new(call->arena, struct run_options);
	bool attach = o->attach || o->interactive;
	int r = again_spec(call, k, again, e);

	if (r == 0)
		r = protect_run(call->arena, &again->spec, e);
	if (r < 0)
		return r;
	again->spec.detach = !attach;
	if (attach)
		again->spec.interactive = again->spec.interactive && o->interactive;
	return run_again(k, &again->spec, &call->status, e);
}

/* One that runs is left as it is: to stay with it, it is attached to. */
static int stay_with(struct call *call, struct control *k, const struct start_options *o, struct err *e)
{
	struct attach_spec x = { .container = k->c.id,
				 .no_stdin = !o->interactive,
				 .keys = { .want = { 'P' - '@', 'Q' - '@' }, .n = 2 } };

	return o->attach || o->interactive ? attach_container(k->st, call->arena, &x, &call->status, e) : 0;
}

static int start_one(struct call *call, struct control *k, const char *name, const void *options,
		     struct err *e)
{
	const struct start_options *o = options;
	int r = control_claim(k, e);

	if (r < 0)
		return r;
	r = k->pid || k->status == CONTAINER_CREATING ? stay_with(call, k, o, e) :
							start_claimed(call, k, o, e);
	if (r == 0 && !o->attach && !o->interactive)
		puts(name);
	/* the next one's fork shall not print it again */
	fflush(stdout);
	return r;
}

static int start_run(struct call *call, struct err *e)
{
	struct start_options o = { 0 };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	if (r)
		return r;
	if ((o.attach || o.interactive) && names.n > 1)
		return err_set(e, "conflicting-options", EINVAL, "start %zu containers in the foreground",
			       names.n),
		       err_cause(e, "there is one terminal"), err_hint(e, "start one, or leave out --attach");
	return command_each(call, &names, start_one, &o, e);
}

const struct command start_command = {
	.name = "start",
	.operands = "CONTAINER...",
	.summary = "start containers that have ended, or were created",
	.details =
		"Again with the same options, name, id and layer: what was written to its root is there. It runs detached, however "
		"it was run before, and its log goes on; with --attach in the foreground, whose output no log has, and the exit "
		"status is then that of run. One that runs is left as it is, and attached to.",
	.options = start_table,
	.absent = absent_start,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = start_run,
};

/* ---- restart ---- */

static const struct opt restart_table[] = {
	{ "time", 't', "SECONDS", opt_unsigned, offsetof(struct start_options, time),
	  "how long to wait before SIGKILL (the container's --stop-timeout)", .alias = "timeout" },
	{ 0 },
};

static int stop_begin(struct call *call, struct control *k, const char *name, const void *options,
		      struct err *e)
{
	const struct start_options *o = options;

	return control_stop_begin(k, o->time == UINT_MAX ? k->rec.stop_timeout : o->time, e);
}

static int stop_end(struct call *call, struct control *k, const char *name, const void *options,
		    struct err *e)
{
	return control_stop_end(k, e);
}

static void restart(const struct together *t, const void *options)
{
	command_with(t, stop_begin, options);
	control_stop_wait(t->k, t->names->n);
	command_with(t, stop_end, options);
	command_with(t, start_one, options);
}

static int restart_run(struct call *call, struct err *e)
{
	struct start_options o = { .time = UINT_MAX };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : command_together(call, &names, control_open, restart, &o, e);
}

const struct command restart_command = {
	.name = "restart",
	.operands = "CONTAINER...",
	.summary = "stop containers, and start them again",
	.details = "As stop and start do it, one behind the other; those that do not run are started.",
	.options = restart_table,
	.absent = absent_restart,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = restart_run,
};
