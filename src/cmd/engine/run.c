/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/absent.h"
#include "cmd/engine/again.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/image_options.h"
#include "cmd/engine/run_options.h"
#include "run/engine/run.h"
#include "run/start/protect.h"

extern char **environ;

static int run_run(struct call *call, struct err *e)
{
	struct run_options *o = arena_new(call->arena, struct run_options);
	struct str script = { .arena = call->arena };
	struct state st;
	int r = run_options_parse(call, o, e);

	if (r == 0 && !o->dry_run)
		r = protect_run(call->arena, &o->spec, e);
	autoclose int image = -1;
	if (r != 0 || (r = command_state(call, &st, e)) < 0 ||
	    (r = image_options(&st, call->arena, o, NULL, &image, e)) < 0 ||
	    (r = run_options_env(call->arena, o, environ, e)) < 0)
		return r;
	if (!o->dry_run && (r = again_replace(call, &st, o, e)) < 0)
		return r;
	if (!o->dry_run)
		return run_container(&st, call->arena, again_wish(call, &o->spec, &image), &call->status, e);
	r = run_print(&st, call->arena, &o->spec, str_eq(call->format, "json"), &script, e);
	if (r == 0)
		fputs(str_get(&script), stdout);
	return r;
}

const struct command run_command = {
	.name = "run",
	.operands = "ROOTFS [COMMAND [ARG...]]",
	.summary = "run a command in a new container",
	.details =
		"ROOTFS is an image that was pulled or loaded, host: (the machine's own root) or dir:PATH (a directory, in place, or "
		"with --overlay not), below a layer of the container's own. With --rm the layer is in memory, else it stays until "
		"the container is removed, and guise start goes on with it. COMMAND is sh "
		"unless given.\n\n"
		"The exit status is the command's, 128 and the number of the signal that ended it, 127 if it was "
		"not found, 126 if it could not be executed, and 125 if guise failed.\n\n"
		"What --dry-run prints can be run, again and again: it makes an equal container, ends with it and takes "
		"away what it made. With --format json it is the steps, as explain has them.",
	.options = run_option_table,
	.absent = absent_run,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
	.hint = "host: dir:",
	.run = run_run,
};
