/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/map_draw.h"

/* Columns: the trunk, and where the boxes on it begin. */
enum { TRUNK = 2, HUB_X = 5 };

/* What widths there can be: of boxes (with borders), and of a wire between them. */
enum { HUB_MIN = 16, HUB_MAX = 34, LEAF_MIN = 22, LEAF_MAX = 60, WIRE_MIN = 10, WIRE_SPACE = 8 };

/* No line of a sentence need be longer to be read well. */
enum { SENTENCE = 100 };

struct draw {
	const struct map *m;
	struct map_drawing *out;
	bool ascii;
	int hub, wire, leaf; /* widths */
	int room;            /* what there is for sentences */
	int y;               /* the next free line */
};

/* ---- texts ---- */

static const struct {
	uint32_t c;
	const char *ascii;
} plain[] = {
	{ 0x2192, "->" }, { 0x00b7, "-" }, { 0x2026, "..." }, { 0x2717, "x" }, { 0x2713, "ok" },
};

static void add_plain(struct str *s, const char *from, size_t len, uint32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (plain[i].c == c) {
			str_add(s, plain[i].ascii);
			return;
		}
	str_addn(s, c < 0x80 ? from : "?", c < 0x80 ? len : 1);
}

/* As it can be printed. */
static const char *printable(const struct draw *d, const char *text)
{
	struct str s = { .arena = d->m->arena };
	int columns;

	if (!d->ascii)
		return text;
	for (const char *from = text; *text; from = text) {
		uint32_t c = map_next(&text, &columns);

		add_plain(&s, from, text - from, c);
	}
	return str_get(&s);
}

/* The same, cut to so many columns. */
static const char *fit(const struct draw *d, const char *text, int room)
{
	const char *dots = d->ascii ? ".." : "…", *end;
	int used = map_columns(dots), columns;

	text = printable(d, text);
	if (map_columns(text) <= room)
		return text;
	if (room < used)
		return "";
	for (const char *next = end = text;; end = next) {
		map_next(&next, &columns);
		if (used + columns > room)
			break;
		used += columns;
	}
	return arena_printf(d->m->arena, "%.*s%s", (int)(end - text), text, dots);
}

static const char *whole_line(const struct draw *d, const struct map_line *line)
{
	return line->more ? arena_printf(d->m->arena, "%s%s", line->text, line->more) : line->text;
}

static void fit_line(const struct draw *d, struct map_line *line, int room)
{
	const char *text = printable(d, whole_line(d, line));

	line->text = map_columns(text) <= room ? text : fit(d, line->text, room);
	line->more = NULL;
}

/* ---- shapes ---- */

static struct map_shape *add(struct draw *d, struct map_shape shape)
{
	struct map_drawing *out = d->out;
	int right = shape.x + shape.w + (shape.kind == MAP_LABEL ? map_columns(shape.text) : 0);
	int bottom = shape.y + (shape.kind == MAP_BOX ? shape.h : shape.h + 1);

	arena_push(d->m->arena, out->shapes, out->n, shape);
	out->width = right > out->width ? right : out->width;
	out->height = bottom > out->height ? bottom : out->height;
	return &out->shapes[out->n - 1];
}

static void add_wire(struct draw *d, int x, int y, int w, int h, enum map_tone tone)
{
	add(d, (struct map_shape){ .kind = MAP_WIRE, .x = x, .y = y, .w = w, .h = h, .tone = tone });
}

static void add_label(struct draw *d, int x, int y, enum map_tone tone, const char *text)
{
	if (*text)
		add(d, (struct map_shape){ .kind = MAP_LABEL, .x = x, .y = y, .tone = tone, .text = text });
}

/* A box at (x, y), as high as its lines. Returns its height. */
static int add_box(struct draw *d, int x, int y, int w, struct map_shape box)
{
	box.kind = MAP_BOX;
	box.x = x;
	box.y = y;
	box.w = w;
	box.h = box.lines.n + 2;
	box.text = fit(d, box.text, w - 6);
	for (size_t i = 0; i < box.lines.n; i++)
		fit_line(d, &box.lines.v[i], w - 4);
	add(d, box);
	return box.h;
}

