/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/program.h"

#include <errno.h>
#include <stdio.h>

#include "kernel/process/caller.h"

static int print_overview(const struct call *call)
{
	struct str out = { .arena = call->arena };

	opt_overview(&out, call->program, call->program->commands);
	fputs(out.p, stdout);
	return 0;
}

static int print_help(const struct call *call)
{
	struct str out = { .arena = call->arena };

	opt_help(&out, call->program, call->command);
	fputs(out.p, stdout);
	return 0;
}

static int dispatch(const struct program *p, struct call *call, struct err *e)
{
	struct strv words;
	int r = opt_parse(call, p->options, &words, e);

	if (r < 0)
		return r;
	if (*p->version)
		return fputs(p->is_version, stdout), 0;
	if (r == OPT_HELP || words.n == 0)
		return print_overview(call);
	call->argv = (char **)words.v;
	call->command = command_find(document_commands, &call->argv);
	if (!call->command)
		call->command = command_find(call->program->commands, &call->argv);
	if (!call->command)
		return command_unknown(call->program, *call->argv, e);
	if (p->before)
		p->before(call);
	r = call->command->run(call, e);
	return r == OPT_HELP ? print_help(call) : r;
}

/* Commands print with stdio and do not look for errors: this does, once. -errno "output": not all of it was
 * written, for a disk is full, say. Else 0. */
static int output_end(struct err *e)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (errno)
		return err_set(e, "output", errno, "print to standard output");
	/* an earlier write failed, and nobody kept its errno */
	return err_set(e, "output", EIO, "print to standard output"),
	       err_cause(e, "not all of it could be written");
}

int program_main(const struct program *p, struct call *call, char **argv)
{
	struct err e = { 0 };

	call->command = call->program;
	call->line = argv;
	call->argv = argv + (argv[0] != NULL);
	caller_forget();
	if (dispatch(p, call, &e) < 0)
		p->report(call, &e);
	if (output_end(&e) < 0)
		p->report(call, &e);
	return call->status;
}
