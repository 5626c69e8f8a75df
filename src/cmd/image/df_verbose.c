/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/df_verbose.h"

#include <errno.h>
#include <stdio.h>

#include "base/fd.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/image/show.h"
#include "cmd/rows.h"
#include "cmd/template.h"
#include "image/layers.h"
#include "run/engine/control.h"
#include "state/images.h"
#include "state/layer.h"
#include "state/volumes.h"

/* Of pairs WHAT, CONTAINER: how often it stands on that side, 0 or 1. */
static int64_t count(const struct strv *pairs, size_t side, const char *text)
{
	int64_t n = 0;

	for (size_t i = side; i < pairs->n; i += 2)
		n += str_eq(pairs->v[i], text);
	return n;
}

static void put_size(struct arena *a, json_object *o, const char *key, uint64_t bytes)
{
	object_str(o, key, words_bytes(a, bytes));
}

/* ---- images ---- */

/* What of an image's layers others have, too. all: those of all images, each as often as it is had. */
static uint64_t shared_size(int images, struct arena *a, const struct image *image, const struct strv *all)
{
	uint64_t bytes = 0;
	const char *name;

	for (unsigned i = 0; (name = layers_name(images, a, image, i)); i++) {
		unsigned n = 0;

		for (size_t j = 0; n < 2 && j < all->n; j++)
			n += str_eq(all->v[j], name);
		bytes += n > 1 ? layers_size(images, a, name) : 0;
	}
	return bytes;
}

static const char *name_of(const struct image_name *names, size_t n, const struct image *image)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i].digest, image->digest))
			return names[i].text;
	return NULL;
}

static json_object *image_row(struct arena *a, int images, const struct image *image, const char *name,
			      const struct strv *all, const struct strv *used)
{
	uint64_t size = layers_image_size(images, a, image), shared = shared_size(images, a, image, all);
	json_object *o = json_object_new_object();
	struct image_config c = { 0 };

	images_config(images, a, image, &c, &(struct err){ 0 });
	show_name(a, o, name);
	object_str(o, "ID", show_id(a, image->id, false));
	object_str(o, "CreatedSince", show_since(a, c.created));
	put_size(a, o, "Size", size);
	put_size(a, o, "SharedSize", shared);
	put_size(a, o, "UniqueSize", size - shared);
	object_int(o, "Containers", count(used, 0, image->digest));
	return o;
}

