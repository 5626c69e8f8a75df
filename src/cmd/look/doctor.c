/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/look/mend.h"
#include "cmd/look/world_option.h"
#include "observe/report/doctor.h"

enum { FAULTS = 1, COULD_NOT_LOOK = 2 };

struct doctor_options {
	const char *from;
	bool fix, yes, undo;
};

static const struct opt doctor_table[] = {
	{ "fix", 0, NULL, opt_flag, offsetof(struct doctor_options, fix),
	  "show what mends the faults, ask, do it, and look again" },
	{ "yes", 'y', NULL, opt_flag, offsetof(struct doctor_options, yes), "with --fix: don't ask" },
	{ "undo", 0, NULL, opt_flag, offsetof(struct doctor_options, undo), "take the last --fix back" },
	WORLD_OPTION_FROM(struct doctor_options, from),
	{ "format", 0, "FORMAT", opt_format, 0, "text or json", "text json" },
	{ 0 },
};

/* ---- looking ---- */

/* The same as before, of another target? */
static bool is_listed(const struct findings *all, const struct finding *f)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i].code, f->code) && str_eq(all->v[i].object, f->object) &&
		    all->v[i].netns == f->netns)
			return true;
	return false;
}

static void add(struct arena *a, struct findings *all, const struct findings *more)
{
	for (size_t i = 0; i < more->n; i++)
		if (!is_listed(all, &more->v[i]))
			arena_push(a, all->v, all->n, more->v[i]);
	for (size_t i = 0; i < more->could_not_look.n; i++)
		strv_push(a, &all->could_not_look, more->could_not_look.v[i]);
}

static int look_at_each(struct call *call, const struct world *w, const struct strv *names,
			struct findings *all, struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		struct world_target target;
		struct findings more;
		int r = world_target(w, names->v[i], &target, e);

		if (r < 0)
			return r;
		findings(w, &target, call->arena, &more);
		add(call->arena, all, &more);
	}
	return 0;
}

static int look(struct call *call, const char *from, const struct strv *names, struct findings *all,
		struct err *e)
{
	struct world w;
	int r = world_option(call, from, WORLD_ALL, 0, &w, e);

	*all = (struct findings){ 0 };
	if (r < 0)
		return r;
	if (names->n)
		r = look_at_each(call, &w, names, all, e);
	else
		findings(&w, NULL, call->arena, all);
	/* of a namespace; what of the machine is not to be seen beside is guise world's to tell */
	for (size_t i = 0; i < w.unread.n && r == 0; i++)
		if (str_after(w.unread.v[i], "netns "))
			strv_push(call->arena, &all->could_not_look, w.unread.v[i]);
	return r;
}

/* ---- printing ---- */

static void print(struct call *call, const struct findings *f)
{
	struct str out = { .arena = call->arena };

	if (str_eq(call->format, "json")) {
		doctor_json(f, &out);
	} else {
		doctor_text(f, &out);
		if (f->n || !f->could_not_look.n)
			doctor_sum(f, &out);
	}
	fputs(str_get(&out), stdout);
	out = (struct str){ .arena = call->arena };
	for (size_t i = 0; i < f->could_not_look.n; i++)
		str_addf(&out, "guise: could not look: %s\n", str_visible(&out, f->could_not_look.v[i]));
	fputs(str_get(&out), stderr);
}

static int status_of(const struct findings *f)
{
	return doctor_faults(f) ? FAULTS : f->could_not_look.n ? COULD_NOT_LOOK : 0;
}

/* ---- mending ---- */

/* One repair may bring to light what was hidden behind its fault: so it is looked again, some times. */
static int fix(struct call *call, const struct doctor_options *o, const struct strv *names,
	       struct findings *f, struct err *e)
{
	enum { ROUNDS_MAX = 5 };
	struct mend m;
	int r = mend_begin(call, o->yes, &m, e);

	for (int round = 0; r == 0 && round < ROUNDS_MAX; round++) {
		bool more = false;

		if ((r = mend(&m, f, &more, e)) < 0 || !more)
			break;
		r = look(call, NULL, names, f, e);
	}
	mend_end(&m);
	return r;
}

static int check_options(const struct doctor_options *o, struct err *e)
{
	const char *why = o->from && (o->fix || o->undo) ? "what is in a file can't be mended" :
			  o->fix && o->undo              ? "it goes one way or the other" :
			  o->yes && !o->fix              ? "--yes is for --fix" :
							   NULL;

	return why ? err_set(e, "bad-option", EINVAL, "doctor %s",
			     o->undo ? "--undo" :
			     o->fix  ? "--fix" :
				       "--yes"),
	       err_cause(e, "%s", why) : 0;
}

static int doctor_run(struct call *call, struct err *e)
{
	struct doctor_options o = { 0 };
	struct strv names;
	struct findings f;
	int r = opt_parse(call, &o, &names, e);

	if (r > 0)
		return r;
	if (r == 0 && (r = check_options(&o, e)) == 0) {
		if (o.undo)
			r = mend_undo(call, e);
		else if ((r = look(call, o.from, &names, &f, e)) == 0 && o.fix)
			r = fix(call, &o, &names, &f, e);
	}
	if (r < 0) {
		err_status(e, COULD_NOT_LOOK);
		return -e->no;
	}
	if (o.undo)
		return 0;
	print(call, &f);
	call->status = status_of(&f);
	return 0;
}

const struct command doctor_command = {
	.name = "doctor",
	.operands = "[TARGET...]",
	.summary = LOOK_DOCTOR,
	.details =
		"TARGET is a container of guise, docker, podman, containerd or LXC, pid:N or netns:NAME; without one it is "
		"every container and every named network namespace of the machine, whoever made it. The exit status is 0 "
		"if all is well, 1 if there are faults, 2 if it could not be looked. What --fix did is recorded in the state "
		"directory, for --undo.",
	.options = doctor_table,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = doctor_run,
};
