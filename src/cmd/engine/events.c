/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/filter.h"
#include "cmd/engine/object.h"
#include "cmd/template.h"
#include "spec/when.h"
#include "state/networks.h"

struct events_options {
	int64_t since, until;
	struct strv actions, containers, labels, types, networks; /* --filter: any, but of labels all */
};

/* ---- which ---- */

static int set_time(const struct opt_use *u, struct err *e)
{
	return when_parse(u->value, record_now(), u->field, e);
}

static int add_filter(const struct opt_use *u, struct err *e)
{
	struct events_options *o = u->options;
	struct arena *a = u->call->arena;
	const char *value;

	if ((value = str_after(u->value, "event=")))
		strv_push(a, &o->actions, value);
	else if ((value = str_after(u->value, "container=")))
		strv_push(a, &o->containers, value);
	else if ((value = str_after(u->value, "label=")))
		strv_push(a, &o->labels, value);
	else if ((value = str_after(u->value, "network=")))
		strv_push(a, &o->networks, value);
	else if (str_eq(u->value, "type=container") || str_eq(u->value, "type=network"))
		strv_push(a, &o->types, str_after(u->value, "type="));
	else
		return err_set(e, "bad-filter", EINVAL, "'%s'", u->value),
		       err_cause(e, "no filter of that name"),
		       err_hint(
			       e,
			       "write event=ACTION, container=NAME, network=NAME, type=container, type=network or label=NAME[=VALUE]");
	return 0;
}

static const char *type_of(const struct event *ev)
{
	return ev->network ? "network" : "container";
}

/* None is all. */
static bool is_among(const struct strv *list, const char *text)
{
	return !list->n || strv_has(list, text);
}

static bool is_wanted(const struct events_options *o, const struct event *ev)
{
	bool container = o->containers.n == 0;

	for (size_t i = 0; i < o->containers.n; i++)
		container = container || str_eq(o->containers.v[i], ev->name) ||
			    str_after(ev->id, o->containers.v[i]);
	return container && is_among(&o->actions, ev->action) && is_among(&o->types, type_of(ev)) &&
	       is_among(&o->networks, ev->network) && filter_labels(&ev->labels, &o->labels);
}

/* ---- how ---- */

struct telling {
	struct call *call;
	struct state *state;
	const struct events_options *options;
	struct err *err;
};

/* Whose event it is: of a network that is gone, its name. */
struct subject {
	const char *id, *driver;
};

static struct subject subject_of(struct arena *a, const struct telling *t, const struct event *ev)
{
	struct network n;
	struct err ignored;

	if (!ev->network)
		return (struct subject){ ev->id, NULL };
	if (networks_load(t->state, a, ev->network, &n, &ignored) < 0)
		return (struct subject){ ev->network, driver_name[DRIVER_BRIDGE] };
	return (struct subject){ n.id, driver_name[n.driver] };
}

/* docker's attributes: what the container is, then what happened. */
static json_object *attributes_of(struct arena *a, const struct subject *who, const struct event *ev)
{
	json_object *o = json_object_new_object();

	if (ev->network) {
		object_str(o, "container", ev->id);
		object_str(o, "name", ev->network);
		object_str(o, "type", who->driver);
		return o;
	}
	object_str(o, "image", ev->rootfs);
	object_str(o, "name", ev->name);
	if (str_eq(ev->action, "die") && ev->exit_code >= 0)
		object_str(o, "exitCode", arena_printf(a, "%d", ev->exit_code));
	if (ev->old_name)
		object_str(o, "oldName", ev->old_name);
	for (size_t i = 0; i < ev->labels.n; i++) {
		const char *eq = strchrnul(ev->labels.v[i], '=');

		object_str(o, arena_strndup(a, ev->labels.v[i], eq - ev->labels.v[i]), *eq ? eq + 1 : "");
	}
	return o;
}

static json_object *actor_of(struct arena *a, const struct subject *who, const struct event *ev)
{
	json_object *o = json_object_new_object();

	object_str(o, "ID", who->id);
	json_object_object_add(o, "Attributes", attributes_of(a, who, ev));
	return o;
}

/* The same with the names of docker's API, and with those of its templates. What containers have at the top for old
 * programs, networks have not. */
