/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/object.h"
#include "cmd/engine/subject.h"
#include "cmd/engine/words.h"
#include "cmd/rows.h"
#include "cmd/table.h"
#include "cmd/template.h"
#include "run/start/usage.h"

struct stats_options {
	bool all, no_stream, no_trunc;
};

/* One container at one time. The texts are in the tick's arena. */
struct sample {
	const char *id, *name;
	bool runs;
	struct usage usage;
	double cpu; /* per cent of one processor since the tick before */
};

/* What was seen at one time: kept until the next, which counts from it. */
struct tick {
	struct arena arena;
	struct sample *v;
	size_t n;
};

/* ---- looking ---- */

static const struct sample *sample_of(const struct tick *t, const char *id)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->v[i].id, id))
			return &t->v[i];
	return NULL;
}

static void look(struct tick *t, const struct tick *before, const struct subject *s)
{
	struct sample now = { .id = s->id, .name = s->name, .runs = s->pid > 0 };
	const struct sample *was = sample_of(before, s->id);
	struct err ignored;
	pid_t *pids;
	size_t n;

	if (now.runs && subject_pids(&t->arena, s, &pids, &n, &ignored) < 0) {
		pids = NULL;
		n = 0;
	}
	if (now.runs)
		usage_read(&t->arena, s->cgroup, s->pid, pids, n, &now.usage);
	if (now.runs && was && was->runs && now.usage.cpu > was->usage.cpu && now.usage.at > was->usage.at)
		now.cpu = 100.0 * (double)(now.usage.cpu - was->usage.cpu) /
			  (double)(now.usage.at - was->usage.at);
	arena_push(&t->arena, t->v, t->n, now);
}

/* Those that are named: an error where one is not there, but for one that has gone meanwhile. Without
 * names, all that are there. */
static int look_at_all(struct call *call, const struct stats_options *o, const struct strv *names,
		       const struct tick *before, struct tick *t, struct err *e)
{
	/* what is read lives as long as the tick */
	struct call here = *call;
	struct strv ids = *names;
	struct state st;
	int r;

	here.arena = &t->arena;
	if ((r = command_state(&here, &st, e)) < 0 ||
	    (!names->n && (r = container_list(&st, &t->arena, &ids, e)) < 0))
		return r;
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct subject s;

		r = subject_open(&here, &st, ids.v[i], &s, e);
		if (r == 0 && (names->n || o->all || s.pid))
			look(t, before, &s);
		else if (r < 0 && (!names->n || before->n))
			r = 0;
		subject_close(&s);
	}
	return r;
}

/* ---- words ---- */

static const char *pair(struct arena *a, const char *x, const char *y)
{
	return arena_printf(a, "%s / %s", x, y);
}

static double memory_percent(const struct usage *u)
{
	return u->memory_limit ? 100.0 * (double)u->memory / (double)u->memory_limit : 0;
}

/* docker's names, units and roundings. */
static json_object *fields_of(struct arena *a, const struct stats_options *o, const struct sample *s)
{
	json_object *f = json_object_new_object();
	const struct usage *u = &s->usage;
	const char *id = o->no_trunc ? s->id : arena_strndup(a, s->id, 12);

	object_str(f, "BlockIO", pair(a, words_bytes(a, u->bytes_read), words_bytes(a, u->bytes_written)));
	object_str(f, "CPUPerc", arena_printf(a, "%.2f%%", s->cpu));
	object_str(f, "Container", id);
	object_str(f, "ID", id);
	object_str(f, "MemPerc", arena_printf(a, "%.2f%%", memory_percent(u)));
	object_str(f, "MemUsage", pair(a, words_binary(a, u->memory), words_binary(a, u->memory_limit)));
	object_str(f, "Name", s->name);
	object_str(f, "NetIO", pair(a, words_bytes(a, u->received), words_bytes(a, u->sent)));
	object_str(f, "PIDs", arena_printf(a, "%llu", (unsigned long long)u->tasks));
	return f;
}

