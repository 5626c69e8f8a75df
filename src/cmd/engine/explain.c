/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/fd.h"
#include "base/json.h"
#include "cmd/engine/commands.h"

struct explain_options {
	bool check;
};

static const struct opt explain_table[] = {
	{ "check", 0, NULL, opt_flag, offsetof(struct explain_options, check),
	  "mark each step as ok, missing or different in the kernel" },
	{ "format", 0, "FORMAT", opt_format, 0, "text or json", "text json" },
	{ 0 },
};

static void add_head(const struct control *k, struct str *out)
{
	str_addf(out, "# container %s (%.12s), %s", k->rec.name, k->rec.id, control_status(k));
	if (k->pid)
		str_addf(out, ", first process %d", k->pid);
	str_add(out, "\n\n");
}

static void add_json_head(const struct control *k, struct str *out)
{
	str_addf(out, "{\"id\": \"%s\", \"name\": ", k->rec.id);
	json_add_string(out, k->rec.name);
	str_addf(out, ", \"status\": \"%s\", \"pid\": %d,\n \"steps\": ", control_status(k), k->pid);
}

static unsigned explain(struct call *call, struct control *k, bool check, struct str *out)
{
	struct live live;
	unsigned wrong;

	live_init(&live, k->rec.id, call->arena, k->st->fd);
	live.pid = k->pid;
	live.pidfd = take_fd(&k->pidfd);
	if (str_eq(call->format, "json")) {
		add_json_head(k, out);
		wrong = plan_explain_json(&k->rec.plan, &live, check, out);
		str_add(out, "}\n");
	} else {
		add_head(k, out);
		wrong = plan_explain(&k->rec.plan, &live, check, out);
	}
	live_close(&live);
	return wrong;
}

static int explain_run(struct call *call, struct err *e)
{
	struct explain_options o = { 0 };
	struct str out = { .arena = call->arena };
	struct strv names;
	struct control k;
	struct state st;
	int r = opt_parse(call, &o, &names, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	r = control_open(&k, &st, call->arena, names.v[0], e);
	if (r == 0) {
		call->status = explain(call, &k, o.check, &out) > 0;
		fputs(str_get(&out), stdout);
	}
	control_close(&k);
	return r;
}

const struct command explain_command = {
	.name = "explain",
	.operands = "CONTAINER",
	.summary = "print what a container consists of, as shell commands",
	.details =
		"With --check the exit status is 1 if the kernel no longer has, or has differently, what was "
		"planned.",
	.options = explain_table,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = explain_run,
};
