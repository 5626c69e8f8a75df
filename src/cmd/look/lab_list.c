/* SPDX-License-Identifier: GPL-2.0-or-later */

/* guise lab, and guise lab list: what exercises there are. */
#include <errno.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/look/lab_show.h"

struct list_options {
	const char *dir;
};

/* clang-format off */
#define ROW_DIR { "labs", 0, "DIR", opt_string, offsetof(struct list_options, dir), \
	"where the files of the exercises are ($GUISE_LABS)", "@dir" }
/* clang-format on */

/* ---- list ---- */

static const struct opt overview_table[] = { ROW_DIR, { 0 } };

static const struct opt list_table[] = {
	ROW_DIR,
	{ "format", 0, "FORMAT", opt_format, 0, "text, json", "text json" },
	{ 0 },
};

static int list_run(struct call *call, struct err *e)
{
	struct list_options o = { 0 };
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
	.summary = LOOK_LAB_LIST,
	.options = list_table,
	.run = list_run,
};

/* ---- lab, and nothing more ---- */

static int lab_run(struct call *call, struct err *e)
{
	struct list_options o = { 0 };
	struct strv words;
	struct labs labs;
	int r = opt_parse(call, &o, &words, e);

	if (r)
		return r;
	if (words.n)
		return err_set(e, "unknown-command", EINVAL, "unknown command 'lab %s'", words.v[0]),
		       err_hint(e, "there are lab list, start, shell, check, hint, reveal, status and stop");
	if ((r = labs_read(call->arena, o.dir, &labs, e)) == 0)
		lab_show_overview(call->arena, &labs);
	return r;
}

const struct command lab_command = {
	.name = "lab",
	.summary = LOOK_LAB,
	.details = "guise-lab(7) is the course in prose.",
	.options = overview_table,
	.max = COMMAND_ANY,
	.run = lab_run,
};
