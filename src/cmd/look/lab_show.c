/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/lab_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "cmd/table.h"

const char *lab_show_default_name(void)
{
	const char *name = getenv("GUISE_LAB");

	return name && *name ? name : "lab";
}

static void put(const struct str *s)
{
	fputs(str_get(s), stdout);
}

/* Bold, on a terminal. */
static void add_heading(struct str *out, const char *text)
{
	bool terminal = isatty(STDOUT_FILENO);

	str_addf(out, "%s%s%s\n", terminal ? "\033[1m" : "", text, terminal ? "\033[0m" : "");
}

/* Each line of text that isn't empty behind `before`. */
static void add_lines(struct str *out, const char *before, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n)
			str_addf(out, "%s%.*s", before, (int)n, text);
		str_add(out, "\n");
		text += n + (text[n] == '\n');
	}
}

/* A command of guise lab, for the machine of that name. */
static const char *command(struct arena *a, const char *what, const char *name)
{
	struct str s = { .arena = a };

	/* "shell sh": options stand before the operands */
	str_addf(&s, "guise lab %.*s", (int)strcspn(what, " "), what);
	if (!name)
		str_add(&s, " --on-host");
	else if (!str_eq(name, lab_show_default_name()))
		str_addf(&s, " --name %s", str_shell(&s, name));
	str_add(&s, what + strcspn(what, " "));
	return s.p;
}

static const char *title_of(struct arena *a, const struct lab *l, bool is_random)
{
	return is_random ? "Something is broken" : arena_printf(a, "Lab %u: %s", l->number, l->title);
}

/* ---- list ---- */

static void list_json(struct arena *a, const struct labs *labs)
{
	struct str out = { .arena = a };

	str_add(&out, "[");
	for (size_t i = 0; i < labs->n; i++) {
		str_addf(&out, "%s\n {\"number\": %u, \"name\": ", i ? "," : "", labs->v[i].number);
		json_add_string(&out, labs->v[i].name);
		str_add(&out, ", \"title\": ");
		json_add_string(&out, labs->v[i].title);
		str_add(&out, "}");
	}
	str_add(&out, labs->n ? "\n]\n" : "]\n");
	put(&out);
}

void lab_show_list(struct arena *a, const struct labs *labs, bool json)
{
	struct strv lines = { 0 };

	if (json) {
		list_json(a, labs);
		return;
	}
	strv_push(a, &lines, "LAB\tNAME\tTITLE");
	for (size_t i = 0; i < labs->n; i++)
		strv_push(
			a, &lines,
			arena_printf(a, "%u\t%s\t%s", labs->v[i].number, labs->v[i].name, labs->v[i].title));
	table_print(a, &lines);
}

void lab_show_overview(struct arena *a, const struct labs *labs)
{
	puts("Exercises on real kernel objects, each in a machine of its own:\n");
	fflush(stdout);
	lab_show_list(a, labs, false);
	puts("\nBegin with: guise lab start 1. Something broken, which does not say what: guise lab start random.");
}

/* ---- the task ---- */

static void add_ways_on(struct str *out, const struct lab *l, const char *name)
{
	struct arena *a = out->arena;

	str_add(out, "\n");
	add_heading(out, "How to go on");
	str_addf(out, "    %-28s  work on it\n", command(a, "shell", name));
	str_addf(out, "    %-28s  is it done, and what is missing?\n", command(a, "check", name));
	if (l->hints.n)
		str_addf(out, "    %-28s  a hint; there %s %zu\n", command(a, "hint", name),
			 l->hints.n == 1 ? "is" : "are", l->hints.n);
	str_addf(out, "    %-28s  the solution, with its reasons\n", command(a, "reveal", name));
	str_addf(out, "    %-28s  take %s away\n", command(a, "stop", name), name ? "the machine" : "it");
}

static void add_task(struct str *out, const struct lab *l, bool is_random)
{
	add_heading(out, title_of(out->arena, l, is_random));
	str_add(out, "\n");
	add_lines(out, "", l->task);
	if (!l->watch.n)
		return;
	str_add(out, "\n");
	add_heading(out, "To look with, in the machine");
	for (size_t i = 0; i < l->watch.n; i++)
		str_addf(out, "    %s\n", l->watch.v[i]);
}

void lab_show_task(struct arena *a, const struct lab *l, const char *name, bool is_random)
{
	struct str out = { .arena = a };

	add_task(&out, l, is_random);
	add_ways_on(&out, l, name);
	put(&out);
}

/* ---- check ---- */

/* NULL: nothing. What it is would tell too much, where one doesn't know what is broken. */
static const char *missing_of(const struct lab_run *run, const struct lab_verdict *v, size_t i)
{
	return v->missing[i] && run->is_random ? "it is not so" : v->missing[i];
}