/* ---- how wide ---- */

static int box_width(const struct draw *d, const char *title, const struct map_lines *lines)
{
	int width = map_columns(printable(d, title)) + 6;

	for (size_t i = 0; i < lines->n; i++) {
		int line = map_columns(printable(d, whole_line(d, &lines->v[i]))) + 4;

		width = line > width ? line : width;
	}
	return width;
}

static void widen(int *width, int to)
{
	*width = to > *width ? to : *width;
}

static const char *leaf_title(const struct draw *d, const struct map_branch *b)
{
	ssize_t there = map_there(d->m, b);

	return there == MAP_NONE ? "?" : map_title(d->m, &d->m->nodes[there]);
}

/* The names at a branch's wire, at the hub and at the leaf. */
static void wire_names(const struct draw *d, const struct map_branch *b, const char **near, const char **far)
{
	const struct map_edge *e = &d->m->edges[b->edge];
	const struct map_end *here = b->turned ? e->far : e->near, *away = b->turned ? e->near : e->far;
	ssize_t there = map_there(d->m, b), hub = b->turned ? e->to : e->from;
	bool is_it = away && there != MAP_NONE && d->m->nodes[there].end == away;
	bool is_hub = here && d->m->nodes[hub].end == here;

	*near = e->joint == MAP_CABLE && !is_hub ? printable(d, map_link_name(d->m, here)) : "";
	*far = is_it ? "" : printable(d, map_link_name(d->m, away));
}

static void measure_branch(struct draw *d, const struct map_branch *b)
{
	struct map_lines lines = { 0 };
	const char *near, *far;

	if (b->more)
		return;
	map_leaf_lines(d->m, b, &lines);
	widen(&d->leaf, box_width(d, leaf_title(d, b), &lines));
	wire_names(d, b, &near, &far);
	widen(&d->wire, map_columns(near) + map_columns(far) + WIRE_SPACE);
}

static void measure_group(struct draw *d, const struct map_group *g)
{
	const struct map_node *n = &d->m->nodes[g->node];
	struct map_lines lines = { 0 };

	if (n->kind == MAP_LINK) {
		map_hub_lines(d->m, n, &lines);
		widen(&d->hub, box_width(d, map_title(d->m, n), &lines));
	}
	for (size_t i = 0; i < g->n_branches; i++)
		measure_branch(d, &g->branches[i]);
}

/* Take `too_much` columns from *width, but leave it `least`. What could not be taken. */
static int narrow(int *width, int least, int too_much)
{
	int taken = *width - least < too_much ? *width - least : too_much;

	if (taken <= 0)
		return too_much > 0 ? too_much : 0;
	*width -= taken;
	return too_much - taken;
}

static void measure(struct draw *d, int width)
{
	int over;

	d->hub = HUB_MIN;
	d->leaf = LEAF_MIN;
	d->wire = WIRE_MIN;
	for (size_t i = 0; i < d->m->n_sections; i++)
		for (size_t j = 0; j < d->m->sections[i].n_groups; j++)
			measure_group(d, &d->m->sections[i].groups[j]);
	narrow(&d->hub, HUB_MAX, d->hub);
	narrow(&d->leaf, LEAF_MAX, d->leaf);
	over = HUB_X + d->hub + d->wire + d->leaf - (width < MAP_WIDTH_MIN ? MAP_WIDTH_MIN : width);
	over = narrow(&d->leaf, LEAF_MIN + 8, over);
	over = narrow(&d->wire, WIRE_MIN + WIRE_SPACE, over);
	over = narrow(&d->hub, HUB_MIN, over);
	over = narrow(&d->leaf, LEAF_MIN, over);
	over = narrow(&d->wire, WIRE_MIN / 2, over);
	over = narrow(&d->leaf, LEAF_MIN / 2, over);
	narrow(&d->hub, HUB_MIN / 2, over);
}

static int leaf_x(const struct draw *d)
{
	return HUB_X + d->hub + d->wire;
}

static int whole(const struct draw *d)
{
	return leaf_x(d) + d->leaf;
}

/* ---- what hangs on something ---- */