/* The same as numbers, for programs. */
static json_object *object_of(struct arena *a, const struct stats_options *o, const struct sample *s)
{
	json_object *f = fields_of(a, o, s), *n = object_within(f, "Guise");
	const struct usage *u = &s->usage;

	object_flag(n, "Running", s->runs);
	object_int(n, "CPUNanoseconds", (int64_t)u->cpu);
	object_int(n, "MemoryBytes", (int64_t)u->memory);
	object_int(n, "MemoryLimitBytes", (int64_t)u->memory_limit);
	object_int(n, "ReceivedBytes", (int64_t)u->received);
	object_int(n, "SentBytes", (int64_t)u->sent);
	object_int(n, "ReadBytes", (int64_t)u->bytes_read);
	object_int(n, "WrittenBytes", (int64_t)u->bytes_written);
	object_int(n, "Tasks", (int64_t)u->tasks);
	return f;
}

/* ---- how ---- */

static const char usual[] =
	"table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";

static json_object *headings(void)
{
	static const char *const words[][2] = {
		{ "BlockIO", "BLOCK I/O" }, { "CPUPerc", "CPU %" }, { "Container", "CONTAINER" },
		{ "ID", "CONTAINER ID" },   { "MemPerc", "MEM %" }, { "MemUsage", "MEM USAGE / LIMIT" },
		{ "Name", "NAME" },         { "NetIO", "NET I/O" }, { "PIDs", "PIDS" },
	};
	json_object *f = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		object_str(f, words[i][0], words[i][1]);
	return f;
}

static int print(const struct call *call, const struct stats_options *o, struct tick *t, struct err *e)
{
	struct rows rows = { 0 };

	if (str_eq(call->format, "json")) {
		for (size_t i = 0; i < t->n; i++)
			object_print_line(object_of(&t->arena, o, &t->v[i]));
		return 0;
	}
	for (size_t i = 0; i < t->n; i++)
		arena_push(&t->arena, rows.v, rows.n, fields_of(&t->arena, o, &t->v[i]));
	return rows_print(&t->arena, template_is(call->format) ? call->format : usual, headings(), &rows, e);
}

/* ---- the command ---- */

static const struct opt stats_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct stats_options, all), "also those that don't run" },
	{ "no-stream", 0, NULL, opt_flag, offsetof(struct stats_options, no_stream), "once, and no more" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct stats_options, no_trunc), "whole ids" },
	{ "format", 0, "FORMAT", opt_template, 0,
	  "table, json: a line each, or a template: '{{.Name}} {{.MemUsage}}', 'table {{.ID}}\\t{{.CPUPerc}}'",
	  "table json" },
	{ 0 },
};

/* A tick needs the one before it, so the first is shown by the second, which does not wait as long. */
static int watch(struct call *call, const struct stats_options *o, const struct strv *names, struct err *e)
{
	enum { FIRST_MS = 500, TICK_MS = 1000 };
	bool redraw = !o->no_stream && !call->format && isatty(STDOUT_FILENO);
	struct tick before = { 0 }, now = { 0 };
	int r = look_at_all(call, o, names, &before, &now, e), wait = FIRST_MS;

	for (bool more = true; r == 0 && more; wait = TICK_MS) {
		poll(NULL, 0, wait);
		arena_free(&before.arena);
		before = now;
		now = (struct tick){ 0 };
		if ((r = look_at_all(call, o, names, &before, &now, e)) < 0)
			break;
		if (redraw)
			fputs("\033[H\033[J", stdout);
		r = print(call, o, &now, e);
		/* whoever reads it may have gone; main says so */
		more = fflush(stdout) == 0 && !o->no_stream;
	}
	arena_free(&before.arena);
	arena_free(&now.arena);
	return r;
}

static int stats_run(struct call *call, struct err *e)
{
	struct stats_options o = { 0 };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : watch(call, &o, &names, e);
}

const struct command stats_command = {
	.name = "stats",
	.operands = "[CONTAINER...]",
	.summary = "show what containers use: processors, memory, network, disks, processes",
	.details =
		"Of those named, or all that run; anew every second, in place on a terminal. CPU % is of one processor, and "
		"MEM of the container's limit or, without one, of the machine's memory; it is without what the kernel only "
		"keeps as long as nobody needs the room. What no cgroup of the container counts, since no limit needed one, is "
		"added up over its processes.",
	.options = stats_table,
	.absent = absent_stats,
	.max = COMMAND_ANY,
	.hint = "@running",
	.run = stats_run,
};
