/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A map as an SVG file that needs nothing else: no script, no font, no other file. Its colours follow the reader's choice of
 * light or dark. */
#include <string.h>

#include "observe/report/map_draw.h"

/* Of a cell, in tenths of a pixel: a monospaced font of 13 pixels has 7.8 in a column. */
enum { CELL_W = 84, CELL_H = 200, MARGIN = 160, WIDTH = 132 };

static const char style[] =
	"<style>\n"
	".guise-map { --paper: #ffffff; --ink: #1b2733; --dim: #5f6c79; --wire: #7c8a98; --box: #f3f6f9; --hub: #dfeaf7;\n"
	"  --doubt: #8a5300; --doubt-box: #fff3dc; --fault: #b3261e; --fault-box: #fdebea;\n"
	"  background: var(--paper); max-width: 100%; height: auto; }\n"
	"@media (prefers-color-scheme: dark) { .guise-map { --paper: #12181f; --ink: #e3e9ef; --dim: #98a5b2;\n"
	"  --wire: #71808f; --box: #1c2530; --hub: #1d344d;\n"
	"  --doubt: #f0b354; --doubt-box: #35290f; --fault: #ff8a80; --fault-box: #40191a; } }\n"
	".guise-map text { font: 13px ui-monospace, \"DejaVu Sans Mono\", Menlo, Consolas, monospace; white-space: pre;\n"
	"  fill: var(--ink); stroke: none; dominant-baseline: central; }\n"
	".guise-map .paper { fill: var(--paper); stroke: none; }\n"
	".guise-map .box { fill: var(--box); stroke: var(--wire); }\n"
	".guise-map .box.link { fill: var(--hub); }\n"
	".guise-map .box.outside { stroke-dasharray: 2 3; }\n"
	".guise-map .wire { fill: none; stroke: var(--wire); stroke-width: 1.6; }\n"
	".guise-map .dotted { stroke-dasharray: 5 4; }\n"
	".guise-map .on-wire { paint-order: stroke; stroke: var(--paper); stroke-width: 7px; }\n"
	".guise-map .strong { font-weight: bold; }\n"
	".guise-map .dim { fill: var(--dim); }\n"
	".guise-map .doubt { fill: var(--doubt); } .guise-map .fault { fill: var(--fault); }\n"
	".guise-map .box.doubt { fill: var(--doubt-box); stroke: var(--doubt); stroke-width: 2; }\n"
	".guise-map .box.fault { fill: var(--fault-box); stroke: var(--fault); stroke-width: 2; }\n"
	".guise-map .doubt.wire { fill: none; stroke: var(--doubt); stroke-width: 2.4; }\n"
	".guise-map .fault.wire { fill: none; stroke: var(--fault); stroke-width: 2.4; }\n"
	"</style>\n";

static const char *const kinds[] = { "outside", "netns", "link" };
static const char *const tones[] = { "plain", "dim", "strong", "doubt", "fault" };

/* ---- pieces ---- */

/* What XML takes: that has no place for two characters of Unicode. */
static void add_escaped(struct str *out, const char *text)
{
	int columns;

	for (const char *from = text; *text; from = text) {
		uint32_t c = map_next(&text, &columns);

		if (c == '&' || c == '<' || c == '>' || c == '"')
			str_addf(out, "&#%u;", (unsigned)c);
		else if (c == 0xfffe || c == 0xffff)
			str_add(out, "\xef\xbf\xbd");
		else
			str_addn(out, from, text - from);
	}
}

static void add_length(struct str *out, const char *name, int tenths)
{
	str_addf(out, " %s=\"%d.%d\"", name, tenths / 10, tenths % 10);
}

static int left(int x)
{
	return MARGIN + x * CELL_W;
}

static int top(int y)
{
	return MARGIN + y * CELL_H;
}

/* In the middle of the line y. */
static void add_text(struct str *out, int x, int y, const char *class, const char *more, const char *text)
{
	str_addf(out, "<text class=\"%s%s\"", class, more);
	add_length(out, "x", left(x));
	add_length(out, "y", top(y) + CELL_H / 2);
	str_add(out, ">");
	add_escaped(out, text);
	str_add(out, "</text>\n");
}