/* Both names have their place at the wire's ends; where both don't fit, half of it each. */
static void add_names(struct draw *d, const struct map_branch *b, int x1, int x2, enum map_tone tone)
{
	const char *near, *far;
	int room = x2 - x1 - 5, left, right;

	wire_names(d, b, &near, &far);
	left = map_columns(near);
	right = map_columns(far);
	if (left + right > room - 2) {
		near = fit(d, near, right ? left < room / 2 ? left : room - room / 2 - 1 : room);
		far = fit(d, far, room - map_columns(near) - 1);
		right = map_columns(far);
	}
	if (*near)
		add_label(d, x1 + 2, d->y + 1, tone, arena_printf(d->m->arena, " %s ", near));
	if (*far)
		add_label(d, x2 - right - 3, d->y + 1, tone, arena_printf(d->m->arena, " %s ", far));
}

static void draw_more(struct draw *d, const struct map_branch *b, int from)
{
	const char *text = arena_printf(d->m->arena, " %s", map_more(d->m, b->more));

	add(d, (struct map_shape){
		       .kind = MAP_WIRE, .x = from, .y = d->y, .w = 3, .tone = MAP_DIM, .dotted = true });
	add(d, (struct map_shape){ .kind = MAP_LABEL,
				   .x = from + 3,
				   .y = d->y,
				   .tone = MAP_DIM,
				   .text = fit(d, text, whole(d) - from - 3),
				   .details = map_more_details(d->m, b) });
	d->y++;
}

static void draw_branch(struct draw *d, const struct map_branch *b, int from)
{
	const struct map_edge *e = &d->m->edges[b->edge];
	ssize_t there = map_there(d->m, b);
	const struct map_node *node = there == MAP_NONE ? NULL : &d->m->nodes[there];
	enum map_state state = map_worse(e->state, node ? node->marks.state : MAP_SUSPECT);
	struct map_shape box = { .of = node ? node->kind : MAP_NETNS,
				 .text = leaf_title(d, b),
				 .tone = map_tone_of(state),
				 .details = map_details(d->m, node, b->turned ? e->near : e->far) };
	enum map_tone wire = map_tone_of(node ? e->state : MAP_SUSPECT);
	int x = leaf_x(d);

	map_leaf_lines(d->m, b, &box.lines);
	add(d, (struct map_shape){ .kind = MAP_WIRE,
				   .x = from,
				   .y = d->y + 1,
				   .w = x - from,
				   .tone = wire,
				   .dotted = !node || e->state == MAP_BROKEN });
	add_names(d, b, from, x, wire);
	d->y += add_box(d, x, d->y, d->leaf, box);
}

/* Returns the line of the last wire. */
static int draw_branches(struct draw *d, const struct map_group *g, int from)
{
	int last = d->y;

	for (size_t i = 0; i < g->n_branches; i++) {
		last = d->y + !g->branches[i].more;
		if (g->branches[i].more)
			draw_more(d, &g->branches[i], from);
		else
			draw_branch(d, &g->branches[i], from);
	}
	return last;
}

/* The box of a bridge is as high as what hangs on it: it is added first, and made higher then. Returns the line at which it
 * is on the trunk. */
static int draw_hub(struct draw *d, const struct map_group *g)
{
	const struct map_node *n = &d->m->nodes[g->node];
	struct map_shape box = { .of = MAP_LINK,
				 .text = map_title(d->m, n),
				 .tone = map_tone_of(n->marks.state),
				 .details = map_details(d->m, NULL, n->end) };
	size_t at = d->out->n;
	int top = d->y, low;

	map_hub_lines(d->m, n, &box.lines);
	low = top + add_box(d, HUB_X, top, d->hub, box);
	add_wire(d, TRUNK, top + 1, HUB_X - TRUNK, 0, MAP_PLAIN);
	if (draw_branches(d, g, HUB_X + d->hub - 1) == d->y - 1)
		d->y++; /* not into its corner */
	widen(&d->y, low);
	d->out->shapes[at].h = d->y - top;
	widen(&d->out->height, d->y);
	return top + 1;
}

/* ---- namespaces ---- */

