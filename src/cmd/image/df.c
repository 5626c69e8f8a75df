/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/listing.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/image/df_verbose.h"
#include "cmd/image/show.h"
#include "image/layers.h"
#include "image/sweep.h"
#include "run/engine/own_ids.h"
#include "state/images.h"
#include "state/layer.h"
#include "state/volumes.h"

struct df_options {
	bool verbose;
};

static const struct opt df_table[] = {
	{ "verbose", 'v', NULL, opt_flag, offsetof(struct df_options, verbose),
	  "each image, container and volume" },
	{ "format", 0, "FORMAT", opt_template, 0, "text, json, or a template: '{{.Type}} {{.Size}}'",
	  "text json" },
	{ 0 },
};

/* Of one kind: how many there are, how many are used, and how many bytes each of the two has. */
struct tally {
	unsigned total, active;
	uint64_t bytes, active_bytes;
};

static void add_row(struct arena *a, struct rows *rows, const char *type, const struct tally *t)
{
	json_object *row = json_object_new_object();
	uint64_t rest = t->bytes - t->active_bytes;
	unsigned percent = t->bytes ? (unsigned)((double)rest * 100 / (double)t->bytes) : 0;

	object_str(row, "Type", type);
	object_str(row, "TotalCount", arena_printf(a, "%u", t->total));
	object_str(row, "Active", arena_printf(a, "%u", t->active));
	object_str(row, "Size", words_bytes(a, t->bytes));
	object_str(row, "Reclaimable",
		   t->bytes ? arena_printf(a, "%s (%u%%)", words_bytes(a, rest), percent) :
			      words_bytes(a, rest));
	arena_push(a, rows->v, rows->n, row);
}

/* ---- images ---- */

struct layers {
	const char **v;
	size_t n;
};

/* A layer that several have counts once. */
static uint64_t add_layers(int images, struct arena *a, const struct image *image, struct layers *seen)
{
	uint64_t bytes = 0;
	const char *name;

	for (unsigned i = 0; (name = layers_name(images, a, image, i)); i++) {
		bool is_new = true;

		for (size_t j = 0; is_new && j < seen->n; j++)
			is_new = !str_eq(seen->v[j], name);
		if (!is_new)
			continue;
		arena_push(a, seen->v, seen->n, name);
		bytes += layers_size(images, a, name);
	}
	return bytes;
}

static int count_images(struct call *call, struct state *st, int images, struct tally *t, struct err *e)
{
	struct layers all = { 0 }, active = { 0 };
	struct image *list = NULL;
	size_t n = 0;
	struct strv pairs;
	int r = images < 0 ? 0 : images_list(st, images, call->arena, &list, &n, e);

	if (r < 0 || (r = images_used(st, call->arena, &pairs, e)) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++) {
		bool used = containers_user(&pairs, list[i].digest);

		t->total++;
		t->active += used;
		t->bytes += add_layers(images, call->arena, &list[i], &all);
		if (used)
			t->active_bytes += add_layers(images, call->arena, &list[i], &active);
	}
	return r;
}

/* ---- containers ---- */

static void count_one(struct call *call, struct state *st, const char *id, struct tally *t)
{
	struct control k;
	uint64_t bytes = 0;

	if (control_open_any(&k, st, call->arena, id, &(struct err){ 0 }) == 0) {
		layer_size(&k.c, &bytes);
		t->total++;
		t->active += k.pid > 0;
		t->bytes += bytes;
		t->active_bytes += k.pid > 0 ? bytes : 0;
	}
	control_close(&k);
}

static int count_containers(struct call *call, struct state *st, struct tally *t, struct err *e)
{
	struct strv ids = { 0 };
	int r = container_list(st, call->arena, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++)
		count_one(call, st, ids.v[i], t);
	return r;
}

/* ---- volumes ---- */

static int count_volumes(struct call *call, struct state *st, struct tally *t, struct err *e)
{
	autoclose int volumes = volumes_open(st, false, 0, e);
	struct volume *list;
	struct strv used;
	unsigned broken;
	size_t n;
	int r = volumes == -ENOENT ? 0 : volumes;

	if (r < 0 || (r = volumes_list(st, volumes, call->arena, &list, &n, &broken, e)) < 0 ||
	    (r = volumes_used(st, call->arena, NULL, &used, e)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		bool active = containers_user(&used, list[i].name);
		uint64_t bytes = volumes_size(volumes, call->arena, list[i].name);

		t->total++;
		t->active += active;
		t->bytes += bytes;
		t->active_bytes += active ? bytes : 0;
	}
	t->total += broken;
	return 0;
}

static const char *const headings[] = { "Type", "TYPE", "TotalCount",  "TOTAL",       "Active", "ACTIVE",
					"Size", "SIZE", "Reclaimable", "RECLAIMABLE", NULL };

static int df_run(struct call *call, struct err *e)
{
	struct tally of_images = { 0 }, of_containers = { 0 }, of_volumes = { 0 }, of_blobs = { 0 };
	struct sweep_count packed = { 0 }, plain = { 0 };
	autoclose int images = -1;
	struct rows rows = { 0 };
	struct strv none;
	struct state st;
	struct df_options o = { 0 };
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0 ||
	    (r = show_open(call, &st, &images, LOCK_SH, e)) < 0 || (r = own_ids_reach(call->arena, e)) < 0)
		return r;
	if (o.verbose)
		return df_verbose(call, &st, images, e);
	if ((r = count_images(call, &st, images, &of_images, e)) < 0 ||
	    (r = count_containers(call, &st, &of_containers, e)) < 0 ||
	    (r = count_volumes(call, &st, &of_volumes, e)) < 0 ||
	    (images >= 0 && (r = sweep_count_blobs(&st, images, call->arena, &packed, &plain, e)) < 0))
		return r;
	of_blobs.total = packed.n + plain.n;
	of_blobs.bytes = packed.bytes + plain.bytes;
	of_blobs.active = plain.n;
	of_blobs.active_bytes = plain.bytes;
	add_row(call->arena, &rows, "Images", &of_images);
	add_row(call->arena, &rows, "Containers", &of_containers);
	add_row(call->arena, &rows, "Local Volumes", &of_volumes);
	add_row(call->arena, &rows, "Image Blobs", &of_blobs);
	return listing_print(call,
			     "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
			     headings, &rows, e);
}

const struct command df_command = {
	.name = "system df",
	.operands = "",
	.summary = IMAGE_DF,
	.details =
		"Images are active that a container is made of, containers that run, and volumes that a container has. What is "
		"reclaimable image prune -a, system prune, volume prune -a, and image prune --blobs give back: the last is compressed "
		"layers, kept for save.",
	.options = df_table,
	.run = df_run,
};
