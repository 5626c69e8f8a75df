/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How ps shows the containers that it found: a table, JSON, templates, ids. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/engine/object.h"
#include "cmd/engine/places.h"
#include "cmd/engine/ports.h"
#include "cmd/engine/ps_parts.h"
#include "cmd/engine/words.h"
#include "cmd/rows.h"
#include "cmd/table.h"
#include "cmd/template.h"
#include "run/engine/own_ids.h"
#include "state/layer.h"

/* ---- words of it ---- */

static const char *command_text(struct arena *a, const struct strv *argv)
{
	struct str s = { .arena = a };

	for (size_t i = 0; i < argv->n; i++) {
		str_add(&s, i ? " " : "");
		str_add_shell(&s, argv->v[i]);
	}
	return str_get(&s);
}

static const char *status_text(struct arena *a, const struct control *k, int64_t now)
{
	enum { SIGKILL_STATUS = 128 + 9 }; /* else only a child was killed */
	const struct record *r = &k->rec;
	char buf[80];

	words_status(control_status(k), r->started, r->finished, r->exit_code,
		     r->oom.kills > 0 && r->exit_code == SIGKILL_STATUS, now, buf, sizeof(buf));
	return k->orphaned ? arena_printf(a, "%s (orphaned)", buf) : arena_strdup(a, buf);
}

/* What a user's container keeps to itself is counted by who has its ids, too. */
static const char *size_text(struct arena *a, const struct control *k)
{
	struct container c;
	uint64_t bytes;
	int r = container_open(&c, k->st, a, k->rec.id, &(struct err){ 0 });

	if (r == 0 && (r = own_ids_reach(a, &(struct err){ 0 })) == 0)
		r = layer_size(&c, &bytes);
	container_close(&c);
	return r < 0 ? "-" : words_bytes(a, bytes);
}

/* ---- the table ---- */

static const char heading[] =
	"CONTAINER ID\tROOTFS\tCOMMAND\tCREATED\tSTATUS\tNETWORK\tADDRESS\tPORTS\tNAMES";

static const char *row_of(struct arena *a, const struct ps_options *o, const struct control *k)
{
	enum { ROOTFS_MAX = 24, COMMAND_MAX = 30 };
	const struct record *r = &k->rec;
	const char *address = control_address(k), *ports = ports_words(a, k);
	int64_t now = record_now();
	char buf[80];

	return arena_printf(a, "%.*s\t%s\t%s\t%s ago\t%s\t%s\t%s\t%s\t%s%s%s", o->no_trunc ? 64 : 12, r->id,
			    words_cell(a, r->rootfs, o->no_trunc ? SIZE_MAX : ROOTFS_MAX),
			    words_cell(a, command_text(a, &r->command), o->no_trunc ? SIZE_MAX : COMMAND_MAX),
			    words_duration(now - r->created, buf, sizeof(buf)), status_text(a, k, now),
			    r->network, address ? address : "-", *ports ? ports : "-", r->name,
			    o->size ? "\t" : "", o->size ? size_text(a, k) : "");
}

static void print_table(struct arena *a, const struct ps_options *o, const struct ps_list *list)
{
	struct strv rows = { 0 };

	if (!o->no_heading)
		strv_push(a, &rows, o->size ? arena_printf(a, "%s\tSIZE", heading) : heading);
	for (size_t i = 0; i < list->n; i++)
		strv_push(a, &rows, row_of(a, o, &list->v[i]));
	table_print(a, &rows);
}

/* ---- JSON ---- */

static json_object *object_of(struct arena *a, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *o = json_object_new_object();
	bool exited = k->status == CONTAINER_EXITED;
	char time[40];

	object_str(o, "id", r->id);
	object_str(o, "name", r->name);
	object_str(o, "rootfs", r->rootfs);
	object_list(o, "command", &r->command, 0);
	object_str(o, "created", record_time(r->created, time));
	object_str(o, "started", r->started ? record_time(r->started, time) : NULL);
	object_str(o, "finished", r->finished ? record_time(r->finished, time) : NULL);
	object_str(o, "state", control_status(k));
	object_str(o, "status", status_text(a, k, record_now()));
	json_object_object_add(o, "exit_code",
			       exited && r->exit_code >= 0 ? json_object_new_int(r->exit_code) : NULL);
	object_flag(o, "oom_killed", r->oom.kills > 0);
	object_int(o, "pid", k->pid);
	object_str(o, "network", r->network);
	object_str(o, "address", control_address(k));
	ports_object(a, object_within(o, "ports"), k);
	object_labels(a, o, "labels", &r->labels);
	object_str(o, "cgroup", r->cgroup);
	places_cgroups(o, "cgroups", k);
	places_cables(o, "cables", "host", "container", k);
	object_str(o, "log", *places_log(a, k) ? places_log(a, k) : NULL);
	return o;
}

