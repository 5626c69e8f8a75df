/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/engine/subject.h"
#include "cmd/look/world_option.h"
#include "observe/report/explain_script.h"
#include "observe/walk/published.h"

struct explain_options {
	bool check;
	const char *from;
};

static const struct opt explain_table[] = {
	{ "check", 0, NULL, opt_flag, offsetof(struct explain_options, check),
	  "of a container of guise, mark each step as ok, missing or different in the kernel" },
	WORLD_OPTION_FROM(struct explain_options, from),
	{ "format", 0, "FORMAT", opt_format, 0, "text, json, or shell: a script that builds an equal one",
	  "text json shell" },
	{ 0 },
};

enum { PARTS = WORLD_NETWORK | WORLD_RULES | WORLD_PROCESSES };

/* ---- what the machine has of it ---- */

/* Of this machine: cgroups and mounts of that process alone, which may be no container's. */
static int look(struct call *call, const char *from, const char *text, struct world *w,
		struct world_target *t, struct err *e)
{
	int r = world_option(call, from, PARTS, 0, w, e);
	const struct world_process *host;
	const char *self;

	if (r < 0)
		return r;
	published_complete(w);
	self = arena_printf(call->arena, "pid:%llu", (unsigned long long)w->self);
	if ((r = world_target(w, text ?: self, t, e)) < 0 || from)
		return r;
	if (t->process)
		world_read_more(w, t->process->pid);
	/* what it has from the host, whether that is its root, and what a script finds that is run from here */
	host = world_process_of(w, 1);
	if (host && host->ns[WORLD_NS_MNT])
		world_read_more(w, 1);
	world_read_more(w, (int64_t)w->self);
	return 0;
}

static void add_json_target(const struct world_target *t, struct str *out)
{
	const struct world_container *c = t->container;

	str_add(out, "{\"target\": ");
	json_add_string(out, t->text);
	if (c) {
		str_add(out, ", \"engine\": ");
		json_add_string(out, c->engine);
		str_add(out, ", \"id\": ");
		json_add_string(out, c->id);
		str_add(out, ", \"name\": ");
		json_add_string(out, c->name);
		str_add(out, ", \"status\": ");
		json_add_string(out, c->status);
	}
	str_addf(out, ", \"pid\": %lld,\n ", t->process ? (long long)t->process->pid : 0);
}

static int explain_any(struct call *call, const struct explain_options *o, const char *text, struct str *out,
		       struct err *e)
{
	struct explanation x;
	struct world_target t;
	struct world w;
	int r = look(call, o->from, text, &w, &t, e);

	if (r < 0)
		return r;
	if (o->check)
		return err_set(e, "no-plan", EINVAL, "check %.128s", t.text),
		       err_cause(e, "guise did not make it, so there is no plan that it could differ from"),
		       err_hint(e, "guise doctor %.128s looks for what is wrong", t.text);
	explain(&w, &t, &x);
	if (str_eq(call->format, "shell")) {
		explain_script(&x, out);
	} else if (str_eq(call->format, "json")) {
		add_json_target(&t, out);
		explain_json(&x, out);
		str_add(out, "}\n");
	} else {
		explain_text(&x, "", out);
	}
	return 0;
}

/* ---- a container of guise: its plan, and that ---- */

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

/* Behind its plan. One that does not run has nothing to be seen. */
static int add_seen(struct call *call, const struct subject *s, bool json, struct str *out, struct err *e)
{
	struct explanation x;
	struct world_target t;
	struct world w;
	const char *text = arena_printf(call->arena, "pid:%d", s->pid);
	int r = look(call, NULL, text, &w, &t, e);

	if (r < 0)
		return r;
	explain(&w, &t, &x);
	if (json) {
		str_add(out, ",\n ");
		explain_json(&x, out);
	} else {
		str_add(out, "\n# ==== what the kernel has of it\n#\n");
		explain_text(&x, "# ", out);
	}
	return 0;
}

/* One that is only created has not executed its command: what comes behind is not to be found yet. */
static int explain_subject(struct call *call, const struct subject *s, bool check, struct str *out,
			   struct err *e)
{
	bool json = str_eq(call->format, "json");
	struct target t;
	unsigned wrong;
	int r = 0;

	target_init(&t, call->arena, s->pid, s->pidfd >= 0 ? fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0) : -1);
	t.id = s->id;
	t.rundir = s->is_oci ? s->oci_state.fd : s->k.st->fd;
	(json ? add_json_head : add_head)(s, out);
	wrong = (json ? plan_explain_json : plan_explain)(s->plan, &t, check, out);
	if (s->pid && !check)
		r = add_seen(call, s, json, out, e);
	str_add(out, json ? "}\n" : "");
	target_close(&t);
	call->status = wrong > 0;
	return r;
}

static int explain_own(struct call *call, const struct subject *s, const char *name, bool check,
		       struct str *out, struct err *e)
{
	if (!s->plan->count)
		return err_set(e, "not-started", ENOENT, "explain container %s", name),
		       err_cause(e, "it was created, and has not been started yet"),
		       err_hint(e, "guise run --dry-run with the same options shows what its start will do");
	if (!str_eq(call->format, "shell"))
		return explain_subject(call, s, check, out, e);
	plan_script(s->plan, name, out);
	return 0;
}

/* A name without an engine's may be guise's. */
static bool is_maybe_own(const char *text)
{
	return text && (str_after(text, "oci:") || str_after(text, "guise:") || !strchr(text, ':'));
}

static int explain_named(struct call *call, const struct explain_options *o, const char *text,
			 struct str *out, struct err *e)
{
	struct subject s;
	struct state st;
	int r;

	if (o->from || !is_maybe_own(text))
		return explain_any(call, o, text, out, e);
	if ((r = command_state(call, &st, e)) < 0)
		return r;
	r = subject_open(call, &st, str_after(text, "guise:") ?: text, &s, e);
	if (r == 0)
		r = explain_own(call, &s, text, o->check, out, e);
	else if (r == -ENOENT && str_eq(e->code, "no-container") && !strchr(text, ':'))
		r = explain_any(call, o, text, out, e);
	subject_close(&s);
	return r;
}

static int explain_run(struct call *call, struct err *e)
{
	struct explain_options o = { 0 };
	struct str out = { .arena = call->arena };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	if (r)
		return r;
	r = explain_named(call, &o, names.n ? names.v[0] : NULL, &out, e);
	if (r == 0)
		fwrite(str_get(&out), 1, out.len, stdout);
	return r;
}

const struct command explain_command = {
	.name = "explain",
	.operands = "[TARGET]",
	.summary = LOOK_EXPLAIN,
	.details =
		"TARGET is a container of guise, docker, podman, containerd or LXC by its name, its id or the beginning of "
		"that (docker:NAME, where several have the name; oci:ID is one of guise-oci), pid:N, netns:NAME, "
		"cgroup:PATH, a unit of systemd (NAME.service), or host; without one, this process.\n"
		"Of a container of guise come first the commands that make it. Then, of any target, what the kernel has of "
		"it, each answer with the command that shows the same.\n"
		"With --check the exit status is 1 if the kernel no longer has, or has differently, what was "
		"planned. A target that is not there is an error.",
	.options = explain_table,
	.min = 0,
	.max = 1,
	.hint = "@container",
	.run = explain_run,
};
