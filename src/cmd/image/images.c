/* SPDX-License-Identifier: GPL-2.0-or-later */

/* images, tag, rmi: what is in the store. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/rows.h"
#include "cmd/template.h"
#include "spec/image/digest.h"
#include "spec/image/registries.h"
#include "state/images.h"

/* ---- images ---- */

struct images_options {
	bool quiet, no_trunc, digests;
};

static const struct opt images_table[] = {
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct images_options, quiet), "print only ids" },
	{ "no-trunc", 0, NULL, opt_flag, offsetof(struct images_options, no_trunc), "print whole ids" },
	{ "digests", 0, NULL, opt_flag, offsetof(struct images_options, digests),
	  "print the digests of manifests, too" },
	{ "format", 0, "FORMAT", opt_template, 0, "text, json, or a template: '{{.Repository}}:{{.Tag}}'",
	  "text json" },
	{ 0 },
};

/* "docker.io/library/alpine:3" and "docker.io/library/alpine@sha256:...": what is before the tag, and it. */
static void add_name(struct arena *a, json_object *row, const char *text)
{
	const char *at = text ? strchr(text, '@') : NULL, *colon = text ? strrchr(text, ':') : NULL;
	const char *end = at ? at : colon;

	object_str(row, "Repository", end ? arena_strndup(a, text, (size_t)(end - text)) : "<none>");
	object_str(row, "Tag", colon && !at ? colon + 1 : "<none>");
}

static json_object *row_of(struct arena *a, const struct image *image, const struct image_config *c,
			   const char *name, const struct images_options *o)
{
	json_object *row = json_object_new_object();

	add_name(a, row, name);
	object_str(row, "ID", o->no_trunc ? image->id : arena_strndup(a, digest_hex(image->id), 12));
	object_str(row, "Digest", image->digest);
	object_str(row, "CreatedAt", c->created ?: "");
	object_int(row, "Layers", image->n_layers);
	return row;
}

static json_object *headings(void)
{
	static const char *const names[][2] = { { "Repository", "REPOSITORY" }, { "Tag", "TAG" },
						{ "ID", "IMAGE ID" },           { "Digest", "DIGEST" },
						{ "CreatedAt", "CREATED" },     { "Layers", "LAYERS" } };
	json_object *o = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		object_str(o, names[i][0], names[i][1]);
	return o;
}

/* A row for each name of an image, and one for an image without any. */
static int add_rows(struct call *call, int images, const struct image *image, const struct image_name *names,
		    size_t n, const struct images_options *o, struct rows *rows)
{
	struct image_config c = { 0 };
	struct err ignored;
	bool named = false;

	images_config(images, call->arena, image, &c, &ignored);
	for (size_t i = 0; i < n; i++) {
		json_object *row;

		if (!str_eq(names[i].digest, image->digest))
			continue;
		named = true;
		row = row_of(call->arena, image, &c, names[i].text, o);
		arena_push(call->arena, rows->v, rows->n, row);
	}
	if (!named) {
		json_object *row = row_of(call->arena, image, &c, NULL, o);

		arena_push(call->arena, rows->v, rows->n, row);
	}
	return 0;
}

static int print_images(struct call *call, struct state *st, int images, const struct images_options *o,
			struct err *e)
{
	const char *usual = o->quiet ?
				    "{{.ID}}" :
			    o->digests ?
				    "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedAt}}" :
				    "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedAt}}\t{{.Layers}}";
	struct image_name *names = NULL;
	struct rows rows = { 0 };
	struct image *list = NULL;
	size_t n = 0, n_names = 0;
	int r = 0;

	if (images >= 0 && ((r = images_list(st, images, call->arena, &list, &n, e)) < 0 ||
			    (r = images_names(images, call->arena, &names, &n_names, e)) < 0))
		return r;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_rows(call, images, &list[i], names, n_names, o, &rows);
	if (r < 0 || !str_eq(call->format, "json"))
		return r < 0 ? r :
			       rows_print(call->arena, template_is(call->format) ? call->format : usual,
					  o->quiet ? NULL : headings(), &rows, e);
	for (size_t i = 0; i < rows.n; i++)
		object_print_line(rows.v[i]);
	return 0;
}

static int images_run(struct call *call, struct err *e)
{
	struct images_options o = { 0 };
	autoclose int images = -1;
	struct strv none;
	struct state st;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_open(call, &st, e)) < 0)
		return r;
	images = images_open(&st, false, LOCK_SH, e);
	if (images < 0 && images != -ENOENT)
		return images;
	return print_images(call, &st, images, &o, e);
}

const struct command images_command = {
	.name = "images",
	.operands = "",
	.summary = IMAGE_IMAGES,
	.options = images_table,
	.run = images_run,
};

/* ---- tag ---- */

/* A short name is one of this machine's, as podman has it. */
static int parse_name(struct call *call, const char *text, struct reference *name, struct err *e)
{
	int r = reference_parse(call->arena, text, name, e);

	*name = reference_tagged(reference_in(call->arena, *name, "localhost"));
	if (r == 0 && name->digest)
		return err_set(e, "bad-reference", EINVAL, "image name '%s'", text),
		       err_cause(e, "what a digest means nobody can choose");
	return r;
}

static int tag_run(struct call *call, struct err *e)
{
	autoclose int images = -1;
	struct image image;
	struct strv words;
	struct state st;
	int r = opt_parse(call, NULL, &words, e);

	if (r || (r = command_open(call, &st, e)) < 0)
		return r;
	images = images_open(&st, false, LOCK_SH, e);
	if (images < 0 && images != -ENOENT)
		return images;
	r = images_find(&st, images, call->arena, words.v[0], &image, e);
	for (size_t i = 1; r == 0 && i < words.n; i++) {
		struct reference name;

		if ((r = parse_name(call, words.v[i], &name, e)) == 0)
			r = images_name(images, call->arena, &name, image.digest, e);
	}
	return r;
}

const struct command tag_command = {
	.name = "tag",
	.operands = "IMAGE NAME[:TAG]...",
	.summary = IMAGE_TAG,
	.details = "A NAME without a registry is one of localhost.",
	.min = 2,
	.max = COMMAND_ANY,
	.run = tag_run,
};