static json_object *object_of(struct arena *a, const struct subject *who, const struct event *ev,
			      bool template)
{
	json_object *o = json_object_new_object();

	if (template || !ev->network) {
		object_str(o, template ? "Status" : "status", ev->network ? "" : ev->action);
		object_str(o, template ? "ID" : "id", ev->network ? "" : who->id);
		object_str(o, template ? "From" : "from", ev->network ? "" : ev->rootfs);
	}
	object_str(o, "Type", type_of(ev));
	object_str(o, "Action", ev->action);
	json_object_object_add(o, "Actor", actor_of(a, who, ev));
	object_str(o, template ? "Scope" : "scope", "local");
	object_int(o, template ? "Time" : "time", ev->time / 1000000000);
	object_int(o, template ? "TimeNano" : "timeNano", ev->time);
	return o;
}

/* docker's line; in guise's own zone. */
static void print_line(struct arena *a, const struct subject *who, const struct event *ev)
{
	time_t seconds = ev->time / 1000000000;
	json_object *attributes = attributes_of(a, who, ev);
	struct tm tm;
	char date[32], zone[8];
	const char *between = "";

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	printf("%s.%09lld%.3s:%s %s %s %s (", date, (long long)(ev->time % 1000000000), zone, zone + 3,
	       type_of(ev), ev->action, who->id);
	json_object_object_foreach (attributes, key, value) {
		printf("%s%s=%s", between, key, json_object_get_string(value));
		between = ", ";
	}
	puts(")");
	json_object_put(attributes);
}

static int print_template(struct arena *a, const struct subject *who, const struct event *ev,
			  const char *template, struct err *e)
{
	json_object *o = object_of(a, who, ev, true);
	struct str line = { .arena = a };
	int r = template_run(template, o, &line, e);

	if (r == 0)
		puts(str_get(&line));
	json_object_put(o);
	return r;
}

static void print_json(struct arena *a, const struct subject *who, const struct event *ev)
{
	json_object *o = object_of(a, who, ev, false);

	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* Each at once, and no longer than there is somebody who reads it. */
static bool tell(const struct event *ev, void *arg)
{
	struct telling *t = arg;
	struct arena a = { 0 };
	int r = 0;

	if (!is_wanted(t->options, ev))
		return true;
	const struct subject who = subject_of(&a, t, ev);
	if (template_is(t->call->format))
		r = print_template(&a, &who, ev, t->call->format, t->err);
	else if (str_eq(t->call->format, "json"))
		print_json(&a, &who, ev);
	else
		print_line(&a, &who, ev);
	arena_free(&a);
	return fflush(stdout) == 0 && r == 0;
}

/* ---- the command ---- */

static const struct opt events_table[] = {
	{ "since", 0, "TIME", set_time, offsetof(struct events_options, since),
	  "also what happened since then to the containers that there are: 10m ago, 2026-11-28T16:05:00" },
	{ "until", 0, "TIME", set_time, offsetof(struct events_options, until), "end then" },
	{ "filter", 'f', "FILTER", add_filter, 0,
	  "only those with event=ACTION, container=NAME, network=NAME, type=TYPE, label=NAME[=VALUE]",
	  "event= container= network= label= type=container type=network", .many = true },
	{ "format", 0, "FORMAT", opt_template, 0,
	  "text, json (one a line), or a template: '{{.Action}} {{.ID}}'", "text json" },
	{ 0 },
};

static int events_run(struct call *call, struct err *e)
{
	struct events_options o = { 0 };
	struct strv none;
	struct state st;
	struct telling telling = { .call = call, .state = &st, .options = &o, .err = e };
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	r = events_watch(
		&st, &(struct events){ .since = o.since, .until = o.until, .tell = tell, .arg = &telling },
		e);
	return r < 0 ? r : -e->no;
}

const struct command events_command = {
	.name = "events",
	.summary = "print what happens to containers, as it happens",
	.details =
		"create, start, pause, unpause, rename, oom, die and destroy, and connect and disconnect of its networks, in docker's form. Nothing is kept of what "
		"happened but the containers' records: of the past --since tells no more than these do, and a container "
		"that comes and goes within a millisecond or two may not be told of.",
	.options = events_table,
	.absent = absent_events,
	.run = events_run,
};
