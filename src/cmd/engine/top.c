/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/subject.h"
#include "cmd/processes.h"

/* podman's words for columns, where ps has another; all are what the host says, so its "h" makes no
 * difference. */
static const char *column_of(const char *word)
{
	static const char *const words[][2] = {
		{ "hpid", "pid" },       { "huser", "user" },    { "hgroup", "group" },
		{ "hgroups", "supgrp" }, { "groups", "supgrp" }, { "state", "s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(word, words[i][0]))
			return words[i][1];
	return word;
}

/* "pid comm" or "pid,comm". */
static const char *columns_of(struct arena *a, const struct strv *words)
{
	struct str s = { .arena = a };
	char *copy, *word;

	for (size_t i = 0; i < words->n; i++)
		for (copy = arena_strdup(a, words->v[i]); (word = strsep(&copy, ","));)
			if (*word)
				str_addf(&s, "%s%s", s.len ? "," : "", column_of(word));
	return str_get(&s);
}

static int print(struct call *call, const struct subject *s, const struct strv *words, struct err *e)
{
	pid_t *pids;
	size_t n;
	int r;

	if (!s->pid)
		return err_set(e, "not-running", ESRCH, "list the processes of container %s", s->name),
		       err_cause(e, "it is %s", s->status);
	if ((r = subject_pids(call->arena, s, &pids, &n, e)) < 0)
		return r;
	if (words->n && *words->v[0] != '-')
		return processes_print_columns(call->arena, columns_of(call->arena, words), pids, n, e);
	return processes_print(call->arena, words, pids, n, e);
}

static int top_run(struct call *call, struct err *e)
{
	struct strv words;
	struct subject s;
	struct state st;
	int r = opt_parse(call, NULL, &words, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	if ((r = subject_open(call, &st, words.v[0], &s, e)) == 0)
		r = print(call, &s, &(struct strv){ words.v + 1, words.n - 1 }, e);
	subject_close(&s);
	return r;
}

const struct command top_command = {
	.name = "top",
	.operands = "CONTAINER [PS-OPTION...|COLUMN...]",
	.summary = "list the processes of a container, as ps(1) of the machine shows them",
	.details =
		"With ps's options, as docker has it: none are -ef. Or with names of its columns, as podman has it: user, pid, "
		"ppid, pcpu, etime, tty, time, args, comm, ... Pids and users are the machine's. Nothing of the container is "
		"executed.",
	.absent = absent_top,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
	.hint = "@running",
	.run = top_run,
};