static void add_title(struct str *out, const char *details)
{
	if (!details || !*details)
		return;
	str_add(out, "<title>");
	add_escaped(out, details);
	str_add(out, "</title>");
}

/* ---- shapes ---- */

static void add_box(const struct map_shape *s, struct str *out)
{
	str_add(out, "<g role=\"graphics-object\" aria-label=\"");
	add_escaped(out, s->text);
	str_add(out, "\">");
	add_title(out, s->details);
	str_addf(out, "<rect class=\"box %s %s\" rx=\"5\"", kinds[s->of], tones[s->tone]);
	add_length(out, "x", left(s->x) + CELL_W / 2);
	add_length(out, "y", top(s->y) - 20);
	add_length(out, "width", (s->w - 1) * CELL_W);
	add_length(out, "height", s->h * CELL_H - 80);
	str_add(out, "/>\n");
	add_text(out, s->x + 2, s->y, tones[s->tone], " strong", s->text);
	for (size_t i = 0; i < s->lines.n; i++)
		add_text(out, s->x + 2, s->y + 1 + i, tones[s->lines.v[i].tone], "", s->lines.v[i].text);
	str_add(out, "</g>\n");
}

/* From and to the middle of cells. */
static void add_wire(const struct map_shape *s, struct str *out)
{
	int x = left(s->x) + CELL_W / 2, y = top(s->y) + CELL_H / 2;

	str_addf(out, "<path class=\"%s wire%s\" d=\"M%d.%d %d.%dh%dv%d\"/>\n", tones[s->tone],
		 s->dotted ? " dotted" : "", x / 10, x % 10, y / 10, y % 10, s->w * CELL_W / 10,
		 s->h * CELL_H / 10);
}

static void add_label(const struct map_shape *s, struct str *out)
{
	int blank = *s->text == ' '; /* one at each end keeps the wire off it */
	size_t len = strlen(s->text);
	const char *text = arena_strndup(out->arena, s->text + blank,
					 len - blank - (blank && s->text[len - 1] == ' '));

	str_add(out, "<g>");
	add_title(out, s->details);
	add_text(out, s->x + blank, s->y, tones[s->tone], blank ? " on-wire" : "", text);
	str_add(out, "</g>\n");
}

static void add_shapes(const struct map_drawing *d, enum map_shape_kind kind, struct str *out)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->shapes[i].kind != kind)
			continue;
		if (kind == MAP_BOX)
			add_box(&d->shapes[i], out);
		else if (kind == MAP_WIRE)
			add_wire(&d->shapes[i], out);
		else
			add_label(&d->shapes[i], out);
	}
}

static void add_head(const struct map *m, const struct map_drawing *d, struct str *out)
{
	int w = (2 * MARGIN + d->width * CELL_W) / 10, h = (2 * MARGIN + d->height * CELL_H) / 10;

	str_addf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"guise-map\" role=\"graphics-document\" "
		 "aria-labelledby=\"map-title map-desc\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		 w, h, w, h);
	str_add(out, "<title id=\"map-title\">Container networks of ");
	add_escaped(out, map_title(m, &m->nodes[0]));
	str_addf(
		out,
		"</title>\n<desc id=\"map-desc\">%zu network namespaces, %zu connections, %zu findings</desc>\n",
		m->world->n_netns, m->n_edges, m->findings ? m->findings->n : 0);
	str_add(out, style);
	str_addf(out, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", w, h);
}

void map_svg(const struct map *m, struct str *out)
{
	struct map_drawing d;

	map_draw(m, WIDTH, false, &d);
	str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	add_head(m, &d, out);
	add_shapes(&d, MAP_WIRE, out);
	add_shapes(&d, MAP_BOX, out);
	add_shapes(&d, MAP_LABEL, out);
	str_add(out, "</svg>\n");
}
