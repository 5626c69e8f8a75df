/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/manifest.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/str.h"
#include "spec/image/digest.h"
#include "spec/json.h"

#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

/* ---- media types ---- */

enum kind { KIND_MANIFEST, KIND_INDEX, KIND_CONFIG, KIND_LAYER };

static const struct media {
	const char *type;
	enum kind kind;
	enum layer_packing packing;
} media[] = {
	{ OCI "manifest.v1+json", KIND_MANIFEST, 0 },
	{ OCI "index.v1+json", KIND_INDEX, 0 },
	{ OCI "config.v1+json", KIND_CONFIG, 0 },
	{ OCI "layer.v1.tar", KIND_LAYER, LAYER_TAR },
	{ OCI "layer.v1.tar+gzip", KIND_LAYER, LAYER_GZIP },
	{ OCI "layer.v1.tar+zstd", KIND_LAYER, LAYER_ZSTD },
	/* "nondistributable": it is pulled as any other (layer.md) */
	{ OCI "layer.nondistributable.v1.tar", KIND_LAYER, LAYER_TAR },
	{ OCI "layer.nondistributable.v1.tar+gzip", KIND_LAYER, LAYER_GZIP },
	{ OCI "layer.nondistributable.v1.tar+zstd", KIND_LAYER, LAYER_ZSTD },
	{ DOCKER "distribution.manifest.v2+json", KIND_MANIFEST, 0 },
	{ DOCKER "distribution.manifest.list.v2+json", KIND_INDEX, 0 },
	{ DOCKER "container.image.v1+json", KIND_CONFIG, 0 },
	{ DOCKER "image.rootfs.diff.tar", KIND_LAYER, LAYER_TAR },
	{ DOCKER "image.rootfs.diff.tar.gzip", KIND_LAYER, LAYER_GZIP },
	{ DOCKER "image.rootfs.diff.tar.zstd", KIND_LAYER, LAYER_ZSTD },
	{ DOCKER "image.rootfs.foreign.diff.tar.gzip", KIND_LAYER, LAYER_GZIP },
};

static const struct media *find_media(const char *type)
{
	for (size_t i = 0; type && i < ARRAY_LEN(media); i++)
		if (str_eq(media[i].type, type))
			return &media[i];
	return NULL;
}

static bool is_a(const char *type, enum kind kind)
{
	const struct media *m = find_media(type);

	return m && m->kind == kind;
}

bool manifest_is(const char *media_type)
{
	return is_a(media_type, KIND_MANIFEST) || is_a(media_type, KIND_INDEX);
}

/* ---- descriptors ---- */

static void read_descriptor(struct json_reader *r, struct json_object *o, void *out)
{
	struct descriptor *d = out;

	d->media_type = json_string(r, o, "mediaType") ?: "";
	d->digest = json_string(r, o, "digest") ?: "";
	if (!digest_is(d->digest))
		json_fail(r, "digest", "must be sha256: with 64 hexadecimal digits, or sha512: with 128");
	if (!json_number(r, o, "size", INT64_MAX, &d->size))
		json_fail(r, "size", "is missing");
}

static void read_layer(struct json_reader *r, struct json_object *o, void *out)
{
	struct descriptor *d = out;

	read_descriptor(r, o, d);
	if (is_a(d->media_type, KIND_LAYER))
		d->packing = find_media(d->media_type)->packing;
	else
		json_fail(r, "mediaType", "%s is no layer that can be unpacked", d->media_type);
}

static void read_platform(struct json_reader *r, struct json_object *o, struct platform *p)
{
	size_t depth = json_enter(r, "platform");
	struct json_object *platform = json_child(r, o, "platform");

	p->os = json_string(r, platform, "os") ?: "";
	p->architecture = json_string(r, platform, "architecture") ?: "";
	p->variant = json_string(r, platform, "variant");
	json_leave(r, depth);
}

static void read_entry(struct json_reader *r, struct json_object *o, void *out)
{
	struct manifest_entry *entry = out;
	struct strv notes = { 0 };

	read_descriptor(r, o, &entry->manifest);
	read_platform(r, o, &entry->platform);
	json_pairs(r, o, "annotations", MANIFEST_ENTRIES_MAX, &notes);
	for (size_t i = 0; i + 1 < notes.n; i += 2) {
		if (str_eq(notes.v[i], "org.opencontainers.image.ref.name"))
			entry->name = notes.v[i + 1];
		if (str_eq(notes.v[i], "io.containerd.image.name"))
			entry->full_name = notes.v[i + 1];
	}
}