static int add_images(struct arena *a, struct state *st, int images, struct rows *rows, struct err *e)
{
	struct strv all = { 0 }, used;
	struct image_name *names;
	struct image *list;
	size_t n, n_names;
	const char *layer;
	int r = images < 0 ? 0 : images_list(st, images, a, &list, &n, e);

	if (images < 0 || r < 0 || (r = images_names(images, a, &names, &n_names, e)) < 0 ||
	    (r = images_used(st, a, &used, e)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		for (unsigned j = 0; (layer = layers_name(images, a, &list[i], j)); j++)
			strv_push(a, &all, layer);
	for (size_t i = 0; i < n; i++)
		arena_push(a, rows->v, rows->n,
			   image_row(a, images, &list[i], name_of(names, n_names, &list[i]), &all, &used));
	return 0;
}

/* ---- containers ---- */

static json_object *container_row(struct arena *a, const struct control *k, const struct strv *volumes)
{
	json_object *o = json_object_new_object();
	uint64_t bytes;
	char time[80];

	layer_size(&k->c, &bytes);
	object_str(o, "ID", arena_strndup(a, k->c.id, 12));
	object_str(o, "Image", k->rec.rootfs);
	object_int(o, "LocalVolumes", count(volumes, 1, k->rec.name));
	put_size(a, o, "Size", bytes);
	object_str(o, "RunningFor",
		   arena_printf(a, "%s ago", words_duration(record_now() - k->rec.created, time, sizeof(time))));
	object_str(o, "Status", k->paused ? "paused" : container_status_name[k->status]);
	object_str(o, "Names", k->rec.name);
	return o;
}

static int add_containers(struct arena *a, struct state *st, const struct strv *volumes, struct rows *rows,
			  struct err *e)
{
	struct strv ids;
	int r = container_list(st, a, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct control k;

		if (control_open_any(&k, st, a, ids.v[i], &(struct err){ 0 }) == 0)
			arena_push(a, rows->v, rows->n, container_row(a, &k, volumes));
		control_close(&k);
	}
	return r;
}

/* ---- volumes ---- */

static int add_volumes(struct arena *a, struct state *st, const struct strv *used, struct rows *rows,
		       struct err *e)
{
	autoclose int volumes = volumes_open(st, false, 0, e);
	struct volume *list;
	unsigned broken;
	size_t n;
	int r = volumes < 0 && volumes != -ENOENT ? volumes : volumes_list(st, volumes, a, &list, &n, &broken, e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		json_object *o = json_object_new_object();

		object_str(o, "Name", list[i].name);
		object_int(o, "Links", count(used, 0, list[i].name));
		put_size(a, o, "Size", volumes_size(volumes, a, list[i].name));
		arena_push(a, rows->v, rows->n, o);
	}
	return r;
}

/* ---- all ---- */

enum { KINDS = 3 };

static const struct {
	const char *key, *title, *usual;
	const char *headings[17]; /* pairs FIELD, HEADING */
} kinds[KINDS] = {
	{ "Images",
	  "Images space usage:",
	  "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
	  { "Repository", "REPOSITORY", "Tag", "TAG", "ID", "IMAGE ID", "CreatedSince", "CREATED", "Size", "SIZE",
	    "SharedSize", "SHARED SIZE", "UniqueSize", "UNIQUE SIZE", "Containers", "CONTAINERS" } },
	{ "Containers",
	  "Containers space usage:",
	  "table {{.ID}}\t{{.Image}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
	  { "ID", "CONTAINER ID", "Image", "IMAGE", "LocalVolumes", "LOCAL VOLUMES", "Size", "SIZE", "RunningFor",
	    "CREATED", "Status", "STATUS", "Names", "NAMES" } },
	{ "Volumes",
	  "Local Volumes space usage:",
	  "table {{.Name}}\t{{.Links}}\t{{.Size}}",
	  { "Name", "VOLUME NAME", "Links", "LINKS", "Size", "SIZE" } },
};

static int print_tables(struct arena *a, const struct rows *rows, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < KINDS; i++) {
		json_object *headings = json_object_new_object();

		for (const char *const *h = kinds[i].headings; *h; h += 2)
			object_str(headings, h[0], h[1]);
		printf("%s%s\n\n", i ? "\n" : "", kinds[i].title);
		r = rows_print(a, kinds[i].usual, headings, &rows[i], e);
	}
	return r;
}

static int print_object(struct call *call, const struct rows *rows, struct err *e)
{
	json_object *all = json_object_new_object();
	struct rows one = { &all, 1 };

	for (size_t i = 0; i < KINDS; i++) {
		json_object *list = json_object_new_array();

		for (size_t j = 0; j < rows[i].n; j++)
			json_object_array_add(list, rows[i].v[j]);
		json_object_object_add(all, kinds[i].key, list);
	}
	if (template_is(call->format))
		return rows_print(call->arena, call->format, NULL, &one, e);
	object_print_line(all);
	return 0;
}

int df_verbose(struct call *call, struct state *st, int images, struct err *e)
{
	struct rows rows[KINDS] = { 0 };
	struct arena *a = call->arena;
	struct strv used;
	int r = volumes_used(st, a, NULL, &used, e);

	if (r < 0 || (r = add_images(a, st, images, &rows[0], e)) < 0 ||
	    (r = add_containers(a, st, &used, &rows[1], e)) < 0 ||
	    (r = add_volumes(a, st, &used, &rows[2], e)) < 0)
		return r;
	return template_is(call->format) || str_eq(call->format, "json") ? print_object(call, rows, e) :
									   print_tables(a, rows, e);
}
