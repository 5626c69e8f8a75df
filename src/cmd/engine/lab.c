/* SPDX-License-Identifier: GPL-2.0-or-later */

/* guise lab: exercises on real kernel objects. What is printed is in lab_show.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/lab_check.h"
#include "cmd/engine/lab_machine.h"
#include "cmd/engine/lab_show.h"
#include "run/engine/exec.h"
#include "run/start/protect.h"

struct lab_options {
	const char *name, *dir;
};

#define AT(member) offsetof(struct lab_options, member)

/* clang-format off */
#define ROW_NAME { "name", 0, "NAME", opt_string, AT(name), \
	"which of several machines ($GUISE_LAB, or lab)", "@running" }
#define ROW_DIR { "labs", 0, "DIR", opt_string, AT(dir), \
	"where the files of the exercises are ($GUISE_LABS)", "@dir" }
/* clang-format on */

static int parse(struct call *call, struct lab_options *o, struct strv *operands, struct err *e)
{
	int r = opt_parse(call, o, operands, e);

	if (!o->name)
		o->name = lab_show_default_name();
	return r;
}

/* The lab that runs, for what enters it (which may execute guise once more) or not. */
static int open_run(struct call *call, const struct lab_options *o, bool enters, struct state *st,
		    struct lab_run *run, struct err *e)
{
	int r = command_state(call, st, e);

	run->k.pidfd = -1;
	if (r < 0)
		return r;
	if ((r = lab_machine_open(call, st, o->name, run, e)) == 0 && enters)
		r = exec_protect(st, call->arena, run->k.c.id, e);
	return r;
}

/* ---- list ---- */

static const struct opt list_table[] = {
	ROW_DIR,
	{ "format", 0, "FORMAT", opt_format, 0, "text, json", "text json" },
	{ 0 },
};

static int list_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct labs labs;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = labs_read(call->arena, o.dir, &labs, e)) < 0)
		return r;
	lab_show_list(call->arena, &labs, str_eq(call->format, "json"));
	return 0;
}

const struct command lab_list_command = {
	.name = "lab list",
	.summary = "name the exercises",
	.options = list_table,
	.run = list_run,
};

/* ---- start ---- */

static const struct opt start_table[] = { ROW_NAME, ROW_DIR, { 0 } };

static int start_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv refs;
	const struct lab *l;
	struct labs labs;
	struct state st;
	int r = parse(call, &o, &refs, e);

	if (r || (r = labs_read(call->arena, o.dir, &labs, e)) < 0)
		return r;
	if (geteuid() != 0)
		return err_set(e, "lab-root", EPERM, "make the machine of a lab"),
		       err_cause(e, "only root may do in it what there is to be done"),
		       err_hint(e, "call it with sudo");
	bool is_random = str_eq(refs.v[0], "random");
	/* executed once more, guise has no name by which a tree of sources could be found */
	setenv("GUISE_LABS", labs.dir, 1);
	if ((r = protect_now(call->arena, -1, e)) < 0 || (r = labs_find(&labs, refs.v[0], &l, e)) < 0 ||
	    (r = lab_machine_tools(call->arena, e)) < 0 || (r = command_state(call, &st, e)) < 0 ||
	    (r = lab_machine_start(call, &st, &labs, l, o.name, is_random, e)) < 0)
		return r;
	lab_show_task(call->arena, l, o.name, is_random);
	return 0;
}

const struct command lab_start_command = {
	.name = "lab start",
	.operands = "NUMBER|NAME|random",
	.summary = "make the machine of an exercise, and tell the task",
	.details =
		"The machine is a container in which links, namespaces, cgroups and firewalls can be used freely, "
		"with an outside world beside it; nothing of the host is touched. random is something broken, and does not "
		"say what.",
	.options = start_table,
	.min = 1,
	.max = 1,
	.run = start_run,
};

/* ---- shell ---- */

static const struct opt shell_table[] = { ROW_NAME, { 0 } };

