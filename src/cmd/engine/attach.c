/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "run/engine/attach.h"

static int set_keys(const struct opt_use *u, struct err *e)
{
	struct keys *keys = u->field;
	int n = keys_parse(u->value, keys->want, e);

	if (n >= 0)
		keys->n = (size_t)n;
	return n < 0 ? n : 0;
}

static int set_proxy(const struct opt_use *u, struct err *e)
{
	*(bool *)u->field = !u->on;
	return 0;
}

static const struct opt attach_table[] = {
	{ "detach-keys", 0, "KEYS", set_keys, offsetof(struct attach_spec, keys),
	  "what lets go of the container when it is typed: ctrl-p,ctrl-q, or \"\" for nothing" },
	{ "no-stdin", 0, NULL, opt_flag, offsetof(struct attach_spec, no_stdin), "pass on no input" },
	{ "sig-proxy", 0, NULL, set_proxy, offsetof(struct attach_spec, no_proxy),
	  "pass on signals to the container: so Ctrl-C is its (the default); --sig-proxy=false: it ends guise" },
	{ 0 },
};

static int attach_run(struct call *call, struct err *e)
{
	struct attach_spec x = { .keys = { .want = { 'P' - '@', 'Q' - '@' }, .n = 2 } };
	struct strv names;
	struct state st;
	int r = opt_parse(call, &x, &names, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	x.container = names.v[0];
	return attach_container(&st, call->arena, &x, &call->status, e);
}

const struct command attach_command = {
	.name = "attach",
	.operands = "CONTAINER",
	.summary = "take the place of a terminal before a detached container",
	.details =
		"What it prints from now on is printed, until it has ended: the exit status is then the container's. With "
		"--interactive at its start, what is typed is its input. Ctrl-P Ctrl-Q lets go of it; it runs on.",
	.options = attach_table,
	.absent = absent_attach,
	.min = 1,
	.max = 1,
	.hint = "@running",
	.run = attach_run,
};
