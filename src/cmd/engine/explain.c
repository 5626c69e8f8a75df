/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/subject.h"

struct explain_options {
	bool check;
};

static const struct opt explain_table[] = {
	{ "check", 0, NULL, opt_flag, offsetof(struct explain_options, check),
	  "mark each step as ok, missing or different in the kernel" },
	{ "format", 0, "FORMAT", opt_format, 0, "text or json", "text json" },
	{ 0 },
};

static void add_head(const struct subject *s, struct str *out)
{
	if (s->is_oci)
		str_addf(out, "# container oci:%s, %s", s->id, s->status);
	else
		str_addf(out, "# container %s (%.12s), %s", s->name, s->id, s->status);
	if (s->pid)
		str_addf(out, ", first process %d", s->pid);
	str_add(out, "\n\n");
}

static void add_json_head(const struct subject *s, struct str *out)
{
	str_addf(out, "{\"id\": \"%s\", \"name\": ", s->id);
	json_add_string(out, s->name);
	str_addf(out, ", \"status\": \"%s\", \"pid\": %d,\n \"steps\": ", s->status, s->pid);
}

/* One that is only created has not executed its command: what comes behind is not to be found yet. */
static unsigned explain(struct call *call, const struct subject *s, bool check, struct str *out)
{
	struct target t;
	unsigned wrong;

	target_init(&t, call->arena, s->pid, s->pidfd >= 0 ? fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0) : -1);
	t.id = s->id;
	t.rundir = s->is_oci ? s->oci_state.fd : s->k.st->fd;
	if (str_eq(call->format, "json")) {
		add_json_head(s, out);
		wrong = plan_explain_json(s->plan, &t, check, out);
		str_add(out, "}\n");
	} else {
		add_head(s, out);
		wrong = plan_explain(s->plan, &t, check, out);
	}
	target_close(&t);
	return wrong;
}

static int explain_run(struct call *call, struct err *e)
{
	struct explain_options o = { 0 };
	struct str out = { .arena = call->arena };
	struct strv names;
	struct subject s;
	struct state st;
	int r = opt_parse(call, &o, &names, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	r = subject_open(call, &st, names.v[0], &s, e);
	if (r == 0 && !s.plan->count)
		r = err_set(e, "not-started", ENOENT, "explain container %s", names.v[0]),
		err_cause(e, "it was created, and has not been started yet"),
		err_hint(e, "guise run --dry-run with the same options shows what its start will do");
	if (r == 0) {
		call->status = explain(call, &s, o.check, &out) > 0;
		fputs(str_get(&out), stdout);
	}
	subject_close(&s);
	return r;
}

const struct command explain_command = {
	.name = "explain",
	.operands = "CONTAINER",
	.summary = "print what a container consists of, as shell commands",
	.details =
		"With --check the exit status is 1 if the kernel no longer has, or has differently, what was "
		"planned. oci:ID is a container of guise-oci.",
	.options = explain_table,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = explain_run,
};
