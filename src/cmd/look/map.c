/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/look/world_option.h"
#include "observe/report/map.h"
#include "observe/walk/published.h"
#include "observe/world/watch.h"

/* What it looks at: findings about limits and mounts have no place in a map. */
enum { PARTS = WORLD_NETWORK | WORLD_RULES | WORLD_PROCESSES };

/* Where nobody says how wide it is. */
enum { WIDTH = 100, WIDTH_MAX = 1000 };

struct map_options {
	const char *from;
	bool ascii, watch;
	bool on_terminal; /* --watch: drawn in place */
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

static int draw(struct call *call, const struct map_options *o, struct str *out, struct err *e)
{
	struct map_look look = look_of(o);
	struct findings f;
	struct world w;
	struct map m;
	int r = world_option(call, o->from, PARTS, 0, &w, e);

	if (r < 0)
		return r;
	published_complete(&w);
	if (o->watch)
		world_watch_number(&w);
	findings(&w, NULL, call->arena, &f);
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

/* ---- again and again ---- */

/* Two drawings, each in an arena of its own: the one that is shown, and the next, which may be the same. */
struct frame {
	struct arena arena;
	struct str text;
};

/* As many lines as the terminal has: more would move the first ones out of sight. */
static void show_on_terminal(const struct str *text)
{
	struct winsize size = { 0 };
	const char *line = str_get(text), *end;
	int rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : 24, row = 0;

	fputs("\033[H", stdout);
	for (; *line && row < rows; line = *end ? end + 1 : end, row++) {
		end = strchrnul(line, '\n');
		if (row == rows - 1 && *end && end[1])
			printf("(there is more: in a larger window)\033[K");
		else
			printf("%.*s\033[K%s", (int)(end - line), line, row < rows - 1 ? "\r\n" : "");
	}
	fputs("\033[J", stdout);
}

/* One behind the other; JSON's readers take a blank line between, where others want a page each. */
static void show_in_turn(const struct call *call, const struct str *text, bool is_first)
{
	if (!is_first)
		fputs(str_eq(call->format, "json") ? "\n" : "\f\n", stdout);
	fwrite(str_get(text), 1, text->len, stdout);
}

static int next_frame(struct call *call, const struct map_options *o, struct frame *shown, struct err *e)
{
	struct frame next = { 0 };
	struct call with = *call;
	bool is_first = !shown->text.len;
	int r;

	with.arena = next.text.arena = &next.arena;
	r = draw(&with, o, &next.text, e);
	if (r == 0 && !str_eq(str_get(&next.text), str_get(&shown->text))) {
		if (o->on_terminal)
			show_on_terminal(&next.text);
		else
			show_in_turn(call, &next.text, is_first);
	}
	arena_free(&shown->arena);
	*shown = next;
	shown->text.arena = &shown->arena;
	return r;
}

/* Until a signal ends it, or nobody reads it any more; main says so. */
static int watch(struct call *call, const struct map_options *o, struct world_watch *watched, struct err *e)
{
	struct frame shown = { 0 };
	int r;

	do {
		r = next_frame(call, o, &shown, e);
		if (r == 0)
			r = fflush(stdout) == 0 ? world_watch_wait(watched, e) : WORLD_WATCH_ENDED;
	} while (r == WORLD_WATCH_CHANGED);
	arena_free(&shown.arena);
	return r < 0 ? r : 0;
}

static int watch_all(struct call *call, const struct map_options *o, struct err *e)
{
	struct world_watch watched;
	struct strv directories = { 0 };
	struct err none = { 0 };
	struct state st;
	int r;

	if (command_look(call, &st, &none) == 0) {
		strv_push(call->arena, &directories, arena_printf(call->arena, "%s/containers", st.path));
		strv_push(call->arena, &directories, arena_printf(call->arena, "%s/names", st.path));
	}
	if ((r = world_watch_open(&watched, &directories, e)) < 0)
		return r;
	if (o->on_terminal)
		fputs("\033[?1049h\033[?25l", stdout); /* the other screen, without a cursor */
	r = watch(call, o, &watched, e);
	if (o->on_terminal)
		fputs("\033[?25h\033[?1049l", stdout);
	world_watch_close(&watched);
	return r;
}

/* ---- the command ---- */

static const struct opt map_table[] = {
	WORLD_OPTION_FROM(struct map_options, from),
	{ "format", 0, "FORMAT", opt_format, 0, "text, svg (for a browser), dot (for Graphviz), json",
	  "text svg dot json" },
	{ "ascii", 0, NULL, opt_flag, offsetof(struct map_options, ascii),
	  "draw with ASCII only, as where the locale has no UTF-8" },
	{ "watch", 0, NULL, opt_flag, offsetof(struct map_options, watch),
	  "draw again when the kernel tells of a change, until Ctrl-C" },
	{ 0 },
};

static int map_run(struct call *call, struct err *e)
{
	struct map_options o = { 0 };
	struct str out = { .arena = call->arena };
	struct strv none;
	int r = opt_parse(call, &o, &none, e);

	if (r)
		return r;
	if (o.watch && o.from)
		return err_set(e, "watch-file", EINVAL, "watch %s", o.from),
		       err_cause(e, "it says what was, and doesn't change"),
		       err_hint(e, "leave --watch or --from out");
	o.on_terminal = !call->format && isatty(STDOUT_FILENO);
	if (o.watch)
		return watch_all(call, &o, e);
	if ((r = draw(call, &o, &out, e)) < 0)
		return r;
	fwrite(str_get(&out), 1, out.len, stdout);
	return 0;
}

const struct command map_command = {
	.name = "map",
	.summary = LOOK_MAP,
	.details =
		"Namespaces, bridges, cables and addresses, of whatever engine or made by hand; what guise doctor finds is "
		"red at its place. Many of a kind fold to some of them, what is broken does not. The width is that of the "
		"terminal, or COLUMNS; NO_COLOR switches colours off. With --watch a namespace that the kernel has no number for "
		"(ip netns list-id) gets one, by which its changes are told; what isn't a terminal gets a form feed between.",
	.options = map_table,
	.run = map_run,
};
