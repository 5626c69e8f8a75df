/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/look/world_option.h"

struct world_options {
	const char *from;
	bool redact;
};

static const struct opt world_table[] = {
	WORLD_OPTION_FROM(struct world_options, from),
	{ "redact", 0, NULL, opt_flag, offsetof(struct world_options, redact),
	  "replace addresses, names and paths, the same ones by the same ones" },
	{ "format", 0, "FORMAT", opt_format, 0, "json", "json" },
	{ 0 },
};

static void print(const char *text, size_t n, void *unused)
{
	fwrite(text, 1, n, stdout);
}

static int world_run(struct call *call, struct err *e)
{
	struct world_options o = { 0 };
	struct strv none;
	struct world w;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = world_option(call, o.from, WORLD_ALL, 0, &w, e)) < 0)
		return r;
	if (o.redact)
		world_redact(&w);
	world_write_to(&w, print, NULL);
	return 0;
}

const struct command world_command = {
	.name = "world",
	.summary = LOOK_WORLD,
	.details =
		"The file shows the machine to explain, trace, doctor and map with --from. What could not be read "
		"is told in \"unread\".",
	.options = world_table,
	.run = world_run,
};
