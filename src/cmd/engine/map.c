/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/world_option.h"
#include "observe/report/map.h"

/* What it looks at: findings about limits and mounts have no place in a map. */
enum { PARTS = WORLD_NETWORK | WORLD_RULES | WORLD_PROCESSES };

/* Where nobody says how wide it is. */
enum { WIDTH = 100, WIDTH_MAX = 1000 };

struct map_options {
	const char *from;
	bool ascii;
};

/* ---- where it is drawn ---- */

static int columns(void)
{
	const char *text = getenv("COLUMNS");
	int said = text ? atoi(text) : 0;
	struct winsize size;

	if (said <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		said = size.ws_col;
	return said <= 0 ? WIDTH : said < WIDTH_MAX ? said : WIDTH_MAX;
}

/* By the variables themselves (locale(7)): setlocale(3) would want the locale to be installed. */
static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static struct map_look look_of(const struct map_options *o)
{
	const char *no_color = getenv("NO_COLOR");

	return (struct map_look){
		.width = columns(),
		.ascii = o->ascii || !is_utf8(),
		.color = isatty(STDOUT_FILENO) && !(no_color && *no_color),
	};
}

/* ---- the command ---- */

static int draw(struct call *call, const struct map_options *o, struct str *out, struct err *e)
{
	struct map_look look = look_of(o);
	struct findings f = { 0 };
	struct world w;
	struct map m;
	int r = world_option(call, o->from, PARTS, 0, &w, e);

	if (r < 0)
		return r;
	map_make(&w, &f, call->arena, &m);
	if (str_eq(call->format, "json"))
		map_json(&m, out);
	else if (str_eq(call->format, "svg"))
		map_svg(&m, out);
	else if (str_eq(call->format, "dot"))
		map_dot(&m, out);
	else
		map_text(&m, &look, out);
	return 0;
}

static const struct opt map_table[] = {
	WORLD_OPTION_FROM(struct map_options, from),
	{ "format", 0, "FORMAT", opt_format, 0, "text, svg (for a browser), dot (for Graphviz), json",
	  "text svg dot json" },
	{ "ascii", 0, NULL, opt_flag, offsetof(struct map_options, ascii),
	  "draw with ASCII only, as where the locale has no UTF-8" },
	{ 0 },
};

static int map_run(struct call *call, struct err *e)
{
	struct map_options o = { 0 };
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = draw(call, &o, &out, e)) < 0)
		return r;
	fwrite(str_get(&out), 1, out.len, stdout);
	return 0;
}

const struct command map_command = {
	.name = "map",
	.summary = "draw the networks of all containers on this machine, and where one is broken",
	.details =
		"Namespaces, bridges, cables and addresses, of whatever engine or made by hand; what guise doctor finds is "
		"red at its place. Many of a kind fold to some of them, what is broken does not. The width is that of the "
		"terminal, or COLUMNS; NO_COLOR switches colours off.",
	.options = map_table,
	.run = map_run,
};
