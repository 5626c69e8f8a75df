/* SPDX-License-Identifier: GPL-2.0-or-later */

/* guise lab: exercises on real kernel objects. What is printed is in lab_show.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/look/lab_check.h"
#include "cmd/look/lab_host.h"
#include "cmd/look/lab_machine.h"
#include "cmd/look/lab_random.h"
#include "cmd/look/lab_show.h"
#include "run/engine/exec.h"
#include "run/start/protect.h"

struct lab_options {
	const char *name, *dir;
	bool on_host, yes;
};

#define AT(member) offsetof(struct lab_options, member)

/* clang-format off */
#define ROW_NAME { "name", 0, "NAME", opt_string, AT(name), \
	"which of several machines ($GUISE_LAB, or lab)", "@running" }
#define ROW_HOST { "on-host", 0, NULL, opt_flag, AT(on_host), \
	"no machine of its own: this one itself" }
#define ROW_DIR { "labs", 0, "DIR", opt_string, AT(dir), \
	"where the files of the exercises are ($GUISE_LABS)", "@dir" }
/* clang-format on */

static int parse(struct call *call, struct lab_options *o, struct strv *operands, struct err *e)
{
	int r = opt_parse(call, o, operands, e);

	if (r == 0 && o->name && o->on_host)
		return err_set(e, "conflicting-options", EINVAL, "--name and --on-host"),
		       err_cause(e, "there is no machine to be named"), err_hint(e, "leave one of them out");
	if (!o->name && !o->on_host)
		o->name = lab_show_default_name();
	return r;
}

/* A lab that runs. */
struct open_lab {
	struct state st;
	struct control k; /* its machine; without one, on the host, all closed */
	struct lab_run run;
	int dir; /* on the host: where its files are; else -1 */
};

static void close_lab(struct open_lab *lab)
{
	if (lab->dir >= 0)
		close(lab->dir);
	else
		control_close(&lab->k);
}

/* To enter it guise may have to be executed once more. Closed by close_lab(), if this did not fail. */
static int open_lab(struct call *call, const struct lab_options *o, bool enters, struct open_lab *lab,
		    struct err *e)
{
	int r = command_state(call, &lab->st, e);

	lab->dir = lab->k.pidfd = -1;
	if (r < 0)
		return r;
	if (o->on_host)
		return lab_host_open(&lab->st, call->arena, &lab->dir, &lab->run, e);
	r = lab_machine_open(call, &lab->st, o->name, &lab->k, &lab->run, e);
	if (r == 0 && enters)
		r = exec_protect(&lab->st, call->arena, lab->k.c.id, e);
	if (r < 0)
		control_close(&lab->k);
	return r;
}

/* What all of the commands below begin with. */
static int begin(struct call *call, struct lab_options *o, struct strv *operands, bool enters,
		 struct open_lab *lab, struct err *e)
{
	int r = parse(call, o, operands, e);

	return r ? r : open_lab(call, o, enters, lab, e);
}

/* ---- start ---- */

static const struct opt start_table[] = {
	ROW_NAME, ROW_DIR, ROW_HOST, { "yes", 'y', NULL, opt_flag, AT(yes), "with --on-host: do not ask" },
	{ 0 },
};

static int ask_host(const struct lab_options *o, bool *wanted, struct err *e)
{
	return ask("lab start --on-host",
		   "Set this machine itself up for it, with its namespaces, links and cgroups?", "--yes",
		   o->yes, wanted, e);
}

static int start(struct call *call, const struct lab_options *o, const struct labs *labs, const char *ref,
		 struct err *e)
{
	bool is_random = str_eq(ref, "random"), wanted = true;
	const struct lab *l;
	struct state st;
	int r;

	if ((r = labs_find(labs, ref, &l, e)) < 0 || (r = lab_machine_tools(call->arena, e)) < 0 ||
	    (r = command_state(call, &st, e)) < 0 || (o->on_host && (r = ask_host(o, &wanted, e)) < 0) ||
	    !wanted)
		return r;
	r = o->on_host ? lab_host_start(&st, call->arena, labs, l, is_random, e) :
			 lab_machine_start(call, &st, labs, l, o->name, is_random, e);
	if (r < 0)
		return r;
	struct lab shown = *l;
	if (is_random)
		lab_disguise(call->arena, &shown);
	lab_show_task(call->arena, &shown, o->name, is_random);
	return 0;
}

