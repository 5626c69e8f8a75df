/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/utf8.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/object.h"
#include "run/engine/reload.h"
#include "state/networks.h"

struct reload_options {
	bool all, watch;
};

static const struct opt reload_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct reload_options, all),
	  "all networks (the same as none)" },
	{ "watch", 0, NULL, opt_flag, offsetof(struct reload_options, watch),
	  "stay, and do it whenever the rules are taken away" },
	{ "format", 0, "FORMAT", opt_format, 0, "text, json", "text json" },
	{ 0 },
};

static void print_object(const struct reloaded *done)
{
	json_object *o = json_object_new_object();

	object_str(o, "Network", done->network);
	object_str(o, "Container", done->container);
	object_str(o, "Step", step_ops(done->what->step->kind)->name);
	object_str(o, "Was", *done->what->was ? done->what->was : "missing");
	object_flag(o, "Restored", done->what->result == 0);
	object_print_line(o);
}

static void print_line(const struct reloaded *done)
{
	const char *was = *done->what->was ? done->what->was : "it was missing";
	struct arena a = { 0 }; /* --watch goes on for ever */
	struct str out = { .arena = &a };

	str_addf(&out, "%s: %s", done->network, step_ops(done->what->step->kind)->name);
	if (done->container)
		str_addf(&out, " of %s", done->container);
	str_addf(&out, " put back: %s", was);
	printf("%s\n", str_visible(&out, out.p));
	arena_free(&a);
}

static void print(const struct reloaded *done, void *arg)
{
	struct call *call = arg;
	bool json = str_eq(call->format, "json");
	struct err e = done->what->e;

	if (json)
		print_object(done);
	if (done->what->result < 0) {
		err_prefix(&e, "network %s", done->network);
		command_report(call, &e);
	} else if (!json) {
		print_line(done);
	}
	fflush(stdout);
}

/* There may be none of that name in the records, but for the one that is always there. */
static int check_names(struct call *call, struct state *st, const struct strv *names, struct err *e)
{
	struct network n;
	int r = 0;

	for (size_t i = 0; r == 0 && i < names->n; i++)
		if (!str_eq(names->v[i], "bridge"))
			r = networks_load(st, call->arena, names->v[i], &n, e);
	return r;
}

static int reload_run(struct call *call, struct err *e)
{
	struct reload_options o = { 0 };
	struct strv names;
	struct state st;
	int r = opt_parse(call, &o, &names, e);

	if (r || (r = (o.watch ? command_open : command_state)(call, &st, e)) < 0)
		return r;
	if (o.all)
		names.n = 0;
	r = check_names(call, &st, &names, e);
	if (r == 0 && o.watch)
		return reload_watch(&st, &names, print, call, e);
	return r < 0 ? r : reload(&st, call->arena, &names, print, call, e);
}

const struct command network_reload_command = {
	.name = "network reload",
	.operands = "[NETWORK...]",
	.summary = "put back what others took away of networks",
	.details =
		"What the containers that run need of their networks on this machine is compared with what the kernel has: "
		"bridges, rules of the firewall, forwarding, the bridges' ports. What is not as it was made, as after nft flush "
		"ruleset, is made so again, and told in a line for each; when all is well nothing is printed, or changed. With --watch "
		"it waits for the kernel's word that something of guise's rules was taken away, and does it again: the service "
		"guise-network-reload.service does that.",
	.options = reload_table,
	.max = COMMAND_ANY,
	.run = reload_run,
};
