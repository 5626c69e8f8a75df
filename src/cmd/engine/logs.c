/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "run/log.h"
#include "spec/value.h"

static int set_tail(const struct opt_use *u, struct err *e)
{
	int64_t n = -1;
	int r = str_eq(u->value, "all") ? 0 : value_number(u->value, -1, LONG_MAX, &n, e);

	*(long *)u->field = (long)n;
	return r;
}

static const struct opt logs_table[] = {
	{ "follow", 'f', NULL, opt_flag, offsetof(struct log_view, follow), "go on until the container has ended" },
	{ "tail", 'n', "N", set_tail, offsetof(struct log_view, tail), "only the last N lines", "all 10 100" },
	{ "timestamps", 't', NULL, opt_flag, offsetof(struct log_view, timestamps), "the time before each line" },
	{ 0 },
};

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
	return r;
}

const struct command logs_command = {
	.name = "logs",
	.operands = "CONTAINER",
	.summary = "print what a detached container has written",
	.details = "What it wrote to standard output goes to standard output, what it wrote to standard error there.",
	.options = logs_table,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = logs_run,
};
