/* SPDX-License-Identifier: GPL-2.0-or-later */

/* volume ls, inspect: what volumes there are, with docker's keys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/filter.h"
#include "cmd/engine/listing.h"
#include "cmd/engine/object.h"
#include "cmd/rows.h"
#include "cmd/table.h"
#include "cmd/template.h"
#include "state/volumes.h"

static json_object *object_of(struct arena *a, const struct state *st, const struct volume *v)
{
	json_object *o = json_object_new_object(), *options;
	char time[40];

	if (v->created)
		object_str(o, "CreatedAt", record_time(v->created * 1000000000, time));
	object_str(o, "Driver", "local");
	object_labels(a, o, "Labels", &v->labels);
	object_str(o, "Mountpoint", arena_printf(a, "%s/_data", volumes_path(st, a, v->name)));
	object_str(o, "Name", v->name);
	options = object_within(o, "Options");
	if (v->type)
		object_str(options, "type", v->type);
	if (v->device)
		object_str(options, "device", v->device);
	if (v->options)
		object_str(options, "o", v->options);
	object_str(o, "Scope", "local");
	object_flag(o, "Anonymous", v->anonymous);
	return o;
}

/* ---- ls ---- */

struct ls_options {
	bool quiet;
	struct strv filters;
};

static const struct opt ls_table[] = {
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct ls_options, quiet), "print only their names" },
	{ "filter", 'f', "FILTER", opt_list, offsetof(struct ls_options, filters),
	  "only those with name=TEXT, label=NAME[=VALUE], driver=NAME, or dangling=true: no container uses it",
	  .many = true },
	{ "format", 0, "FORMAT", opt_template, 0, "text, json, or a template: '{{.Name}}'", "text json" },
	{ 0 },
};

static int bad_filter(const char *filter, const char *cause, struct err *e)
{
	return err_set(e, "bad-filter", EINVAL, "--filter: '%s'", filter), err_cause(e, "%s", cause),
	       err_hint(e, "write name=, label=, driver= or dangling=true");
}

/* 1: it passes; 0; -EINVAL. A part of a name does, as docker has it. */
static int passes(struct arena *a, const struct volume *v, const struct strv *used, const char *filter,
		  struct err *e)
{
	const char *value;

	if ((value = str_after(filter, "name=")))
		return strstr(v->name, value) != NULL;
	if ((value = str_after(filter, "driver=")))
		return str_eq(value, "local");
	if ((value = str_after(filter, "label="))) {
		struct strv wanted = { 0 };

		strv_push(a, &wanted, value);
		return filter_labels(&v->labels, &wanted);
	}
	if (!(value = str_after(filter, "dangling=")))
		return bad_filter(filter, "no filter has that name", e);
	if (str_eq(value, "true") || str_eq(value, "1"))
		return !containers_user(used, v->name);
	if (str_eq(value, "false") || str_eq(value, "0"))
		return containers_user(used, v->name) != NULL;
	return bad_filter(filter, "it is true or false", e);
}

static int passes_all(struct arena *a, const struct volume *v, const struct strv *used,
		      const struct strv *filters, struct err *e)
{
	int r = 1;

	for (size_t i = 0; r == 1 && i < filters->n; i++)
		r = passes(a, v, used, filters->v[i], e);
	return r;
}

/* Only then containers are looked at, and one that is broken is an error. */
static bool asks_for_use(const struct strv *filters)
{
	for (size_t i = 0; i < filters->n; i++)
		if (str_after(filters->v[i], "dangling="))
			return true;
	return false;
}

static const char *const headings[] = { "Driver",     "DRIVER",     "Name",  "VOLUME NAME",
					"Mountpoint", "MOUNTPOINT", "Scope", "SCOPE",
					"Labels",     "LABELS",     NULL };

static int ls_run(struct call *call, struct err *e)
{
	struct ls_options o = { 0 };
	struct rows rows = { 0 };
	struct volume *list;
	struct strv none, used = { 0 };
	struct state st;
	unsigned broken;
	size_t n;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	autoclose int volumes = volumes_open(&st, false, 0, e);
	if ((volumes < 0 && volumes != -ENOENT) ||
	    volumes_list(&st, volumes, call->arena, &list, &n, &broken, e) < 0 ||
	    (asks_for_use(&o.filters) && volumes_used(&st, call->arena, NULL, &used, e) < 0))
		return -e->no;
	for (size_t i = 0; i < n && r >= 0; i++)
		if ((r = passes_all(call->arena, &list[i], &used, &o.filters, e)) == 1)
			arena_push(call->arena, rows.v, rows.n, object_of(call->arena, &st, &list[i]));
	if (r < 0 ||
	    (r = listing_print(call, o.quiet ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}",
			       o.quiet ? NULL : headings, &rows, e)) < 0 ||
	    !broken)
		return r;
	return err_set(e, "volume-bad", EINVAL, "list volumes"),
	       err_cause(e, "%u of those in %s/volumes can't be read", broken, st.data);
}

const struct command volume_ls_command = {
	.name = "volume ls",
	.operands = "",
	.summary = "list volumes",
	.options = ls_table,
	.run = ls_run,
};

/* ---- inspect ---- */

static const struct opt inspect_table[] = {
	{ "format", 'f', "FORMAT", opt_template, 0, "json, or a template: '{{.Mountpoint}}'", "json" },
	{ 0 },
};

static int inspect_run(struct call *call, struct err *e)
{
	struct rows rows = { 0 };
	struct strv names;
	struct state st;
	int r = opt_parse(call, NULL, &names, e);

	if (r == 0)
		r = command_open(call, &st, e);
	autoclose int volumes = r == 0 ? volumes_open(&st, false, 0, e) : -1;
	if (r == 0 && volumes < 0 && volumes != -ENOENT)
		r = volumes;
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct volume v;

		if ((r = volumes_load(&st, volumes, call->arena, names.v[i], &v, e)) == 0)
			arena_push(call->arena, rows.v, rows.n, object_of(call->arena, &st, &v));
	}
	return r < 0 ? r : listing_inspect(call, &rows, e);
}

const struct command volume_inspect_command = {
	.name = "volume inspect",
	.operands = "VOLUME...",
	.summary = "print what a volume is, and where, as JSON",
	.options = inspect_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = inspect_run,
};
