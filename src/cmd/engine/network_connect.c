/* SPDX-License-Identifier: GPL-2.0-or-later */

/* network connect and disconnect. */
#include <errno.h>
#include <string.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/again.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/network_options.h"
#include "run/engine/connect.h"
#include "state/networks.h"

/* What both work on. */
struct work {
	struct state st;
	struct control k;
	const char *network;
};

static int busy(const struct control *k, struct err *e)
{
	return err_set(e, "container-busy", EBUSY, "change the networks of container %s", k->rec.name),
	       err_cause(e, "it is %s", control_status(k)), err_hint(e, "try again");
}

/* [OPTION...] NETWORK CONTAINER; what opt_parse() says of the options. The caller closes w->k, also on failure. */
static int open_work(struct call *call, void *options, struct work *w, struct err *e)
{
	struct spec_attachment at;
	struct strv names;
	int r;

	w->k = (struct control){ .c.dir = -1, .pidfd = -1, .answer = -1 };
	if ((r = opt_parse(call, options, &names, e)) ||
	    (r = network_option_attachment(call->arena, names.v[0], &at, e)) < 0 ||
	    (r = command_state(call, &w->st, e)) < 0)
		return r;
	w->network = at.network;
	if ((r = control_open(&w->k, &w->st, call->arena, names.v[1], e)) < 0 ||
	    (r = control_await_start(&w->k, e)) < 0)
		return r;
	return w->k.pid || w->k.c.locked ? 0 : busy(&w->k, e);
}

static bool is_on(const struct spec_network *n, const char *network)
{
	for (size_t i = 0; i < n->n_attachments; i++)
		if (str_eq(n->attachments[i].network, network))
			return true;
	return n->mode == NET_BRIDGE && !n->n_attachments && str_eq(network, "bridge");
}

/* The networks of its next start. */
static int next_networks(struct call *call, struct control *k, struct spec_network *n, struct err *e)
{
	struct run_options *o = arena_new(call->arena, struct run_options);
	int r = connect_allowed(k, e);

	if (r == 0)
		r = again_options(call, k, o, e);
	*n = o->spec.network;
	return r;
}

/* ---- connect ---- */

struct connect_options {
	const char *ip, *ip6, *mac, *interface;
	struct strv aliases;
};

#define AT(member) offsetof(struct connect_options, member)

static const struct opt connect_table[] = {
	{ "ip", 0, "ADDRESS", network_option_ip, AT(ip), "its address there (the next that is free)" },
	{ "ip6", 0, "ADDRESS", network_option_ip6, AT(ip6), "the same of IPv6" },
	{ "mac-address", 0, "MAC", network_option_mac, AT(mac), "the interface's (one made of the address)" },
	{ "interface-name", 0, "NAME", network_option_interface, AT(interface),
	  "the interface inside (the next of eth0, eth1, ...)" },
	{ "alias", 0, "NAME", network_option_alias, AT(aliases), "another name by which others there find it",
	  .many = true },
	{ 0 },
};

static void add_wish(struct str *word, const char *key, const char *value)
{
	str_addf(word, "%c%s=%s", strchr(word->p, ':') ? ',' : ':', key, value);
}

/* "+web:ip=10.20.0.9,interface=lan": as --network has it. */
static const char *word_of(struct arena *a, const char *network, const struct connect_options *o)
{
	const char *const wishes[][2] = {
		{ "ip", o->ip }, { "ip6", o->ip6 }, { "mac", o->mac }, { "interface", o->interface }
	};
	struct str word = { .arena = a };

	str_addf(&word, "+%s", network);
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++)
		if (wishes[i][1])
			add_wish(&word, wishes[i][0], wishes[i][1]);
	for (size_t i = 0; i < o->aliases.n; i++)
		add_wish(&word, "alias", o->aliases.v[i]);
	return str_get(&word);
}

static int connect_resting(struct call *call, struct work *w, const struct spec_attachment *wish,
			   const char *word, struct err *e)
{
	struct control *k = &w->k;
	struct spec_network now;
	int r = next_networks(call, k, &now, e);

	if (r < 0)
		return r;
	if (is_on(&now, w->network))
		return connect_is_on(k, w->network, e);
	for (size_t i = 0; wish->link && i < now.n_attachments; i++)
		if (str_eq(now.attachments[i].link, wish->link))
			return connect_link_is_taken(k, wish->link, e);
	return connect_next(k, w->network, word, e);
}

static int connect_work(struct call *call, struct work *w, const struct connect_options *o, struct err *e)
{
	const char *word = word_of(call->arena, w->network, o);
	struct spec_attachment wish;
	struct network n;
	int r = str_eq(w->network, "bridge") ? 0 : networks_load(&w->st, call->arena, w->network, &n, e);

	if (r < 0 || (r = network_option_attachment(call->arena, word + 1, &wish, e)) < 0)
		return r;
	return w->k.pid ? connect_running(&w->k, &wish, word, e) : connect_resting(call, w, &wish, word, e);
}

static int connect_run(struct call *call, struct err *e)
{
	struct connect_options o = { 0 };
	struct work w;
	int r = open_work(call, &o, &w, e);

	if (r == 0)
		r = connect_work(call, &w, &o, e);
	control_close(&w.k);
	return r;
}

const struct command network_connect_command = {
	.name = "network connect",
	.operands = "NETWORK CONTAINER",
	.summary = "put a container on one more network",
	.details =
		"At once, if it runs: it gets an interface more. The default route stays where it is; where there was none, it goes "
		"by the new network. The container is on that network whenever it starts, until guise network disconnect; if it does not run, from "
		"its next start on.",
	.options = connect_table,
	.absent = absent_connect,
	.min = 2,
	.max = 2,
	.hint = "@container",
	.run = connect_run,
};

/* ---- disconnect ---- */

struct disconnect_options {
	bool force;
};

static const struct opt disconnect_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct disconnect_options, force),
	  "a container that isn't on it, or isn't there, is no error" },
	{ 0 },
};

static int disconnect_resting(struct call *call, struct work *w, struct err *e)
{
	struct spec_network now;
	int r = next_networks(call, &w->k, &now, e);

	if (r < 0)
		return r;
	return is_on(&now, w->network) ?
		       connect_next(&w->k, w->network, arena_printf(call->arena, "-%s", w->network), e) :
		       connect_is_not_on(&w->k, w->network, e);
}

static int disconnect_run(struct call *call, struct err *e)
{
	struct disconnect_options o = { 0 };
	struct work w;
	int r = open_work(call, &o, &w, e);

	if (r == 0)
		r = w.k.pid ? disconnect_running(&w.k, w.network, e) : disconnect_resting(call, &w, e);
	control_close(&w.k);
	return r < 0 && o.force &&
			       (str_eq(e->code, "network-not-connected") || str_eq(e->code, "no-container")) ?
		       0 :
		       r;
}

const struct command network_disconnect_command = {
	.name = "network disconnect",
	.operands = "NETWORK CONTAINER",
	.summary = "take a container off a network",
	.details =
		"At once, if it runs: its interface there goes, and if the default route went by that network, it goes by the next of its "
		"networks that leads out. If it does not run, it is without that network from its next start on.",
	.options = disconnect_table,
	.min = 2,
	.max = 2,
	.hint = "@container",
	.run = disconnect_run,
};