/* ---- the two ---- */

static int read_manifest(struct json_reader *r, struct json_object *root, struct manifest *m)
{
	size_t depth = json_enter(r, "config");
	struct json_object *config = json_child(r, root, "config");

	if (config)
		read_descriptor(r, config, &m->config);
	else
		json_fail(r, NULL, "is missing");
	json_leave(r, depth);
	if (json_result(r) < 0)
		return json_result(r);
	if (!is_a(m->config.media_type, KIND_CONFIG))
		return err_set(r->err, "no-image", ENOTSUP, "read %s", r->file),
		       err_cause(r->err, "it is no image: its configuration is %.100s", m->config.media_type);
	m->layers = json_objects(r, root, "layers", MANIFEST_LAYERS_MAX, sizeof(*m->layers), read_layer,
				 &m->n_layers);
	return json_result(r);
}

/* An attestation is about an image of the same index, and runs nowhere; nor does what is neither image nor index. */
static bool runs(const struct manifest_entry *entry)
{
	return manifest_is(entry->manifest.media_type) && !str_eq(entry->platform.os, "unknown");
}

static int read_index(struct json_reader *r, struct json_object *root, struct manifest *m)
{
	size_t n, kept = 0;

	m->index = true;
	m->entries = json_objects(r, root, "manifests", MANIFEST_ENTRIES_MAX, sizeof(*m->entries), read_entry,
				  &n);
	for (size_t i = 0; i < n; i++)
		if (runs(&m->entries[i]))
			m->entries[kept++] = m->entries[i];
	m->n_entries = kept;
	return json_result(r);
}

/* What it calls itself counts before what it was sent as: "application/json" is sent, too. One that says nothing is known
 * by its members (image-index.md: "mediaType" is no must). */
static const char *type_of(struct json_reader *r, struct json_object *root, const char *sent)
{
	const char *own = json_string(r, root, "mediaType");
	struct json_object *ignored;

	if (own)
		return own;
	if (is_a(sent, KIND_MANIFEST) || is_a(sent, KIND_INDEX))
		return sent;
	if (json_object_object_get_ex(root, "manifests", &ignored))
		return OCI "index.v1+json";
	return json_object_object_get_ex(root, "layers", &ignored) ? OCI "manifest.v1+json" : "";
}

static int read_any(struct json_reader *r, struct json_object *root, const char *sent, struct manifest *m)
{
	uint64_t version = 2;

	json_number(r, root, "schemaVersion", UINT32_MAX, &version);
	if (json_result(r) == 0 && version == 1)
		return err_set(r->err, "old-manifest", ENOTSUP, "read %s", r->file),
		       err_cause(r->err, "it is of docker's schema 1, which is not read any more"),
		       err_hint(r->err, "push the image again with a docker of this decade");
	m->media_type = type_of(r, root, sent);
	if (json_result(r) < 0)
		return json_result(r);
	if (is_a(m->media_type, KIND_MANIFEST))
		return read_manifest(r, root, m);
	if (is_a(m->media_type, KIND_INDEX))
		return read_index(r, root, m);
	return err_set(r->err, "no-image", ENOTSUP, "read %s", r->file),
	       err_cause(r->err, *m->media_type ? "it is no image, but %.100s" : "it is no manifest",
			 m->media_type);
}

int manifest_parse(struct arena *a, const char *text, size_t len, const char *media_type, struct manifest *m,
		   struct err *e)
{
	struct json_reader r = { .arena = a, .file = "manifest", .code = "bad-manifest", .err = e };
	autojson struct json_object *root = NULL;

	*m = (struct manifest){ 0 };
	if (len > MANIFEST_BYTES_MAX)
		return err_set(e, "bad-manifest", E2BIG, "read a manifest of %zu bytes", len),
		       err_cause(e, "it may have %d MiB", MANIFEST_BYTES_MAX >> 20);
	root = json_parse(&r, text, len);
	return root ? read_any(&r, root, media_type, m) : json_result(&r);
}
