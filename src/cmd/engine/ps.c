/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"

struct ps_options {
	bool all, quiet, no_trunc;
	struct strv names, statuses, labels; /* --filter: any of the names, any of the statuses, all labels */
};

/* ---- which ---- */

/* One that no container can have would list none, and hide the slip of the pen. */
static int add_status(const struct opt_use *u, const char *value, struct err *e)
{
	static const char *const words[] = { "running", "paused", "exited", "creating", "exiting", "broken" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq(value, words[i])) {
			strv_push(u->call->arena, &((struct ps_options *)u->options)->statuses, value);
			return 0;
		}
	}
	return err_set(e, "bad-filter", EINVAL, "'%s'", u->value),
	       err_cause(e, "no container has such a status"),
	       err_hint(e, "write status=running, paused, exited, creating, exiting or broken");
}

static int add_filter(const struct opt_use *u, struct err *e)
{
	struct ps_options *o = u->options;
	const char *value;

	if ((value = str_after(u->value, "name=")))
		strv_push(u->call->arena, &o->names, value);
	else if ((value = str_after(u->value, "status=")))
		return add_status(u, value, e);
	else if ((value = str_after(u->value, "label=")))
		strv_push(u->call->arena, &o->labels, value);
	else
		return err_set(e, "bad-filter", EINVAL, "'%s'", u->value),
		       err_cause(e, "no filter of that name"),
		       err_hint(
			       e,
			       "write name=TEXT, status=running|paused|exited|creating|exiting|broken, or label=NAME[=VALUE]");
	return 0;
}

static bool has_label(const struct record *r, const char *want)
{
	const char *rest;

	for (size_t i = 0; i < r->labels.n; i++)
		if ((rest = str_after(r->labels.v[i], want)) &&
		    (!*rest || (*rest == '=' && !strchr(want, '='))))
			return true;
	return false;
}

static bool is_wanted(const struct ps_options *o, const struct control *k)
{
	bool named = o->names.n == 0, status = o->statuses.n == 0;

	for (size_t i = 0; i < o->names.n; i++)
		named = named || strstr(k->rec.name, o->names.v[i]);
	for (size_t i = 0; i < o->statuses.n; i++)
		status = status || str_eq(control_status(k), o->statuses.v[i]);
	for (size_t i = 0; i < o->labels.n; i++)
		if (!has_label(&k->rec, o->labels.v[i]))
			return false;
	return named && status && (o->all || o->statuses.n || k->status != CONTAINER_EXITED);
}

struct list {
	struct control *v;
	size_t n;
};

static int by_age(const void *a, const void *b)
{
	const struct control *x = a, *y = b;

	return (x->rec.created < y->rec.created) - (x->rec.created > y->rec.created);
}

/* Those that are wanted, the newest first. One that vanishes while we look is passed over. */
static int collect(struct call *call, struct state *st, const struct ps_options *o, struct list *list,
		   struct err *e)
{
	struct strv ids;
	int r = container_list(st, call->arena, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct err one = { 0 };
		struct control k;
		int n = control_open_any(&k, st, call->arena, ids.v[i], &one);

		/* the answer is in the arena, and the descriptors of all could be too many */
		control_close(&k);
		if (k.rec.name && is_wanted(o, &k))
			arena_push(call->arena, list->v, list->n, k);
		/* one that can't be cleaned up is there all the same */
		if (n < 0 && n != -ENOENT)
			command_report(call, &one);
	}
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_age);
	return r;
}

/* ---- how ---- */

enum { ID, ROOTFS, COMMAND, CREATED, STATUS, NETWORK, ADDRESS, NAMES, COLUMNS };
static const char *const head[COLUMNS] = { "CONTAINER ID", "ROOTFS",  "COMMAND", "CREATED",
					   "STATUS",       "NETWORK", "ADDRESS", "NAMES" };

/* Cut to so many characters, and nothing in it that a terminal would obey. */
static const char *cell(struct arena *a, const char *text, size_t max)
{
	char *copy = arena_strdup(a, text);
	size_t n = 0;

	for (char *p = copy; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
		if ((*p & 0xc0) == 0x80)
			continue; /* inside a character of UTF-8 */
		if (n++ == max) {
			*p = '\0';
			return arena_printf(a, "%s…", copy);
		}
	}
	return copy;
}

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

