/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/listing.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/image/show.h"
#include "image/layers.h"

struct history_options {
	bool quiet, no_trunc, human;
};

static const struct opt history_table[] = {
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct history_options, quiet), "print only ids" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct history_options, no_trunc),
	  "print whole ids and commands" },
	{ "human", 'H', NULL, opt_flag, offsetof(struct history_options, human),
	  "sizes and times for people (true)" },
	{ "format", 0, "FORMAT", opt_template, 0, "text, json, or a template: '{{.CreatedBy}}'",
	  "text json" },
	{ 0 },
};

/* What makes a row: a step, and its layer, if it made one. */
struct row {
	const struct image_step *step;
	const char *id;
	uint64_t size;
};

static json_object *row_of(struct arena *a, const struct row *x, const struct history_options *o)
{
	enum { BY_MAX = 45 };
	json_object *row = json_object_new_object();
	const char *created = words_cell(a, x->step->created ?: "", SIZE_MAX);

	object_str(row, "ID", x->id);
	object_str(row, "CreatedAt", created);
	object_str(row, "CreatedSince", o->human ? show_since(a, x->step->created) : created);
	object_str(row, "CreatedBy",
		   words_cell(a, x->step->created_by ?: "", o->no_trunc ? SIZE_MAX : BY_MAX));
	object_str(row, "Size",
		   o->human ? words_bytes(a, x->size) : arena_printf(a, "%llu", (unsigned long long)x->size));
	object_str(row, "Comment", words_cell(a, x->step->comment ?: "", SIZE_MAX));
	return row;
}

/* Only the newest has an id of its own, as with docker. Steps and layers are counted from the lowest on; where there are
 * fewer steps than layers, or none, the rest of the layers has a row without words. */
static void add_rows(struct arena *a, int images, const struct image *image, const struct image_config *c,
		     const struct history_options *o, struct rows *rows)
{
	static const struct image_step nothing;
	const char *top = show_id(a, image->id, o->no_trunc);
	unsigned layer = image->n_layers;
	size_t n = c->n_history, made = 0;
	struct row *list;

	for (size_t i = 0; i < c->n_history; i++)
		made += !c->history[i].empty;
	n += made < layer ? layer - made : 0;
	list = arena_array(a, struct row, n);
	for (size_t i = 0; i < n; i++) {
		const char *name = NULL;

		list[i].step = i < c->n_history ? &c->history[i] : &nothing;
		list[i].id = i + 1 < n ? "<missing>" : top;
		if (!list[i].step->empty && layer)
			name = layers_name(images, a, image, --layer);
		list[i].size = name ? layers_size(images, a, name) : 0;
	}
	for (size_t i = n; i-- > 0;) {
		json_object *row = row_of(a, &list[i], o);

		arena_push(a, rows->v, rows->n, row);
	}
}

static const char *const headings[] = { "ID",      "IMAGE",     "CreatedAt",  "CREATED AT", "CreatedSince",
					"CREATED", "CreatedBy", "CREATED BY", "Size",       "SIZE",
					"Comment", "COMMENT",   NULL };

static int history_run(struct call *call, struct err *e)
{
	struct history_options o = { .human = true };
	autoclose int images = -1;
	struct image_config c;
	struct rows rows = { 0 };
	struct image image;
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (r = show_open(call, &st, &images, LOCK_SH, e)) < 0)
		return r;
	if ((r = images_find(&st, images, call->arena, words.v[0], &image, e)) < 0 ||
	    (r = images_config(images, call->arena, &image, &c, e)) < 0)
		return r;
	add_rows(call->arena, images, &image, &c, &o, &rows);
	return listing_print(
		call,
		o.quiet ? "{{.ID}}" :
			  "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
		o.quiet ? NULL : headings, &rows, e);
}

const struct command history_command = {
	.name = "history",
	.also = "image history",
	.operands = "IMAGE",
	.summary = IMAGE_HISTORY,
	.details = "The newest first, as the image tells it: nothing of that is verified but the sizes.",
	.options = history_table,
	.min = 1,
	.max = 1,
	.run = history_run,
};
