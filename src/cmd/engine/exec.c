/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/env_options.h"
#include "run/engine/exec.h"
#include "spec/name.h"
#include "spec/user.h"

extern char **environ;

struct exec_options {
	struct exec_spec spec;
	struct strv env, env_files;
};

static int set_user(const struct opt_use *u, struct err *e)
{
	int r = user_check(u->value, e);

	return r < 0 ? r : opt_string(u, e);
}

static int set_workdir(const struct opt_use *u, struct err *e)
{
	const char *path = name_path(u->call->arena, u->value);

	if (!path)
		return err_set(e, "bad-workdir", EINVAL, "'%s'", u->value),
		       err_cause(e, "not an absolute path without '..'"),
		       err_hint(e, "give the full path inside the container");
	*(const char **)u->field = path;
	return 0;
}

#define AT(member) offsetof(struct exec_options, member)

/* clang-format off */
static const struct opt exec_table[] = {
	{ "detach", 'd', NULL, opt_flag, AT(spec.detach), "run in the background; its output goes nowhere" },
	{ "interactive", 'i', NULL, opt_flag, AT(spec.interactive), "pass on standard input" },
	{ "tty", 't', NULL, opt_flag, AT(spec.tty), "give the command a terminal" },
	{ "env", 'e', "NAME[=VALUE]", opt_list, AT(env), "an environment variable; NAME alone: guise's own", .many = true },
	{ "env-file", 0, "FILE", opt_list, AT(env_files), "a file of NAME=VALUE lines", "@file", .many = true },
	{ "user", 'u', "USER[:GROUP]", set_user, AT(spec.user), "the user (the container's)" },
	{ "workdir", 'w', "DIR", set_workdir, AT(spec.workdir), "the working directory (the container's)" },
	{ "privileged", 0, NULL, opt_flag, AT(spec.privileged), "all capabilities, no system call filter" },
	{ 0 },
};
/* clang-format on */

static int exec_run(struct call *call, struct err *e)
{
	struct exec_options o = { 0 };
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r != 0)
		return r;
	if (o.spec.detach && o.spec.tty)
		return err_set(e, "conflicting-options", EINVAL, "--detach and --tty"),
		       err_cause(e, "nobody would read the terminal"), err_hint(e, "leave one of them out");
	o.spec.container = words.v[0];
	o.spec.argv = (struct strv){ .v = words.v + 1, .n = words.n - 1 };
	/* what may be a pipe is read when guise need not begin anew */
	if ((r = command_state(call, &st, e)) < 0 ||
	    (o.env_files.n && (r = exec_protect(&st, call->arena, o.spec.container, e)) < 0) ||
	    (r = env_options(call->arena, &o.spec.env, &o.env_files, &o.env, environ, e)) < 0)
		return r;
	return exec_container(&st, call->arena, &o.spec, &call->status, e);
}

const struct command exec_command = {
	.name = "exec",
	.operands = "CONTAINER COMMAND [ARG...]",
	.summary = "run one more command in a container that runs",
	.details =
		"The command enters every namespace of the container and its cgroups, with the container's "
		"environment, user, limits, capabilities and system call filter unless the options say "
		"otherwise.\n\n"
		"The exit status is the command's, 128 and the number of the signal that ended it, 127 if it was "
		"not found, 126 if it could not be executed, and 125 if guise failed.",
	.options = exec_table,
	.absent = absent_exec,
	.min = 2,
	.max = COMMAND_ANY,
	.options_first = true,
	.hint = "@running",
	.run = exec_run,
};