static int start_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv refs;
	struct labs labs;
	int r = parse(call, &o, &refs, e);

	if (r || (r = labs_read(call->arena, o.dir, &labs, e)) < 0)
		return r;
	if (o.on_host && str_eq(refs.v[0], "random"))
		return err_set(e, "lab-not-on-host", ENOTSUP, "break something on this machine itself"),
		       err_cause(e, "who doesn't know what it was could not mend it"),
		       err_hint(e, "leave out --on-host");
	if (geteuid() != 0)
		return err_set(e, "lab-root", EPERM, "make the machine of a lab"),
		       err_cause(e, "only root may do in it what there is to be done"),
		       err_hint(e, "call it with sudo");
	/* executed once more, guise has no name by which a tree of sources could be found */
	setenv("GUISE_LABS", labs.dir, 1);
	if (!o.on_host && (r = protect_now(call->arena, -1, e)) < 0)
		return r;
	return start(call, &o, &labs, refs.v[0], e);
}

const struct command lab_start_command = {
	.name = "lab start",
	.operands = "NUMBER|NAME|random",
	.summary = LOOK_LAB_START,
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

static const struct opt shell_table[] = { ROW_NAME, ROW_HOST, { 0 } };

static int shell_here(const struct strv *argv, struct err *e)
{
	execvp(argv->v[0], (char **)argv->v);
	return err_set(e, "exec", errno, "execute %s", argv->v[0]),
	       err_status(e, errno == ENOENT ? 127 : 126);
}

static int shell_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct exec_spec x = { .workdir = "/root", .interactive = true };
	struct open_lab lab;
	int r = begin(call, &o, &x.argv, true, &lab, e);

	if (r)
		return r;
	close_lab(&lab);
	if (!x.argv.n)
		strv_push(call->arena, &x.argv, access("/bin/bash", X_OK) == 0 ? "bash" : "sh");
	if (o.on_host) {
		strv_push(call->arena, &x.argv, NULL);
		return shell_here(&x.argv, e);
	}
	x.container = o.name;
	x.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	strv_push(call->arena, &x.env, "HOME=/root");
	return exec_container(&lab.st, call->arena, &x, &call->status, e);
}

const struct command lab_shell_command = {
	.name = "lab shell",
	.operands = "[COMMAND [ARG...]]",
	.summary = LOOK_LAB_SHELL,
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
	ROW_HOST,
	{ "format", 0, "FORMAT", opt_format, 0, "text, json", "text json" },
	{ 0 },
};

static int check_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct lab_verdict v;
	struct open_lab lab;
	int r = begin(call, &o, &none, true, &lab, e);

	if (r)
		return r;
	autoclose int outside = o.on_host ? -1 : lab_machine_outside(call, &lab.st, o.name);
	r = lab_check(call->arena, &lab.run.lab, lab.k.pidfd, outside, &v, e);
	if (r == 0) {
		lab_show_verdict(call->arena, &lab.run, o.name, &v, str_eq(call->format, "json"));
		call->status = v.n_missing ? 1 : 0;
	}
	close_lab(&lab);
	return r;
}

const struct command lab_check_command = {
	.name = "lab check",
	.summary = LOOK_LAB_CHECK,
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
	struct open_lab lab;
	int r = begin(call, &o, &none, false, &lab, e);

	if (r)
		return r;
	if (lab.run.hints < lab.run.lab.hints.n)
		r = lab_run_hinted(&lab.run, e);
	lab_show_hint(call->arena, &lab.run, o.name);
	close_lab(&lab);
	return r;
}

const struct command lab_hint_command = {
	.name = "lab hint",
	.summary = LOOK_LAB_HINT,
	.options = shell_table,
	.run = hint_run,
};

static const struct opt reveal_table[] = {
	ROW_NAME,
	ROW_HOST,
	{ "format", 0, "FORMAT", opt_format, 0, "text, shell", "text shell" },
	{ 0 },
};

static int reveal_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct open_lab lab;
	int r = begin(call, &o, &none, false, &lab, e);

	if (r)
		return r;
	lab_show_solution(call->arena, &lab.run, o.name, str_eq(call->format, "shell"));
	close_lab(&lab);
	return 0;
}

const struct command lab_reveal_command = {
	.name = "lab reveal",
	.summary = LOOK_LAB_REVEAL,
	.details =
		"With --format shell it is a script, which solves the exercise when lab shell sh reads it.",
	.options = reveal_table,
	.run = reveal_run,
};

static int status_run(struct call *call, struct err *e)
{
	struct lab_options o = { 0 };
	struct strv none;
	struct open_lab lab;
	int r = begin(call, &o, &none, false, &lab, e);

	if (r)
		return r;
	lab_show_status(call->arena, &lab.run, o.name, str_eq(call->format, "json"));
	close_lab(&lab);
	return 0;
}

const struct command lab_status_command = {
	.name = "lab status",
	.summary = LOOK_LAB_STATUS,
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
	return o.on_host ? lab_host_stop(&st, call->arena, e) : lab_machine_stop(call, &st, o.name, e);
}

const struct command lab_stop_command = {
	.name = "lab stop",
	.summary = LOOK_LAB_STOP,
	.details = "That none runs is no error.",
	.options = shell_table,
	.run = stop_run,
};