static void verdict_json(struct arena *a, const struct lab_run *run, const struct lab_verdict *v)
{
	struct str out = { .arena = a };

	str_addf(&out, "{\"solved\": %s, \"goals\": [", v->n_missing ? "false" : "true");
	for (size_t i = 0; i < run->lab.n_goals; i++) {
		str_addf(&out, "%s\n {\"goal\": ", i ? "," : "");
		json_add_string(&out, run->lab.goals[i].text);
		str_add(&out, ", \"missing\": ");
		json_add_string(&out, missing_of(run, v, i));
		str_add(&out, "}");
	}
	str_add(&out, "\n]}\n");
	put(&out);
}

static void add_next(struct str *out, const struct lab_run *run, const char *name)
{
	if (run->is_random)
		str_addf(out, "\nSolved. What it was: %s\n", command(out->arena, "reveal", name));
	else
		str_addf(
			out, "\nSolved. On to the next one: %s; %s\n", command(out->arena, "stop", name),
			command(out->arena, arena_printf(out->arena, "start %u", run->lab.number + 1), name));
}

void lab_show_verdict(struct arena *a, const struct lab_run *run, const char *name,
		      const struct lab_verdict *v, bool json)
{
	struct str out = { .arena = a };

	if (json) {
		verdict_json(a, run, v);
		return;
	}
	for (size_t i = 0; i < run->lab.n_goals; i++) {
		const char *missing = missing_of(run, v, i);

		str_addf(&out, "%s  %s%s%s\n", missing ? "not yet" : "done   ", run->lab.goals[i].text,
			 missing ? ": " : "", missing ? missing : "");
	}
	if (v->n_missing)
		str_addf(&out, "\n%zu of %zu still to do.%s%s\n", v->n_missing, run->lab.n_goals,
			 run->hints < run->lab.hints.n ? " A hint: " : "",
			 run->hints < run->lab.hints.n ? command(a, "hint", name) : "");
	else
		add_next(&out, run, name);
	put(&out);
}

/* ---- hint, reveal, status ---- */

void lab_show_hint(struct arena *a, const struct lab_run *run, const char *name)
{
	struct str out = { .arena = a };

	if (!run->lab.hints.n) {
		str_addf(&out, "There is no hint for this one. All of it: %s\n", command(a, "reveal", name));
	} else {
		str_addf(&out, "Hint %u of %zu\n\n", run->hints, run->lab.hints.n);
		add_lines(&out, "", run->lab.hints.v[run->hints - 1]);
		if (run->hints == run->lab.hints.n)
			str_addf(&out, "\nThat was the last one. All of it: %s\n",
				 command(a, "reveal", name));
	}
	put(&out);
}

void lab_show_solution(struct arena *a, const struct lab_run *run, const char *name, bool shell)
{
	struct str out = { .arena = a };

	if (shell) {
		str_addf(&out, "#!/bin/sh -e\n# %s: %s\n", run->lab.file, run->lab.title);
	} else {
		add_heading(&out, title_of(a, &run->lab, false));
		for (size_t i = 0; i < run->lab.faults.n; i++)
			str_addf(&out, "%s%s", i ? ", " : "What was broken: ", run->lab.faults.v[i]);
		str_addf(&out, "%s\n", run->lab.faults.n ? "\n" : "");
	}
	str_addf(&out, "%s%s\n", shell ? "set -e\n" : "", run->lab.solution);
	if (!shell)
		str_addf(&out, "\nAs a script: %s | %s\n", command(a, "reveal --format shell", name),
			 command(a, "shell sh", name));
	put(&out);
}

static void status_json(struct arena *a, const struct lab_run *run, const char *name)
{
	struct str out = { .arena = a };

	str_add(&out, "{\"machine\": ");
	json_add_string(&out, name);
	str_addf(&out, ", \"random\": %s", run->is_random ? "true" : "false");
	if (!run->is_random) {
		str_addf(&out, ", \"number\": %u, \"name\": ", run->lab.number);
		json_add_string(&out, run->lab.name);
		str_add(&out, ", \"title\": ");
		json_add_string(&out, run->lab.title);
	}
	str_addf(&out, ", \"hints\": %u, \"hints_left\": %zu}\n", run->hints,
		 run->lab.hints.n > run->hints ? run->lab.hints.n - run->hints : 0);
	put(&out);
}

void lab_show_status(struct arena *a, const struct lab_run *run, const char *name, bool json)
{
	if (json)
		status_json(a, run, name);
	else
		lab_show_task(a, &run->lab, name, run->is_random);
}
