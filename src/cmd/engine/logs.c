/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "spec/value.h"
#include "spec/when.h"
#include "state/log.h"

static int set_tail(const struct opt_use *u, struct err *e)
{
	int64_t n = -1;
	int r = str_eq(u->value, "all") ? 0 : value_number(u->value, -1, LONG_MAX, &n, e);

	*(long *)u->field = (long)n;
	return r;
}

static int set_time(const struct opt_use *u, struct err *e)
{
	return when_parse(u->value, record_now(), u->field, e);
}

static const struct opt logs_table[] = {
	{ "follow", 'f', NULL, opt_flag, offsetof(struct log_view, follow),
	  "go on until the container has ended" },
	{ "tail", 'n', "N", set_tail, offsetof(struct log_view, tail), "only the last N lines",
	  "all 10 100" },
	{ "since", 0, "TIME", set_time, offsetof(struct log_view, since),
	  "only lines since then: 10m ago, 2026-11-28T16:05:00, seconds since 1970" },
	{ "until", 0, "TIME", set_time, offsetof(struct log_view, until), "only lines until then" },
	{ "timestamps", 't', NULL, opt_flag, offsetof(struct log_view, timestamps),
	  "the time before each line" },
	{ 0 },
};

/* Behind the log, which may have been followed until then: no more of it will come. */
static void tell_orphaned(struct call *call, struct state *st, const char *name)
{
	struct err ignored = { 0 };
	struct control k;

	if (control_open(&k, st, call->arena, name, &ignored) == 0 && k.orphaned)
		fprintf(stderr,
			"guise: container %s runs on, but its monitor was killed: what it prints is not kept any more\n",
			k.rec.name);
	control_close(&k);
}

static int logs_run(struct call *call, struct err *e)
{
	struct log_view view = { .tail = -1 };
	struct strv names;
	struct control k;
	struct state st;
	int r = opt_parse(call, &view, &names, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	r = control_open(&k, &st, call->arena, names.v[0], e);
	if (r == 0)
		r = log_print(&k.c, &view, STDOUT_FILENO, STDERR_FILENO, e);
	control_close(&k);
	if (r == 0 && view.lost)
		r = err_set(e, "log-lost", EOVERFLOW, "follow the log of container %s", names.v[0]),
		err_cause(e, "it was rotated faster than it could be printed, and some of it is left out"),
		err_hint(e, "run with a larger --log-opt max-size or max-file");
	tell_orphaned(call, &st, names.v[0]);
	return r;
}

const struct command logs_command = {
	.name = "logs",
	.operands = "CONTAINER",
	.summary = "print what a detached container has written",
	.details =
		"What it wrote to standard output goes to standard output, what it wrote to standard error there, byte by "
		"byte. A line has the time at which it began.",
	.options = logs_table,
	.absent = absent_logs,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = logs_run,
};
