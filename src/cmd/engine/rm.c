/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"

struct rm_options {
	bool force, volumes;
};

static const struct opt rm_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct rm_options, force), "kill those that run" },
	{ "volumes", 'v', NULL, opt_flag, offsetof(struct rm_options, volumes),
	  "also its anonymous volumes; what has a name, or is bound, stays" },
	{ 0 },
};

/* All of them first, so that they end at the same time. */
static int kill_one(struct call *call, struct control *k, const char *name, const void *options,
		    struct err *e)
{
	const struct rm_options *o = options;

	if (o->force && k->pid)
		control_signal(k, SIGKILL, &(struct err){ 0 });
	return 0;
}

static int rm_one(struct call *call, struct control *k, const char *name, const void *options, struct err *e)
{
	const struct rm_options *o = options;
	int r;

	/* with --rm they go in any case */
	k->c.keep_volumes = !o->volumes && !k->rec.remove;
	r = control_remove(k, o->force, e);

	if (r == 0)
		puts(name);
	return r;
}

static void rm(const struct together *t, const void *options)
{
	command_with(t, kill_one, options);
	command_with(t, rm_one, options);
}

static int rm_run(struct call *call, struct err *e)
{
	struct rm_options o = { 0 };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : command_together(call, &names, control_open_any, rm, &o, e);
}

const struct command rm_command = {
	.name = "rm",
	.operands = "CONTAINER...",
	.summary = "remove containers",
	.details =
		"Undoes whatever is left of a container in the kernel, and removes its record, its log and its layer. Of one whose record "
		"cannot be read --force removes what is found by its id: its processes, cgroups and addresses.",
	.options = rm_table,
	.absent = absent_rm,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = rm_run,
};
