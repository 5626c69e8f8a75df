/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/press.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/stop.h"
#include "run/engine/archive.h"
#include "spec/json.h"

static const struct {
	const char *filter, *suffix, *docker_suffix;
} formats[] = {
	[PRESS_GZIP] = { "gzip", "+gzip", ".gzip" },
	[PRESS_ZSTD] = { "zstd", "+zstd", ".zstd" },
};

/* What a layer is called when it is compressed. NULL: it is, or is "nondistributable" and stays as it is. */
static const char *pressed_type(struct arena *a, const char *type, enum press_format format)
{
	if (str_eq(type, "application/vnd.oci.image.layer.v1.tar"))
		return arena_printf(a, "%s%s", type, formats[format].suffix);
	if (str_eq(type, "application/vnd.docker.image.rootfs.diff.tar"))
		return arena_printf(a, "%s%s", type, formats[format].docker_suffix);
	return NULL;
}

/* A file without a name: a descriptor, or -errno. */
static int open_nameless(int images)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "new/pressed-%d", getpid());
	unlinkat(images, name, 0);
	fd = openat(images, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	unlinkat(images, name, 0);
	return fd;
}

static int press_one(struct press *p, struct descriptor *layer, int *file, struct err *e)
{
	autoclose int from = blob_open(p->images, layer->digest);
	struct archive_end end = { .root = -1, .process = -1 };
	int r;

	if (from < 0)
		return err_set(e, "image-broken", -from, "compress layer %.19s", layer->digest);
	if ((*file = open_nameless(p->images)) < 0)
		return err_set(e, "state", -*file, "make a file to compress a layer to");
	if ((r = archive_host(&end, p->arena, "/", e)) == 0)
		r = archive_press(&end, formats[p->format].filter, from, *file, e);
	fd_close(&end.root);
	if (r < 0)
		return err_prefix(e, "compress layer %.19s", layer->digest);
	if (lseek(*file, 0, SEEK_SET) < 0 ||
	    (r = blob_digest_fd(*file, p->arena, &layer->digest, &layer->size)) < 0)
		return err_set(e, "state", r < 0 ? -r : errno, "digest a compressed layer");
	return 0;
}

static void write_descriptor(struct json_object *layers, size_t i, const struct descriptor *d)
{
	struct json_object *layer = json_object_array_get_idx(layers, i);

	json_object_object_add(layer, "mediaType", json_object_new_string(d->media_type));
	json_object_object_add(layer, "digest", json_object_new_string(d->digest));
	json_object_object_add(layer, "size", json_object_new_uint64(d->size));
}

int press_layers(struct press *p, struct err *e)
{
	autojson struct json_object *root = json_tokener_parse(p->text);
	struct json_object *layers = json_array_within(root, "layers");
	bool changed = false;
	int r = 0;

	p->files = arena_array(p->arena, int, p->manifest.n_layers);
	memset(p->files, -1, p->manifest.n_layers * sizeof(*p->files));
	for (size_t i = 0; r == 0 && p->format != PRESS_NONE && i < p->manifest.n_layers; i++) {
		struct descriptor *layer = &p->manifest.layers[i];
		const char *type = pressed_type(p->arena, layer->media_type, p->format);

		if (!type || (r = stop_check(e)) < 0 || (r = press_one(p, layer, &p->files[i], e)) < 0)
			continue;
		layer->media_type = type;
		write_descriptor(layers, i, layer);
		changed = true;
	}
	if (r == 0 && changed) {
		p->text = arena_strdup(
			p->arena, json_object_to_json_string_ext(
					  root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		p->len = strlen(p->text);
	}
	return r;
}

void press_end(struct press *p)
{
	for (size_t i = 0; p->files && i < p->manifest.n_layers; i++)
		fd_close(&p->files[i]);
}
