/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/derive.h"

#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "image/blob.h"

#define OCI "application/vnd.oci.image."

/* ---- the configuration ---- */

static void put(json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
	else
		json_object_object_del(o, key);
}

/* How many of the steps made a layer. */
static size_t count_steps(json_object *history)
{
	size_t n = 0;

	for (size_t i = 0; i < json_object_array_length(history); i++) {
		json_object *empty = NULL;

		json_object_object_get_ex(json_object_array_get_idx(history, i), "empty_layer", &empty);
		n += !json_object_get_boolean(empty);
	}
	return n;
}

/* Steps are told from the lowest layer on: one that nothing is known of is a step, too. */
static void add_step(struct derive *d)
{
	json_object *step = json_object_new_object(), *history = json_array_within(d->config, "history");

	for (size_t n = count_steps(history), layers = d->parent ? d->parent->n_layers : 0; n < layers; n++)
		json_object_array_add(history, json_object_new_object());
	put(step, "created", d->created);
	put(step, "created_by", d->created_by);
	put(step, "author", d->author);
	put(step, "comment", d->comment);
	json_object_array_add(history, step);
}

static void add_layer(struct derive *d)
{
	json_object *root = json_within(d->config, "rootfs");

	put(root, "type", "layers");
	json_object_array_add(json_array_within(root, "diff_ids"), json_object_new_string(d->layer));
}

static const char *make_config(struct derive *d)
{
	/* of how docker built the parent */
	static const char *const others[] = { "container", "container_config", "docker_version", "id",
					      "parent" };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		json_object_object_del(d->config, others[i]);
	put(d->config, "created", d->created);
	put(d->config, "author", d->author);
	put(d->config, "comment", d->comment);
	add_step(d);
	add_layer(d);
	return arena_strdup(d->add.arena,
			    json_object_to_json_string_ext(
				    d->config, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* ---- the manifest ---- */

static void add_descriptor(struct str *out, enum layer_packing packing, const char *digest, uint64_t size)
{
	static const char *const types[] = {
		[LAYER_TAR] = "tar", [LAYER_GZIP] = "tar+gzip", [LAYER_ZSTD] = "tar+zstd"
	};

	str_addf(out, "{\"mediaType\":\"" OCI "layer.v1.%s\",\"digest\":\"%s\",\"size\":%llu}",
		 types[packing], digest, (unsigned long long)size);
}

static int make_manifest(struct derive *d, const char *config, const char *config_digest, struct str *out,
			 struct err *e)
{
	struct manifest parent = { 0 };
	char *text;
	size_t len;
	int r = 0;

	if (d->parent &&
	    ((r = blob_read(d->add.images, d->add.arena, d->parent->digest, &text, &len, e)) < 0 ||
	     (r = manifest_parse(d->add.arena, text, len, NULL, &parent, e)) < 0))
		return r;
	str_addf(out,
		 "{\"schemaVersion\":2,\"mediaType\":\"" OCI
		 "manifest.v1+json\",\"config\":{\"mediaType\":\"" OCI
		 "config.v1+json\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[",
		 config_digest, strlen(config));
	for (size_t i = 0; i < parent.n_layers; i++) {
		add_descriptor(out, parent.layers[i].packing, parent.layers[i].digest, parent.layers[i].size);
		str_add(out, ",");
	}
	add_descriptor(out, LAYER_TAR, d->layer, d->size);
	str_add(out, "]}");
	return 0;
}

int derive_image(struct derive *d, const char **digest, struct err *e)
{
	const char *config = make_config(d), *config_digest;
	struct str manifest = { .arena = d->add.arena };
	int r;

	config_digest = blob_digest(d->add.arena, config, strlen(config));
	d->add.origin = (struct image_origin){ 0 };
	if ((r = blob_store(d->add.images, config_digest, config, strlen(config), e)) < 0 ||
	    (r = make_manifest(d, config, config_digest, &manifest, e)) < 0)
		return r;
	return image_add(&d->add, manifest.p, manifest.len, NULL, digest, e);
}
