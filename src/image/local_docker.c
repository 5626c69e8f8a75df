/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * docker's own archive (moby, image/spec/v1.2.md): manifest.json names, for each image, its configuration, the tar file of
 * each layer, and its names. There is no manifest of a registry in it, so one is made: the layers are not compressed, so
 * their digests are the diff-ids of the configuration.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/local_parts.h"
#include "spec/image/config.h"
#include "spec/json.h"

#define MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define CONFIG   "application/vnd.docker.container.image.v1+json"
#define LAYER    "application/vnd.docker.image.rootfs.diff.tar"

enum { NAMES_MAX = 4096 };

struct item {
	const char *config;
	const char **layers, **names;
	size_t n_layers, n_names;
};

static void read_item(struct json_reader *r, struct json_object *o, void *out)
{
	struct item *item = out;

	item->config = json_string(r, o, "Config") ?: "";
	item->layers = json_strings(r, o, "Layers", MANIFEST_LAYERS_MAX, &item->n_layers);
	item->names = json_strings(r, o, "RepoTags", NAMES_MAX, &item->n_names);
}

/* A name in the archive becomes a path below its directory. */
static bool is_inside(const char *path)
{
	if (*path == '/' || !*path)
		return false;
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (str_eq(p, "..") || str_after(p, "../"))
			return false;
	}
	return true;
}

const char *local_docker_path(struct local *l, const char *digest)
{
	for (size_t i = 0; i + 1 < l->docker_files.n; i += 2)
		if (str_eq(l->docker_files.v[i], digest))
			return l->docker_files.v[i + 1];
	return NULL;
}

static void remember(struct local *l, const char *digest, const char *path)
{
	strv_push(l->arena, &l->docker_files, digest);
	strv_push(l->arena, &l->docker_files, path);
}

static int missing(struct local *l, const char *path, int no, struct err *e)
{
	return err_set(e, "image-read", no, "read %s of %s", path, l->path);
}

static int add_layer(struct local *l, const char *path, const char *digest, struct str *out, struct err *e)
{
	autoclose int fd = is_inside(path) ? local_open_file(l, path) : -EINVAL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return missing(l, path, fd < 0 ? -fd : errno, e);
	remember(l, digest, path);
	str_addf(out, "{\"mediaType\":\"" LAYER "\",\"size\":%lld,\"digest\":\"%s\"}", (long long)st.st_size,
		 digest);
	return 0;
}

static int make_manifest(struct local *l, const struct item *item, struct str *out, struct err *e)
{
	struct image_config c;
	const char *digest;
	char *text;
	size_t len;
	int r = is_inside(item->config) ? local_read(l, item->config, &text, &len, e) : -EINVAL;

	if (r < 0)
		return e->no ? r : missing(l, item->config, -r, e);
	if ((r = image_config_parse(l->arena, text, len, &c, e)) < 0)
		return r;
	if (c.diff_ids.n != item->n_layers)
		return missing(l, item->config, EINVAL, e),
		       err_cause(e, "it and manifest.json have other layers");
	digest = blob_digest(l->arena, text, len);
	remember(l, digest, item->config);
	str_addf(out,
		 "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST "\",\"config\":{\"mediaType\":\"" CONFIG
		 "\",\"size\":%zu,\"digest\":\"%s\"},\"layers\":[",
		 len, digest);
	for (size_t i = 0; r == 0 && i < item->n_layers; i++) {
		str_add(out, i ? "," : "");
		r = add_layer(l, item->layers[i], c.diff_ids.v[i], out, e);
	}
	str_add(out, "]}");
	return r;
}

static bool is_wanted(struct local *l, const struct item *item)
{
	for (size_t i = 0; l->name && i < item->n_names; i++)
		if (local_is_name(l, item->names[i]))
			return true;
	return !l->name;
}

static int no_item(struct local *l, const struct item *items, size_t n, struct err *e)
{
	struct str names = { .arena = l->arena };

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < items[i].n_names; j++)
			str_addf(&names, "%s%s", names.len ? ", " : "", items[i].names[j]);
	return local_no_name(l, &names, e);
}

static int add_item(struct local *l, const struct item *item, struct err *e)
{
	struct str text = { .arena = l->arena };
	struct strv names = { 0 };
	int r = make_manifest(l, item, &text, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < item->n_names; i++)
		strv_push(l->arena, &names, item->names[i]);
	local_add(l, text.p, text.len, MANIFEST, names);
	return 0;
}

/* It is a list, which the reader's objects can't be: it is put into one. */
int local_read_docker(struct local *l, struct err *e)
{
	struct json_reader r = {
		.arena = l->arena, .file = "manifest.json", .code = "bad-manifest", .err = e
	};
	autojson struct json_object *root = NULL;
	struct str object = { .arena = l->arena };
	struct item *items;
	size_t n, len;
	char *text;
	int no = local_read(l, "manifest.json", &text, &len, e);

	if (no < 0)
		return no;
	str_add(&object, "{\"images\":");
	str_addn(&object, text, len);
	str_add(&object, "}");
	if (!(root = json_parse(&r, object.p, object.len)))
		return json_result(&r);
	items = json_objects(&r, root, "images", NAMES_MAX, sizeof(*items), read_item, &n);
	no = json_result(&r);
	for (size_t i = 0; no == 0 && i < n; i++)
		if (is_wanted(l, &items[i]))
			no = add_item(l, &items[i], e);
	return no == 0 && !l->n_images ? no_item(l, items, n, e) : no;
}