static void draw_outside(struct draw *d)
{
	const struct map_node *n = &d->m->nodes[d->m->outside];
	struct map_shape box = { .text = "outside", .tone = n->n_edges ? MAP_PLAIN : MAP_DIM };
	enum map_state state = MAP_WELL;

	for (size_t i = 0; i < n->n_edges; i++)
		state = map_worse(state, d->m->edges[n->edges[i]].state);
	map_outside_lines(d->m, &box.lines);
	d->y += add_box(d, 0, d->y, whole(d), box);
	if (n->n_edges)
		add_wire(d, TRUNK, d->y - 1, 0, 2, map_tone_of(state));
	d->y++;
}

static void draw_section(struct draw *d, const struct map_section *s)
{
	const struct map_node *n = &d->m->nodes[s->node];
	struct map_shape box = { .of = MAP_NETNS,
				 .text = map_title(d->m, n),
				 .tone = map_tone_of(n->marks.state),
				 .details = map_details(d->m, n, NULL) };
	int from, last = 0;

	map_head_lines(d->m, n, &box.lines);
	d->y += add_box(d, 0, d->y, whole(d), box);
	from = d->y - 1;
	for (size_t i = 0; i < s->n_groups; i++) {
		const struct map_group *g = &s->groups[i];

		last = d->m->nodes[g->node].kind == MAP_LINK ? draw_hub(d, g) : draw_branches(d, g, TRUNK);
	}
	if (last)
		add_wire(d, TRUNK, from, 0, last - from, MAP_PLAIN);
	d->y++;
}

/* Side by side. */
static void draw_loose(struct draw *d)
{
	int x = 0, high = 0;

	if (d->m->n_loose)
		add_label(d, 0, d->y++, MAP_DIM, printable(d, "connected to nothing:"));
	for (size_t i = 0; i < d->m->n_loose; i++) {
		const struct map_node *n = &d->m->nodes[d->m->loose[i]];
		struct map_shape box = { .of = MAP_NETNS,
					 .text = map_title(d->m, n),
					 .tone = map_tone_of(n->marks.state),
					 .details = map_details(d->m, n, NULL) };
		int w, h;

		map_netns_lines(d->m, n, &box.lines);
		w = box_width(d, box.text, &box.lines);
		w = w < whole(d) ? w : whole(d);
		if (x && x + w > whole(d)) {
			d->y += high;
			x = high = 0;
		}
		h = add_box(d, x, d->y, w, box);
		widen(&high, h);
		x += w + 1;
	}
	d->y += high;
	if (d->m->loose_more)
		add_label(d, 0, d->y++, MAP_DIM, printable(d, map_more(d->m, d->m->loose_more)));
	d->y += d->m->n_loose > 0;
}

/* Sentences, broken between words; what goes on is indented. */
static void draw_sentence(struct draw *d, const struct map_line *line)
{
	const char *text = printable(d, line->text);
	int x = 0, room = d->room;

	while (*text) {
		const char *end = text, *blank = NULL;
		int used = 0, columns = 0;

		for (const char *next = text; *next && used <= room - x; end = next) {
			blank = *next == ' ' ? next : blank;
			map_next(&next, &columns);
			used += columns;
			if (used > room - x)
				break;
		}
		if (used > room - x && blank && blank > text)
			end = blank;
		add_label(d, x, d->y++, line->tone, arena_strndup(d->m->arena, text, end - text));
		for (text = end; *text == ' '; text++)
			;
		x = 2;
	}
}

void map_draw(const struct map *m, int width, bool ascii, struct map_drawing *out)
{
	struct draw d = { .m = m, .out = out, .ascii = ascii };
	struct map_lines legend = { 0 };

	*out = (struct map_drawing){ 0 };
	measure(&d, width);
	d.room = width < SENTENCE ? width : SENTENCE;
	widen(&d.room, whole(&d));
	draw_outside(&d);
	for (size_t i = 0; i < m->n_sections; i++)
		draw_section(&d, &m->sections[i]);
	draw_loose(&d);
	map_legend(m, &legend);
	for (size_t i = 0; i < legend.n; i++)
		draw_sentence(&d, &legend.v[i]);
	widen(&out->height, d.y);
}
