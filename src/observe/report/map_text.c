/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A map on a terminal: the drawing's shapes are put on a canvas of cells, where lines that meet become a corner. */
#include "observe/report/map_draw.h"

enum { UP = 1, RIGHT = 2, DOWN = 4, LEFT = 8 };

struct cell {
	uint32_t glyph : 21; /* a character; 0: a line, or nothing */
	uint32_t lines : 4;  /* to which sides a line goes */
	uint32_t tone : 3;
	uint32_t dotted : 1;
	uint32_t covered : 1; /* by the wide character before it */
};

struct canvas {
	struct cell *cells;
	int width, height;
};

static struct cell *cell(const struct canvas *c, int x, int y)
{
	static struct cell outside;

	return x >= 0 && y >= 0 && x < c->width && y < c->height ? &c->cells[(size_t)y * c->width + x] :
								   &outside;
}

/* ---- putting ---- */

static void put_line(const struct canvas *c, int x, int y, unsigned lines, const struct map_shape *shape)
{
	struct cell *at = cell(c, x, y);

	at->dotted = shape->dotted && !at->lines;
	at->lines |= lines;
	at->tone = shape->tone > at->tone ? shape->tone : at->tone;
}

static void put_wire(const struct canvas *c, int x, int y, int w, int h, const struct map_shape *shape)
{
	for (int i = 0; i <= w && w; i++)
		put_line(c, x + i, y, (i < w ? RIGHT : 0) | (i ? LEFT : 0), shape);
	for (int i = 0; i <= h && h; i++)
		put_line(c, x, y + i, (i < h ? DOWN : 0) | (i ? UP : 0), shape);
}

static void put_text(const struct canvas *c, int x, int y, const char *text, enum map_tone tone)
{
	int columns;

	while (*text) {
		uint32_t glyph = map_next(&text, &columns);

		if (columns && x + columns <= c->width)
			*cell(c, x, y) = (struct cell){ .glyph = glyph, .tone = tone };
		if (columns == 2)
			*cell(c, x + 1, y) = (struct cell){ .covered = 1 };
		x += columns;
	}
}

static void put_box(const struct canvas *c, const struct map_shape *s)
{
	int right = s->x + s->w - 1, bottom = s->y + s->h - 1;

	put_wire(c, s->x, s->y, s->w - 1, 0, s);
	put_wire(c, s->x, bottom, s->w - 1, 0, s);
	put_wire(c, s->x, s->y, 0, s->h - 1, s);
	put_wire(c, right, s->y, 0, s->h - 1, s);
	put_text(c, s->x + 2, s->y, " ", MAP_PLAIN);
	put_text(c, s->x + 3, s->y, s->text, s->tone == MAP_PLAIN ? MAP_STRONG : s->tone);
	put_text(c, s->x + 3 + map_columns(s->text), s->y, " ", MAP_PLAIN);
	for (size_t i = 0; i < s->lines.n; i++)
		put_text(c, s->x + 2, s->y + 1 + i, s->lines.v[i].text, s->lines.v[i].tone);
}

/* Labels last: they lie on wires. */
static void put_all(const struct canvas *c, const struct map_drawing *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct map_shape *s = &d->shapes[i];

		if (s->kind == MAP_BOX)
			put_box(c, s);
		else if (s->kind == MAP_WIRE)
			put_wire(c, s->x, s->y, s->w, s->h, s);
	}
	for (size_t i = 0; i < d->n; i++)
		if (d->shapes[i].kind == MAP_LABEL)
			put_text(c, d->shapes[i].x, d->shapes[i].y, d->shapes[i].text, d->shapes[i].tone);
}

/* ---- printing ---- */

static const char *line_of(const struct cell *at, bool ascii)
{
	static const char *const glyphs[] = { " ", "│", "─", "└", "│", "│", "┌", "├",
					      "─", "┘", "─", "┴", "┐", "┤", "┬", "┼" };

	if (at->dotted && at->lines == (LEFT | RIGHT))
		return ascii ? "." : "╌";
	if (!ascii)
		return glyphs[at->lines];
	if (at->lines == (LEFT | RIGHT) || at->lines == LEFT || at->lines == RIGHT)
		return "-";
	return at->lines == (UP | DOWN) || at->lines == UP || at->lines == DOWN ? "|" : at->lines ? "+" : " ";
}

static void add_glyph(struct str *out, uint32_t c)
{
	char text[5] = { 0 };

	if (c < 0x80)
		text[0] = c;
	else if (c < 0x800)
		text[0] = 0xc0 | c >> 6, text[1] = 0x80 | (c & 0x3f);
	else if (c < 0x10000)
		text[0] = 0xe0 | c >> 12, text[1] = 0x80 | (c >> 6 & 0x3f), text[2] = 0x80 | (c & 0x3f);
	else
		text[0] = 0xf0 | c >> 18, text[1] = 0x80 | (c >> 12 & 0x3f), text[2] = 0x80 | (c >> 6 & 0x3f),
		text[3] = 0x80 | (c & 0x3f);
	str_add(out, text);
}

/* SGR: faint, bold, yellow, red; in the order of enum map_tone. */
static void add_tone(struct str *out, enum map_tone tone)
{
	static const char *const codes[] = { "\033[0m", "\033[0;2m", "\033[0;1m", "\033[0;33m",
					     "\033[0;1;31m" };

	str_add(out, codes[tone]);
}

static void add_row(const struct canvas *c, int y, const struct map_look *look, struct str *out)
{
	enum map_tone tone = MAP_PLAIN;
	int end = c->width;

	while (end && !cell(c, end - 1, y)->lines && !cell(c, end - 1, y)->covered &&
	       (!cell(c, end - 1, y)->glyph || cell(c, end - 1, y)->glyph == ' '))
		end--;
	for (int x = 0; x < end; x++) {
		const struct cell *at = cell(c, x, y);

		if (at->covered)
			continue;
		if (look->color && at->tone != tone)
			add_tone(out, at->tone);
		tone = at->tone;
		if (at->glyph)
			add_glyph(out, at->glyph);
		else
			str_add(out, line_of(at, look->ascii));
	}
	if (look->color && tone != MAP_PLAIN)
		add_tone(out, MAP_PLAIN);
	str_add(out, "\n");
}

void map_text(const struct map *m, const struct map_look *look, struct str *out)
{
	struct map_drawing d;
	struct canvas c;

	map_draw(m, look->width, look->ascii, &d);
	c = (struct canvas){ .width = d.width < look->width ? d.width : look->width, .height = d.height };
	c.cells = arena_array(m->arena, struct cell, (size_t)c.width * c.height);
	put_all(&c, &d);
	for (int y = 0; y < c.height; y++)
		add_row(&c, y, look, out);
}
