/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "image/blob.h"
#include "image/layers.h"
#include "spec/image/digest.h"

/* ---- what is needed ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct strv *list)
{
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_text);
}

static bool has(const struct strv *list, const char *text)
{
	return list->n && bsearch(&text, list->v, list->n, sizeof(*list->v), by_text);
}

struct needed {
	struct strv blobs, layers; /* by their digits, in order */
	struct strv plain;         /* of the blobs: layers that are not compressed */
};

static void need_layers(int images, struct arena *a, const struct image *image, struct needed *n)
{
	const char *name;

	for (unsigned i = 0; (name = layers_name(images, a, image, i)); i++)
		strv_push(a, &n->layers, name);
}

/* A manifest that can't be read is an image that can still be run. */
static void need_layer_blobs(int images, struct arena *a, const struct image *image, struct needed *n)
{
	struct manifest m;
	struct err ignored;
	char *text;
	size_t len;

	if (blob_read(images, a, image->digest, &text, &len, &ignored) < 0 ||
	    manifest_parse(a, text, len, NULL, &m, &ignored) < 0)
		return;
	for (size_t i = 0; i < m.n_layers; i++) {
		strv_push(a, &n->blobs, digest_hex(m.layers[i].digest));
		if (m.layers[i].packing == LAYER_TAR)
			strv_push(a, &n->plain, digest_hex(m.layers[i].digest));
	}
}

static void need_blobs(int images, struct arena *a, const struct image *image, struct needed *n)
{
	strv_push(a, &n->blobs, digest_hex(image->digest));
	strv_push(a, &n->blobs, digest_hex(image->id));
	need_layer_blobs(images, a, image, n);
}

static int find_needed(const struct state *st, int images, struct arena *a, struct needed *n, struct err *e)
{
	struct image *list;
	size_t count;
	int r = images_list(st, images, a, &list, &count, e);

	for (size_t i = 0; r == 0 && i < count; i++) {
		need_layers(images, a, &list[i], n);
		need_blobs(images, a, &list[i], n);
	}
	sort(&n->layers);
	sort(&n->blobs);
	return r;
}

/* ---- taking away ---- */

/* Renamed first: a directory is an image's, or a layer's, as long as it is whole. */
static int remove_tree(int images, struct arena *a, const char *path, const char *name)
{
	const char *from = arena_printf(a, "%s/%s", path, name);
	const char *beside = arena_printf(a, "new/gone-%.200s", name);
	int r;

	if (str_eq(path, "new"))
		return io_remove_tree(images, from);
	io_remove_tree(images, beside);
	r = renameat(images, from, images, beside) < 0 ? -errno : 0;
	return r < 0 ? r : io_remove_tree(images, beside);
}

static uint64_t size_of(int images, int dir, struct arena *a, const char *path, const char *name)
{
	struct stat st;

	if (str_eq(path, "layers"))
		return layers_size(images, a, name);
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) ?
		       (uint64_t)st.st_size :
		       0;
}

/* Everything of that directory but what is needed. */
static int sweep(int images, struct arena *a, const char *path, const struct strv *needed,
		 struct sweep_count *gone, struct err *e)
{
	autoclose int dir = openat(images, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	struct strv names = { 0 };
	int r = 0;

	for (const char *name; dir >= 0 && (name = io_dir_next(&d));)
		if (!has(needed, name))
			strv_push(a, &names, arena_strdup(a, name));
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		uint64_t bytes = size_of(images, dir, a, path, names.v[i]);

		if (unlinkat(dir, names.v[i], 0) < 0)
			r = errno == EISDIR ? remove_tree(images, a, path, names.v[i]) : -errno;
		if (r < 0)
			return err_set(e, "state", -r, "remove images/%s/%s", path, names.v[i]);
		gone->n++;
		gone->bytes += bytes;
	}
	return 0;
}

int sweep_image(int images, struct arena *a, const struct image *image, struct err *e)
{
	int r = remove_tree(images, a, "manifests", digest_hex(image->digest));

	return r < 0 ? err_set(e, "state", -r, "remove image %.19s", image->id) : 0;
}

int sweep_rest(const struct state *st, int images, struct arena *a, struct sweep_count *gone, struct err *e)
{
	const struct strv nothing = { 0 };
	struct sweep_count sizes = { 0 };
	struct needed needed = { 0 };
	int r = find_needed(st, images, a, &needed, e);

	if (r == 0)
		r = sweep(images, a, "layers", &needed.layers, gone, e);
	if (r == 0)
		r = sweep(images, a, "sizes", &needed.layers, &sizes, e);
	if (r == 0)
		r = sweep(images, a, "blobs", &needed.blobs, gone, e);
	return r < 0 ? r : sweep(images, a, "new", &nothing, gone, e);
}

/* ---- layers as they came ---- */

/* Each once, by its packing: what is not compressed was made here, by commit or import, or is of docker's archive, and can be
 * fetched from nowhere. NULL: those are passed over. */
static int each_blob(const struct state *st, int images, struct arena *a, struct sweep_count *packed,
		     struct sweep_count *plain, bool remove, struct err *e)
{
	struct needed layers = { 0 };
	const char *last = NULL;
	struct image *list;
	size_t n;
	int r = images_list(st, images, a, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		need_layer_blobs(images, a, &list[i], &layers);
	sort(&layers.blobs);
	sort(&layers.plain);
	for (size_t i = 0; r == 0 && i < layers.blobs.n; last = layers.blobs.v[i++]) {
		const char *path = arena_printf(a, "blobs/%s", layers.blobs.v[i]);
		struct sweep_count *count = has(&layers.plain, layers.blobs.v[i]) ? plain : packed;
		struct stat one;

		if (!count || str_eq(last, layers.blobs.v[i]) ||
		    fstatat(images, path, &one, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (remove && unlinkat(images, path, 0) < 0)
			return err_set(e, "state", errno, "remove images/%s", path);
		count->n++;
		count->bytes += (uint64_t)one.st_size;
	}
	return r;
}

int sweep_blobs(const struct state *st, int images, struct arena *a, struct sweep_count *gone, struct err *e)
{
	return each_blob(st, images, a, gone, NULL, true, e);
}

int sweep_count_blobs(const struct state *st, int images, struct arena *a, struct sweep_count *packed,
		      struct sweep_count *plain, struct err *e)
{
	return each_blob(st, images, a, packed, plain, false, e);
}
