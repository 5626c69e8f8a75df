/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/absent.h"
#include "cmd/engine/again.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/image_options.h"

extern char **environ;

static int not_for_create(const char *option, const char *hint, struct err *e)
{
	return err_set(e, "unknown-option", EINVAL, "--%s", option), err_cause(e, "create starts nothing"),
	       err_hint(e, "%s", hint);
}

static int create_run(struct call *call, struct err *e)
{
	struct run_options *o = arena_new(call->arena, struct run_options);
	struct state st;
	int r = run_options_parse(call, o, e);

	if (r != 0)
		return r;
	if (o->spec.detach)
		return not_for_create("detach",
				      "leave it out: guise start does not wait, unless --attach is given", e);
	if (o->dry_run)
		return not_for_create("dry-run", "guise run --dry-run shows what start would do", e);
	autoclose int image = -1;
	if ((r = command_state(call, &st, e)) < 0 ||
	    (r = image_options(&st, call->arena, o, NULL, &image, e)) < 0 ||
	    (r = run_options_env(call->arena, o, environ, e)) < 0 || (r = again_replace(call, &st, o, e)) < 0)
		return r;
	return run_create(&st, call->arena, again_wish(call, &o->spec, &image), e);
}

const struct command create_command = {
	.name = "create",
	.operands = "ROOTFS [COMMAND [ARG...]]",
	.summary = "make a container, to be started later",
	.details =
		"The same as run, but for its last part: nothing runs, and only what is asked for is recorded. Prints the id. "
		"Files of --env-file and the environment are read now, directories and devices are looked for now and at each "
		"start.",
	.options = run_option_table,
	.absent = absent_run,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
	.hint = "host: dir:",
	.run = create_run,
};
