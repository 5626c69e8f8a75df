/* SPDX-License-Identifier: GPL-2.0-or-later */

/* network ls, inspect, exists: what networks there are, with docker's keys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/filter.h"
#include "cmd/engine/listing.h"
#include "cmd/engine/object.h"
#include "cmd/rows.h"
#include "cmd/table.h"
#include "cmd/template.h"
#include "plan/plan.h"
#include "state/networks.h"

/* The network that is always there has no definition. */
static const struct network always = { .name = "bridge", .id = "bridge" };

static const char *text_of(struct arena *a, struct ip ip, bool with_length)
{
	char text[IP_TEXT];

	return ip_is(ip) ? arena_strdup(a, with_length ? ip_net_text(ip, text) : ip_text(ip, text)) : "";
}

static const char *time_of(struct arena *a, int64_t when)
{
	char text[32];
	struct tm tm;

	gmtime_r(&(time_t){ when }, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

static void add_subnets(struct arena *a, json_object *o, const struct network *n)
{
	json_object *ipam = object_within(o, "IPAM"), *list = json_object_new_array();

	object_str(ipam, "Driver", "default");
	json_object_object_add(ipam, "Config", list);
	for (size_t i = 0; i < n->n_subnets; i++) {
		json_object *one = json_object_new_object();

		object_str(one, "Subnet", text_of(a, n->subnets[i].subnet, true));
		object_str(one, "Gateway", text_of(a, n->subnets[i].gateway, false));
		if (ip_is(n->subnets[i].range))
			object_str(one, "IPRange", text_of(a, n->subnets[i].range, true));
		json_object_array_add(list, one);
	}
}

static json_object *object_of(struct arena *a, const struct network *n)
{
	json_object *o = json_object_new_object(), *options;

	object_str(o, "Name", n->name);
	object_str(o, "Id", n->id);
	if (n->created)
		object_str(o, "Created", time_of(a, n->created));
	object_str(o, "Scope", "local");
	object_str(o, "Driver", driver_name[n->driver]);
	object_flag(o, "EnableIPv6", network_has(n, AF_INET6));
	add_subnets(a, o, n);
	object_flag(o, "Internal", n->internal);
	object_flag(o, "Isolate", !n->open);
	object_flag(o, "FirewallCompat", n->compat);
	object_flag(o, "DnsServer", n->dns_server);
	object_flag(o, "DefaultRoute", !n->no_default_route);
	options = object_within(o, "Options");
	if (n->mtu)
		object_str(options, "com.docker.network.driver.mtu", arena_printf(a, "%u", n->mtu));
	if (n->interface)
		object_str(options, "com.docker.network.bridge.name", n->interface);
	if (n->parent)
		object_str(options, "parent", n->parent);
	if (n->mode)
		object_str(options, arena_printf(a, "%s_mode", driver_name[n->driver]), n->mode);
	object_labels(a, o, "Labels", &n->labels);
	return o;
}

/* ---- ls ---- */

struct ls_options {
	bool quiet, no_trunc;
	struct strv filters;
};

static const struct opt ls_table[] = {
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct ls_options, quiet), "print only their names" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct ls_options, no_trunc), "print whole ids" },
	{ "filter", 'f', "FILTER", opt_list, offsetof(struct ls_options, filters),
	  "only those with name=TEXT, id=TEXT, driver=NAME or label=NAME[=VALUE]", .many = true },
	{ "format", 0, "FORMAT", opt_template, 0, "text, json, or a template: '{{.Name}}'", "text json" },
	{ 0 },
};

/* 1: it passes; 0; -EINVAL. Names and ids as docker has it: a part of one does. */
static int passes(struct arena *a, const struct network *n, const char *filter, struct err *e)
{
	const char *value;

	if ((value = str_after(filter, "name=")))
		return strstr(n->name, value) != NULL;
	if ((value = str_after(filter, "id=")))
		return strstr(n->id, value) != NULL;
	if ((value = str_after(filter, "driver=")))
		return str_eq(value, driver_name[n->driver]);
	if ((value = str_after(filter, "label="))) {
		struct strv wanted = { 0 };

		strv_push(a, &wanted, value);
		return filter_labels(&n->labels, &wanted);
	}
	return err_set(e, "bad-filter", EINVAL, "--filter: '%s'", filter),
	       err_cause(e, "no filter has that name"), err_hint(e, "write name=, id=, driver= or label=");
}

static int passes_all(struct arena *a, const struct network *n, const struct strv *filters, struct err *e)
{
	int r = 1;

	for (size_t i = 0; r == 1 && i < filters->n; i++)
		r = passes(a, n, filters->v[i], e);
	return r;
}

static json_object *row_of(struct arena *a, const struct network *n, const struct ls_options *o)
{
	json_object *row = object_of(a, n);
	struct str subnets = { .arena = a };

	for (size_t i = 0; i < n->n_subnets; i++)
		str_addf(&subnets, "%s%s", i ? "," : "", text_of(a, n->subnets[i].subnet, true));
	object_str(row, "ID", o->no_trunc ? n->id : arena_strndup(a, n->id, 12));
	object_str(row, "Subnets", str_get(&subnets));
	return row;
}

