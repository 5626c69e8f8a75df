/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"

static int wait_one(struct call *call, struct control *k, const char *name, const void *options,
		    struct err *e)
{
	int code, r;

	fflush(stdout);
	r = control_await(k, -1, &code, e);
	if (r < 0 && r != -ENOENT)
		return r;
	if (code < 0) {
		err_set(e, "exit-unknown", ENODATA, "wait for container %s", name);
		if (r == -ENOENT)
			return err_cause(e, "it has ended, and its record was removed with it (--rm)"),
			       err_hint(e, "ask before it ends, or leave out --rm");
		return err_cause(e,
				 "it has ended, but nobody knows its exit code: its guise was killed before");
	}
	printf("%d\n", code);
	return 0;
}

/* Of one that ends while we wait for another, and is removed then. */
static int ask_one(struct call *call, struct control *k, const char *name, const void *options, struct err *e)
{
	control_ask(k);
	return 0;
}

static void wait_all(const struct together *t, const void *options)
{
	command_with(t, ask_one, options);
	command_with(t, wait_one, options);
}

static int wait_run(struct call *call, struct err *e)
{
	struct strv names;
	int r = opt_parse(call, NULL, &names, e);

	return r ? r : command_together(call, &names, control_open, wait_all, NULL, e);
}

const struct command wait_command = {
	.name = "wait",
	.operands = "CONTAINER...",
	.summary = "wait until containers have ended, and print their exit codes",
	.absent = absent_wait,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@running",
	.run = wait_run,
};
