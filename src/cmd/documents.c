/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Commands that every program has: what its tables say, as help, as its man page and as its completion. */
#include <errno.h>
#include <stdio.h>

#include "cmd/opt.h"

/* The first of the program's commands whose table is in another program, which then knows all; NULL: none is. */
static const struct command *elsewhere(const struct command *program)
{
	for (const struct command *const *c = program->commands; *c; c++)
		if ((*c)->elsewhere)
			return *c;
	return NULL;
}

static int man_run(struct call *call, struct err *e)
{
	const struct command *other = elsewhere(call->program);
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	if (other)
		return other->run(call, e);
	opt_man(&out, call->program, call->program);
	for (const struct command *const *c = call->program->commands; *c; c++)
		opt_man(&out, call->program, *c);
	fputs(out.p, stdout);
	return 0;
}

static const struct command man_command = {
	.name = "man",
	.summary = "print the commands and their options for the man page, in mdoc(7)",
	.run = man_run,
};

static int completion_run(struct call *call, struct err *e)
{
	const struct command *other = elsewhere(call->program);
	struct str out = { .arena = call->arena };
	struct strv words;
	int r = opt_parse(call, NULL, &words, e);

	if (r)
		return r;
	if (words.n && !str_eq(words.v[0], "bash"))
		return err_set(e, "bad-shell", EINVAL, "print the completion for '%s'", words.v[0]),
		       err_cause(e, "there is one for bash only");
	if (other)
		return other->run(call, e);
	opt_complete(&out, call->program, call->program->commands);
	fputs(out.p, stdout);
	return 0;
}

const struct command completion_command = {
	.name = "completion",
	.operands = "[bash]",
	.summary = "print the completion for bash",
	.details = "It is installed with the program, for bash-completion; bash's source reads it, too.",
	.max = 1,
	.hint = "bash",
	.run = completion_run,
};

static int help_run(struct call *call, struct err *e)
{
	struct str out = { .arena = call->arena };
	const struct command *c = NULL;
	struct strv words;
	char **argv;
	int r = opt_parse(call, NULL, &words, e);

	if (r)
		return r;
	argv = (char **)words.v;
	if (words.n && !(c = command_find(call->program->commands, &argv)))
		return command_unknown(call->program, *argv, e);
	if (c && c->elsewhere)
		return c->run(call, e);
	if (c)
		opt_help(&out, call->program, c);
	else
		opt_overview(&out, call->program, call->program->commands);
	fputs(out.p, stdout);
	return 0;
}

const struct command help_command = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "print what commands there are, or all about one",
	.max = COMMAND_ANY,
	.hint = "@command",
	.run = help_run,
};

/* runc's letter for help */
static const struct command h_command = {
	.name = "h",
	.operands = "[COMMAND]",
	.summary = "the same as help",
	.max = COMMAND_ANY,
	.run = help_run,
};

const struct command *const document_commands[] = { &man_command, &h_command, NULL };
