/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/ports.h"

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

struct listing {
	const char *wanted; /* "80/tcp"; NULL: all */
	size_t found;
	bool ipv6; /* some are at all addresses of IPv6 */
};

static void list(const char *inside, const char *outside, void *arg)
{
	struct listing *l = arg;

	if (l->wanted && !str_eq(l->wanted, inside))
		return;
	l->found++;
	l->ipv6 |= str_after(outside, "[::]:") != NULL;
	if (l->wanted)
		puts(outside);
	else
		printf("%s -> %s\n", inside, outside);
}

/* Beside what scripts read. */
static int port(struct call *call, const struct control *k, const char *wanted, struct err *e)
{
	struct arena *a = call->arena;
	struct listing l = { .wanted = wanted && !strchr(wanted, '/') ? arena_printf(a, "%s/tcp", wanted) :
									wanted };
	size_t all = ports_each(a, k, list, &l);

	if (l.ipv6)
		fprintf(stderr,
			"guise: the machine itself reaches them by 127.0.0.1 and its addresses, not by ::1\n");
	if (wanted && !l.found)
		return err_set(e, "not-published", ENOENT, "find port %s of container %s", wanted,
			       k->rec.name),
		       err_cause(e, all ? "it is not published" : "no port of it is published"),
		       err_hint(e, "%s", reached(a, k));
	if (!all)
		fprintf(stderr, "guise: container %s has no published ports; %s\n", k->rec.name,
			reached(a, k));
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
		"Each with where it is on the machine, one a line; with PORT, where that one is. Of a container without, "
		"nothing goes to standard output, and how it is reached instead, to standard error.",
	.absent = absent_port,
	.min = 1,
	.max = 2,
	.hint = "@container",
	.run = port_run,
};
