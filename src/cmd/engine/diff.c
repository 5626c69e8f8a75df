/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "run/engine/changes.h"

static const struct opt diff_table[] = {
	{ 0 },
};

/* A name is any bytes, and a line is one change: so what would write elsewhere on a terminal stands in
 * octal. */
static void print_path(const char *path)
{
	for (const unsigned char *p = (const unsigned char *)path; *p; p++)
		if (*p < ' ' || *p == 0x7f || *p == '\\')
			printf("\\%03o", *p);
		else
			putchar(*p);
	putchar('\n');
}

static int diff_run(struct call *call, struct err *e)
{
	struct changes changes;
	struct strv words;
	struct control k;
	struct state st;
	int r = opt_parse(call, NULL, &words, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	r = control_open(&k, &st, call->arena, words.v[0], e);
	if (r == 0)
		r = changes_read(&k, &changes, e);
	for (size_t i = 0; r == 0 && i < changes.n; i++) {
		printf("%c ", changes.v[i].kind);
		print_path(changes.v[i].path);
	}
	control_close(&k);
	return r;
}

const struct command diff_command = {
	.name = "diff",
	.operands = "CONTAINER",
	.summary = "tell what a container has changed in its root file system",
	.details =
		"A line each, by path: A added, C changed, D deleted. Of a directory that was deleted and made anew, what is "
		"no more in it is D. Control characters and backslashes in names are octal, as \\012.\n\n"
		"It takes a layer that is kept: not of a container that uses its root in place, or of one with --rm or "
		"--read-only.",
	.options = diff_table,
	.absent = absent_diff,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = diff_run,
};
