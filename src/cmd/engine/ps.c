/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/filter.h"
#include "cmd/engine/ps_parts.h"

/* ---- which ---- */

/* One that no container can have would list none, and hide the slip of the pen. */
static int add_status(const struct opt_use *u, const char *value, struct err *e)
{
	static const char *const words[] = { "created",  "running", "paused", "exited",
					     "creating", "exiting", "broken" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq(value, words[i])) {
			strv_push(u->call->arena, &((struct ps_options *)u->options)->statuses, value);
			return 0;
		}
	}
	return err_set(e, "bad-filter", EINVAL, "'%s'", u->value),
	       err_cause(e, "no container has such a status"),
	       err_hint(e, "write status=running, paused, exited, created, creating, exiting or broken");
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
			       "write name=TEXT, status=running|paused|exited|created|creating|exiting|broken, or label=NAME[=VALUE]");
	return 0;
}

static bool is_wanted(const struct ps_options *o, const struct control *k)
{
	bool named = o->names.n == 0, status = o->statuses.n == 0;

	for (size_t i = 0; i < o->names.n; i++)
		named = named || strstr(k->rec.name, o->names.v[i]);
	for (size_t i = 0; i < o->statuses.n; i++)
		status = status || str_eq(control_status(k), o->statuses.v[i]);
	return named && status && filter_labels(&k->rec.labels, &o->labels) &&
	       (o->all || o->latest || o->last || o->statuses.n ||
		(k->status != CONTAINER_EXITED && k->status != CONTAINER_CREATED));
}

/* ---- in which order ---- */

static int by_age(const void *a, const void *b)
{
	const struct control *x = a, *y = b;

	return (x->rec.created < y->rec.created) - (x->rec.created > y->rec.created);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct control *)a)->rec.name, ((const struct control *)b)->rec.name);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct control *)a)->rec.id, ((const struct control *)b)->rec.id);
}

static int by_rootfs(const void *a, const void *b)
{
	return strcmp(((const struct control *)a)->rec.rootfs, ((const struct control *)b)->rec.rootfs);
}

static int by_status(const void *a, const void *b)
{
	int order = strcmp(control_status(a), control_status(b));

	return order ? order : by_age(a, b);
}

static int by_command(const void *a, const void *b)
{
	const struct strv *x = &((const struct control *)a)->rec.command,
			  *y = &((const struct control *)b)->rec.command;

	return strcmp(x->n ? x->v[0] : "", y->n ? y->v[0] : "");
}

#define SORTS "created names id rootfs image status command"

/* The newest first, unless another order is asked for. -l and -n mean the newest in any case. */
static void sort_list(const struct ps_options *o, struct ps_list *list)
{
	static const struct {
		const char *word;
		int (*compare)(const void *, const void *);
	} orders[] = {
		{ "names", by_name },   { "id", by_id },         { "rootfs", by_rootfs },
		{ "image", by_rootfs }, { "status", by_status }, { "command", by_command },
	};
	size_t last = o->latest ? 1 : o->last;

	if (!list->n)
		return;
	qsort(list->v, list->n, sizeof(*list->v), by_age);
	if (last && list->n > last)
		list->n = last;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (str_eq(o->sort, orders[i].word))
			qsort(list->v, list->n, sizeof(*list->v), orders[i].compare);
}

/* Those that are wanted. One that vanishes while we look is passed over. */
static int collect(struct call *call, struct state *st, const struct ps_options *o, struct ps_list *list,
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
	sort_list(o, list);
	return r;
}

/* ---- the command ---- */

static const struct opt ps_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct ps_options, all), "also those that have exited" },
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct ps_options, quiet), "only the ids" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct ps_options, no_trunc), "cut nothing" },
	{ "filter", 'f', "FILTER", add_filter, 0,
	  "only those with name=TEXT, status=WORD, label=NAME[=VALUE]",
	  "name= status=created status=running status=paused status=exited label=", .many = true },
	{ "latest", 'l', NULL, opt_flag, offsetof(struct ps_options, latest),
	  "only the newest, in whatever state" },
	{ "last", 'n', "NUMBER", opt_unsigned, offsetof(struct ps_options, last),
	  "only so many, the newest, in whatever state" },
	{ "sort", 0, "FIELD", opt_choice, offsetof(struct ps_options, sort),
	  "in the order of: created (the newest first), names, id, rootfs, status, command", SORTS },
	{ "size", 's', NULL, opt_flag, offsetof(struct ps_options, size),
	  "also how much the files take that it has written: of its layer; - where it keeps none" },
	{ "noheading", 0, NULL, opt_flag, offsetof(struct ps_options, no_heading), "no first line" },
	{ "format", 0, "FORMAT", opt_template, 0,
	  "table, json, names: those alone, or a template: '{{.ID}} {{.Names}}', 'table {{.ID}}\\t{{.Names}}'",
	  "table json names" },
	{ 0 },
};

static int ps_run(struct call *call, struct err *e)
{
	struct ps_options o = { 0 };
	struct ps_list list = { 0 };
	struct strv none;
	struct state st;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0 || (r = collect(call, &st, &o, &list, e)) < 0)
		return r;
	return ps_show(call, &o, &list, e);
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