static void fill_row(struct arena *a, const struct ps_options *o, const struct control *k,
		     const char *row[COLUMNS])
{
	enum { ROOTFS_MAX = 24, COMMAND_MAX = 30 };
	const struct record *r = &k->rec;
	int64_t now = record_now();
	char buf[80];

	row[ID] = o->no_trunc ? r->id : arena_strndup(a, r->id, 12);
	row[ROOTFS] = cell(a, r->rootfs, o->no_trunc ? SIZE_MAX : ROOTFS_MAX);
	row[COMMAND] = cell(a, command_text(a, &r->command), o->no_trunc ? SIZE_MAX : COMMAND_MAX);
	row[CREATED] = arena_printf(a, "%s ago", words_duration(now - r->created, buf, sizeof(buf)));
	row[STATUS] = status_text(a, k, now);
	row[NETWORK] = r->network;
	row[ADDRESS] = control_address(k) ? control_address(k) : "-";
	row[NAMES] = r->name;
}

/* How many columns a terminal needs for it: characters, not bytes. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void print_row(const char *const row[COLUMNS], const size_t width[COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++)
		printf("%s%*s", row[i], i + 1 < COLUMNS ? (int)(width[i] - width_of(row[i]) + 3) : 0, "");
	putchar('\n');
}

static void print_table(struct arena *a, const struct ps_options *o, const struct list *list)
{
	const char *(*rows)[COLUMNS] = arena_alloc(a, (list->n + 1) * sizeof(*rows));
	size_t width[COLUMNS] = { 0 };

	memcpy(rows[0], head, sizeof(head));
	for (size_t i = 0; i < list->n; i++)
		fill_row(a, o, &list->v[i], rows[i + 1]);
	for (size_t i = 0; i <= list->n; i++)
		for (int c = 0; c < COLUMNS; c++)
			if (width_of(rows[i][c]) > width[c])
				width[c] = width_of(rows[i][c]);
	for (size_t i = 0; i <= list->n; i++)
		print_row(rows[i], width);
}

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
	object_labels(a, o, "labels", &r->labels);
	return o;
}

static void print_json(struct arena *a, const struct list *list)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(array, object_of(a, &list->v[i]));
	object_print(array);
}

static void print_names(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		puts(list->v[i].rec.name);
}

static void print_ids(const struct ps_options *o, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		printf("%.*s\n", o->no_trunc ? 64 : 12, list->v[i].rec.id);
}

/* ---- the command ---- */

static const struct opt ps_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct ps_options, all), "also those that have exited" },
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct ps_options, quiet), "only the ids" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct ps_options, no_trunc), "cut nothing" },
	{ "filter", 'f', "FILTER", add_filter, 0,
	  "only those with name=TEXT, status=WORD, label=NAME[=VALUE]",
	  "name= status=running status=paused status=exited label=", .many = true },
	{ "format", 0, "FORMAT", opt_format, 0, "table, json, or names: those alone", "table json names" },
	{ 0 },
};

static int ps_run(struct call *call, struct err *e)
{
	struct ps_options o = { 0 };
	struct list list = { 0 };
	struct strv none;
	struct state st;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0 || (r = collect(call, &st, &o, &list, e)) < 0)
		return r;
	if (str_eq(call->format, "json"))
		print_json(call->arena, &list);
	else if (str_eq(call->format, "names"))
		print_names(&list);
	else if (!o.quiet)
		print_table(call->arena, &o, &list);
	else
		print_ids(&o, &list);
	return 0;
}

const struct command ps_command = {
	.name = "ps",
	.summary = "list containers",
	.details =
		"Those that run, or all. What is shown is what the kernel says now, not what was written once: "
		"Exited (unknown) is a container whose guise was killed before it could learn the exit code, (orphaned) "
		"one that runs on without it, so that what it prints is not kept any more, and Broken one whose record "
		"cannot be read: guise rm --force removes it.",
	.options = ps_table,
	.absent = absent_ps,
	.run = ps_run,
};
