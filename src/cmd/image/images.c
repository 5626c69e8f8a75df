/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/filter.h"
#include "cmd/engine/listing.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/image/show.h"
#include "image/layers.h"
#include "spec/image/digest.h"
#include "spec/value.h"
#include "state/images.h"

struct images_options {
	bool quiet, no_trunc, digests;
	const char *dangling;           /* true or false; NULL: both */
	struct strv references, labels; /* patterns, of which one fits; all of them */
};

static int add_filter(const struct opt_use *u, struct err *e)
{
	struct images_options *o = u->options;
	const char *dangling = str_after(u->value, "dangling="), *label = str_after(u->value, "label="),
		   *reference = str_after(u->value, "reference=");
	bool on;

	if (dangling && value_bool(dangling, &on, e) < 0)
		return -e->no;
	if (dangling)
		o->dangling = on ? "true" : "false";
	else if (label && *label)
		strv_push(u->call->arena, &o->labels, label);
	else if (reference && *reference)
		strv_push(u->call->arena, &o->references, reference);
	else
		return err_set(e, "bad-filter", EINVAL, "'%s'", u->value),
		       err_hint(e, "write dangling=BOOL, label=NAME[=VALUE] or reference=PATTERN");
	return 0;
}

static const struct opt images_table[] = {
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct images_options, quiet), "print only ids" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct images_options, no_trunc), "print whole ids" },
	{ "digests", 0, NULL, opt_flag, offsetof(struct images_options, digests),
	  "print the digests of manifests, too" },
	{ "filter", 'f', "FILTER", add_filter, 0,
	  "only those with dangling=BOOL (no name), label=NAME[=VALUE] or reference=PATTERN",
	  "dangling= label= reference=", .many = true },
	{ "format", 0, "FORMAT", opt_template, 0, "text, json, or a template: '{{.Repository}}:{{.Tag}}'",
	  "text json" },
	{ 0 },
};

/* ---- what is wanted ---- */

/* A pattern with a tag is of the whole name, one without of what is before the tag; in both a short name is one of any
 * registry. */
static bool fits(struct arena *a, const char *pattern, const char *name)
{
	const char *last = strrchr(pattern, '/') ?: pattern;
	const char *end = strchr(name, '@') ?: strrchr(name, ':');

	if (!strpbrk(last, ":@"))
		name = arena_strndup(a, name, (size_t)(end - name));
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (fnmatch(pattern, part, 0) == 0)
			return true;
	}
	return false;
}

static bool name_is_wanted(struct arena *a, const struct images_options *o, const char *name)
{
	if (o->dangling && !name != str_eq(o->dangling, "true"))
		return false;
	for (size_t i = 0; i < o->references.n; i++)
		if (name && fits(a, o->references.v[i], name))
			return true;
	return !o->references.n;
}

static bool labels_are_wanted(struct arena *a, const struct images_options *o, const struct image_config *c)
{
	struct strv labels = { 0 };

	for (size_t i = 0; o->labels.n && i + 1 < c->labels.n; i += 2)
		strv_push(a, &labels, arena_printf(a, "%s=%s", c->labels.v[i], c->labels.v[i + 1]));
	return filter_labels(&labels, &o->labels);
}

/* ---- rows ---- */

static void add_row(struct call *call, int images, const struct image *image, const struct image_config *c,
		    const char *name, const struct images_options *o, struct rows *rows)
{
	struct arena *a = call->arena;
	json_object *row;

	if (!name_is_wanted(a, o, name))
		return;
	row = json_object_new_object();
	show_name(a, row, name);
	object_str(row, "ID", show_id(a, image->id, o->no_trunc));
	object_str(row, "Digest", image->digest);
	object_str(row, "CreatedAt", words_cell(a, c->created ?: "", SIZE_MAX));
	object_str(row, "CreatedSince", show_since(a, c->created));
	object_str(row, "Size", words_bytes(a, layers_image_size(images, a, image)));
	object_int(row, "Layers", image->n_layers);
	arena_push(a, rows->v, rows->n, row);
}

/* A row for each name of an image, and one for an image without any. */
static void add_rows(struct call *call, int images, const struct image *image, const struct image_name *names,
		     size_t n, const struct images_options *o, struct rows *rows)
{
	struct image_config c = { 0 };
	bool named = false;

	images_config(images, call->arena, image, &c, &(struct err){ 0 });
	if (!labels_are_wanted(call->arena, o, &c))
		return;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(names[i].digest, image->digest))
			continue;
		named = true;
		add_row(call, images, image, &c, names[i].text, o, rows);
	}
	if (!named)
		add_row(call, images, image, &c, NULL, o, rows);
}

static const char *const headings[] = { "Repository", "REPOSITORY", "Tag",          "TAG",     "ID",
					"IMAGE ID",   "Digest",     "DIGEST",       "Layers",  "LAYERS",
					"Size",       "SIZE",       "CreatedSince", "CREATED", "CreatedAt",
					"CREATED AT", NULL };

static int print_images(struct call *call, struct state *st, int images, const struct images_options *o,
			struct err *e)
{
	const char *usual =
		o->quiet ?
			"{{.ID}}" :
		o->digests ?
			"table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}" :
			"table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
	struct image_name *names = NULL;
	struct rows rows = { 0 };
	struct image *list = NULL;
	size_t n = 0, n_names = 0;
	int r = 0;

	if (images >= 0 && ((r = images_list(st, images, call->arena, &list, &n, e)) < 0 ||
			    (r = images_names(images, call->arena, &names, &n_names, e)) < 0))
		return r;
	for (size_t i = 0; i < n; i++)
		add_rows(call, images, &list[i], names, n_names, o, &rows);
	return listing_print(call, usual, o->quiet ? NULL : headings, &rows, e);
}

static int images_run(struct call *call, struct err *e)
{
	struct images_options o = { 0 };
	autoclose int images = -1;
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (r = show_open(call, &st, &images, LOCK_SH, e)) < 0)
		return r;
	if (words.n)
		strv_push(call->arena, &o.references, words.v[0]);
	return print_images(call, &st, images, &o, e);
}

const struct command images_command = {
	.name = "images",
	.also = "image ls, image list",
	.operands = "[NAME[:TAG]]",
	.summary = IMAGE_IMAGES,
	.details =
		"SIZE is what an image's layers unpack to, or the size of the EROFS images that they are; what several images share is counted for each.",
	.options = images_table,
	.max = 1,
	.run = images_run,
};