static void print_json(struct arena *a, const struct ps_list *list)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(array, object_of(a, &list->v[i]));
	object_print(array);
}

/* ---- templates ---- */

/* Fields have docker's names, and what only guise has its own. */
static const struct {
	const char *field, *heading;
} fields[] = {
	{ "ID", "CONTAINER ID" },      { "Image", "ROOTFS" },
	{ "RootFS", "ROOTFS" },        { "Command", "COMMAND" },
	{ "CreatedAt", "CREATED AT" }, { "RunningFor", "CREATED" },
	{ "State", "STATE" },          { "Status", "STATUS" },
	{ "Names", "NAMES" },          { "Labels", "LABELS" },
	{ "Networks", "NETWORK" },     { "Address", "ADDRESS" },
	{ "Ports", "PORTS" },          { "Pid", "PID" },
	{ "ExitCode", "EXIT CODE" },   { "Size", "SIZE" },
};

static const char *joined(struct arena *a, const struct strv *list)
{
	struct str s = { .arena = a };

	for (size_t i = 0; i < list->n; i++)
		str_addf(&s, "%s%s", i ? "," : "", list->v[i]);
	return str_get(&s);
}

static const char *created_at(struct arena *a, int64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	char text[64];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm);
	return arena_strdup(a, text);
}

static json_object *fields_of(struct arena *a, const struct ps_options *o, bool wants_size,
			      const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *f = json_object_new_object();
	int64_t now = record_now();
	char buf[80];

	object_str(f, "ID", o->no_trunc ? r->id : arena_strndup(a, r->id, 12));
	object_str(f, "Image", r->rootfs);
	object_str(f, "RootFS", r->rootfs);
	object_str(f, "Command", command_text(a, &r->command));
	object_str(f, "CreatedAt", created_at(a, r->created));
	object_str(f, "RunningFor",
		   arena_printf(a, "%s ago", words_duration(now - r->created, buf, sizeof(buf))));
	object_str(f, "State", control_status(k));
	object_str(f, "Status", status_text(a, k, now));
	object_str(f, "Names", r->name);
	object_str(f, "Labels", joined(a, &r->labels));
	object_labels(a, f, "Label", &r->labels); /* {{.Label "NAME"}} */
	object_str(f, "Networks", r->network);
	object_str(f, "Address", control_address(k) ? control_address(k) : "");
	object_str(f, "Ports", ports_words(a, k));
	object_int(f, "Pid", k->pid);
	object_str(f, "Size", o->size || wants_size ? size_text(a, k) : "-");
	object_int(f, "ExitCode", r->exit_code >= 0 ? r->exit_code : 0);
	return f;
}

static json_object *heading_fields(void)
{
	json_object *f = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		object_str(f, fields[i].field, fields[i].heading);
	object_within(f, "Label");
	return f;
}

static int print_template(struct arena *a, const struct ps_options *o, const struct ps_list *list,
			  const char *format, struct err *e)
{
	struct rows rows = { 0 };

	for (size_t i = 0; i < list->n; i++)
		arena_push(a, rows.v, rows.n, fields_of(a, o, strstr(format, ".Size"), &list->v[i]));
	return rows_print(a, format, o->no_heading ? NULL : heading_fields(), &rows, e);
}

/* ---- all of it ---- */

static void print_names(const struct ps_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		puts(list->v[i].rec.name);
}

static void print_ids(const struct ps_options *o, const struct ps_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		printf("%.*s\n", o->no_trunc ? 64 : 12, list->v[i].rec.id);
}

int ps_show(const struct call *call, const struct ps_options *o, const struct ps_list *list, struct err *e)
{
	if (str_eq(call->format, "json"))
		print_json(call->arena, list);
	else if (str_eq(call->format, "names"))
		print_names(list);
	else if (template_is(call->format))
		return print_template(call->arena, o, list, call->format, e);
	else if (!o->quiet)
		print_table(call->arena, o, list);
	else
		print_ids(o, list);
	return 0;
}