static const char *const headings[] = { "ID",    "NETWORK ID", "Name",    "NAME",    "Driver", "DRIVER",
					"Scope", "SCOPE",      "Subnets", "SUBNETS", NULL };

static int print_list(struct call *call, struct network *list, size_t n, const struct ls_options *o,
		      struct err *e)
{
	const char *usual = o->quiet ? "{{.Name}}" :
				       "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}\t{{.Subnets}}";
	struct rows rows = { .v = arena_array(call->arena, json_object *, n + 1) };
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		if ((r = passes_all(call->arena, &list[i], &o->filters, e)) == 1)
			rows.v[rows.n++] = row_of(call->arena, &list[i], o);
	return r < 0 ? r : listing_print(call, usual, o->quiet ? NULL : headings, &rows, e);
}

static int ls_run(struct call *call, struct err *e)
{
	struct ls_options o = { 0 };
	struct network *list, *all;
	struct strv none;
	struct state st;
	unsigned broken;
	size_t n;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_open(call, &st, e)) < 0 ||
	    (r = networks_list(&st, call->arena, &list, &n, &broken, e)) < 0)
		return r;
	all = arena_array(call->arena, struct network, n + 1);
	all[0] = always;
	for (size_t i = 0; i < n; i++)
		all[i + 1] = list[i];
	r = print_list(call, all, n + 1, &o, e);
	if (r == 0 && broken)
		r = err_set(e, "network-bad", EINVAL, "list networks"),
		err_cause(e, "%u of the files in %s/networks can't be read", broken, st.data);
	return r;
}

const struct command network_ls_command = {
	.name = "network ls",
	.operands = "",
	.summary = "list networks",
	.options = ls_table,
	.run = ls_run,
};

/* ---- inspect ---- */

static const char *with_length(const struct strv *addresses, bool ipv6)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (!strchr(addresses->v[i], ':') == !ipv6)
			return addresses->v[i];
	return "";
}

/* A running container's end on that network. */
static void add_container(json_object *containers, const struct control *k, const char *network)
{
	struct plan_endpoint ep;
	size_t at = 0;

	while (k->pid && plan_next_endpoint(&k->rec.plan, &at, &ep)) {
		json_object *o;

		if (!str_eq(ep.network, network))
			continue;
		o = object_within(containers, k->c.id);
		object_str(o, "Name", k->rec.name);
		object_str(o, "Interface", ep.link);
		object_str(o, "MacAddress", ep.mac);
		object_str(o, "IPv4Address", with_length(&ep.addresses, false));
		object_str(o, "IPv6Address", with_length(&ep.addresses, true));
	}
}

static int add_containers(struct call *call, struct state *st, json_object *o, const char *network,
			  struct err *e)
{
	json_object *containers = object_within(o, "Containers");
	struct strv ids;
	int r = container_list(st, call->arena, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct control k;
		struct err ignored;

		if (control_open_any(&k, st, call->arena, ids.v[i], &ignored) == 0)
			add_container(containers, &k, network);
		control_close(&k);
	}
	return r;
}

static int load(struct call *call, struct state *st, const char *name, struct network *n, struct err *e)
{
	*n = always;
	return str_eq(name, always.name) ? 0 : networks_load(st, call->arena, name, n, e);
}

static const struct opt inspect_table[] = {
	{ "format", 'f', "FORMAT", opt_template, 0, "json, or a template: '{{.Driver}}'", "json" },
	{ 0 },
};

static int inspect_run(struct call *call, struct err *e)
{
	struct rows rows = { 0 };
	struct strv names;
	struct state st;
	int r = opt_parse(call, NULL, &names, e);

	if (r == 0)
		r = command_state(call, &st, e);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct network n;
		json_object *o;

		if ((r = load(call, &st, names.v[i], &n, e)) < 0)
			break;
		o = object_of(call->arena, &n);
		arena_push(call->arena, rows.v, rows.n, o);
		r = add_containers(call, &st, o, n.name, e);
	}
	return r < 0 ? r : listing_inspect(call, &rows, e);
}

const struct command network_inspect_command = {
	.name = "network inspect",
	.operands = "NETWORK...",
	.summary = "print what a network is, and who is on it, as JSON",
	.options = inspect_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = inspect_run,
};

/* ---- exists ---- */

static int exists_run(struct call *call, struct err *e)
{
	struct network n;
	struct strv names;
	struct state st;
	int r = opt_parse(call, NULL, &names, e);

	if (r || (r = command_open(call, &st, e)) < 0)
		return r;
	r = load(call, &st, names.v[0], &n, e);
	if (r == -ENOENT || str_eq(e->code, "bad-network-name"))
		call->status = 1;
	else if (r < 0)
		return r;
	return 0;
}

const struct command network_exists_command = {
	.name = "network exists",
	.operands = "NETWORK",
	.summary = "exit with 0 if there is a network of that name, else with 1",
	.min = 1,
	.max = 1,
	.run = exists_run,
};
