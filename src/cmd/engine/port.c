/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"

/* How the container is reached without published ports. */
static const char *reached(struct arena *a, const struct control *k)
{
	const char *address = control_address(k);

	if (address)
		return arena_printf(a, "the machine reaches it by its address, %s", address);
	if (str_eq(k->rec.network, "host"))
		return "it has the machine's own network";
	if (str_eq(k->rec.network, "container"))
		return "it has the network of another container";
	return k->pid ? "it has no address that the machine reaches" : "it does not run";
}

static int port(struct call *call, const struct control *k, const char *wanted, struct err *e)
{
	if (wanted)
		return err_set(e, "not-published", ENOENT, "find port %s of container %s", wanted,
			       k->rec.name),
		       err_cause(e, "no port is published: guise has none yet"),
		       err_hint(e, "%s", reached(call->arena, k));
	/* beside what scripts read, which is nothing, as docker prints of one without ports */
	fprintf(stderr, "guise: container %s has no published ports; %s\n", k->rec.name,
		reached(call->arena, k));
	return 0;
}

static int port_run(struct call *call, struct err *e)
{
	struct strv words;
	struct control k;
	struct state st;
	int r = opt_parse(call, NULL, &words, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	if ((r = control_open(&k, &st, call->arena, words.v[0], e)) == 0)
		r = port(call, &k, words.n > 1 ? words.v[1] : NULL, e);
	control_close(&k);
	return r;
}

const struct command port_command = {
	.name = "port",
	.operands = "CONTAINER [PORT[/PROTOCOL]]",
	.summary = "list a container's published ports",
	.details =
		"There are none yet: nothing goes to standard output, and how the container is reached without them, to "
		"standard error.",
	.absent = absent_port,
	.min = 1,
	.max = 2,
	.hint = "@container",
	.run = port_run,
};