static int shell_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct exec_spec x = { .workdir = "/root", .interactive = true };
	struct lab_run run;
	struct state st;
	int r = parse(call, &o, &x.argv, e);

	if (r)
		return r;
	r = open_run(call, &o, true, &st, &run, e);
	control_close(&run.k);
	if (r < 0)
		return r;
	x.container = o.name;
	x.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	strv_push(call->arena, &x.env, "HOME=/root");
	if (!x.argv.n)
		strv_push(call->arena, &x.argv, access("/bin/bash", X_OK) == 0 ? "bash" : "sh");
	return exec_container(&st, call->arena, &x, &call->status, e);
}

const struct command lab_shell_command = {
	.name = "lab shell",
	.operands = "[COMMAND [ARG...]]",
	.summary = "work in the machine of the exercise",
	.details = "Without COMMAND, with a shell. The exit status is the command's.",
	.options = shell_table,
	.max = COMMAND_ANY,
	.options_first = true,
	.hint = "@command",
	.run = shell_run,
};

/* ---- check ---- */

static const struct opt check_table[] = {
	ROW_NAME,
	{ "format", 0, "FORMAT", opt_format, 0, "text, json", "text json" },
	{ 0 },
};

static int check_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct lab_verdict v;
	struct lab_run run;
	struct state st;
	int r = parse(call, &o, &none, e);

	if (r)
		return r;
	if ((r = open_run(call, &o, true, &st, &run, e)) == 0) {
		autoclose int outside = lab_machine_outside(call, &st, o.name);

		r = lab_check(call->arena, &run.lab, run.k.pidfd, outside, &v, e);
	}
	if (r == 0) {
		lab_show_verdict(call->arena, &run, o.name, &v, str_eq(call->format, "json"));
		call->status = v.n_missing ? 1 : 0;
	}
	control_close(&run.k);
	return r;
}

const struct command lab_check_command = {
	.name = "lab check",
	.summary = "tell whether the exercise is solved, and what is missing",
	.details =
		"By what is in the kernel; how it came there does not matter. The exit status is 0 if it is solved, 1 if "
		"it is not yet, and 125 if no lab runs.",
	.options = check_table,
	.run = check_run,
};

/* ---- hint, reveal, status ---- */

static int hint_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct lab_run run;
	struct state st;
	int r = parse(call, &o, &none, e);

	if (r)
		return r;
	if ((r = open_run(call, &o, false, &st, &run, e)) == 0) {
		if (run.hints < run.lab.hints.n)
			r = lab_machine_hinted(&run, e);
		lab_show_hint(call->arena, &run, o.name);
	}
	control_close(&run.k);
	return r;
}

const struct command lab_hint_command = {
	.name = "lab hint",
	.summary = "give a hint, each time one more",
	.options = shell_table,
	.run = hint_run,
};

static const struct opt reveal_table[] = {
	ROW_NAME,
	{ "format", 0, "FORMAT", opt_format, 0, "text, shell", "text shell" },
	{ 0 },
};

static int reveal_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct lab_run run;
	struct state st;
	int r = parse(call, &o, &none, e);

	if (r)
		return r;
	if ((r = open_run(call, &o, false, &st, &run, e)) == 0)
		lab_show_solution(call->arena, &run, o.name, str_eq(call->format, "shell"));
	control_close(&run.k);
	return r;
}

const struct command lab_reveal_command = {
	.name = "lab reveal",
	.summary = "tell the solution: commands, with the reason for each",
	.details =
		"With --format shell it is a script, which solves the exercise when lab shell sh reads it.",
	.options = reveal_table,
	.run = reveal_run,
};

static int status_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct lab_run run;
	struct state st;
	int r = parse(call, &o, &none, e);

	if (r)
		return r;
	if ((r = open_run(call, &o, false, &st, &run, e)) == 0)
		lab_show_status(call->arena, &run, o.name, str_eq(call->format, "json"));
	control_close(&run.k);
	return r;
}

const struct command lab_status_command = {
	.name = "lab status",
	.summary = "tell which exercise runs, and its task again",
	.options = check_table,
	.run = status_run,
};

/* ---- stop ---- */

static int stop_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct state st;
	int r = parse(call, &o, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	return lab_machine_stop(call, &st, o.name, e);
}

const struct command lab_stop_command = {
	.name = "lab stop",
	.summary = "take the machine of the exercise away, and all that was made in it",
	.details = "That none runs is no error.",
	.options = shell_table,
	.run = stop_run,
};
