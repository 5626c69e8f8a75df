/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/config.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "spec/image/digest.h"
#include "spec/json.h"

enum { WORDS_MAX = 65536, STEPS_MAX = 65536 };

static struct strv list_of(struct json_reader *r, struct json_object *o, const char *key)
{
	size_t n = 0;
	const char **words = json_strings(r, o, key, WORDS_MAX, &n);
	struct strv list = { 0 };

	for (size_t i = 0; i < n; i++)
		strv_push(r->arena, &list, words[i]);
	return list;
}

/* The keys of an object whose values say nothing: {"80/tcp": {}}, as Go writes a set. */
static struct strv keys_of(struct json_reader *r, struct json_object *o, const char *key)
{
	struct json_object *set = json_child(r, o, key);
	struct strv list = { 0 };

	if (!set)
		return list;
	json_object_object_foreach (set, name, value) {
		(void)value;
		strv_push(r->arena, &list, arena_strdup(r->arena, name));
	}
	return list;
}

static void check_volumes(struct json_reader *r, const struct strv *volumes)
{
	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->v[i][0] != '/')
			json_fail(r, "Volumes", "'%s' is no absolute path", volumes->v[i]);
}

static void check_environment(struct json_reader *r, const struct strv *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (env->v[i][0] == '=' || !strchr(env->v[i], '='))
			json_fail(r, "Env", "'%s' is no NAME=VALUE", env->v[i]);
}

static void read_container(struct json_reader *r, struct json_object *root, struct image_config *c)
{
	size_t depth = json_enter(r, "config");
	struct json_object *o = json_child(r, root, "config"), *health;

	c->user = json_string(r, o, "User");
	c->working_dir = json_string(r, o, "WorkingDir");
	c->stop_signal = json_string(r, o, "StopSignal");
	c->entrypoint = list_of(r, o, "Entrypoint");
	c->cmd = list_of(r, o, "Cmd");
	c->env = list_of(r, o, "Env");
	c->ports = keys_of(r, o, "ExposedPorts");
	c->volumes = keys_of(r, o, "Volumes");
	json_pairs(r, o, "Labels", WORDS_MAX, &c->labels);
	check_volumes(r, &c->volumes);
	check_environment(r, &c->env);
	if ((health = json_child(r, o, "Healthcheck")))
		c->health = arena_strdup(r->arena,
					 json_object_to_json_string_ext(health, JSON_C_TO_STRING_PLAIN));
	json_leave(r, depth);
}

static void read_step(struct json_reader *r, struct json_object *o, void *out)
{
	struct image_step *step = out;

	step->created = json_string(r, o, "created");
	step->created_by = json_string(r, o, "created_by");
	step->comment = json_string(r, o, "comment");
	json_boolean(r, o, "empty_layer", &step->empty);
}

static void read_layers(struct json_reader *r, struct json_object *root, struct image_config *c)
{
	size_t depth = json_enter(r, "rootfs");

	c->diff_ids = list_of(r, json_child(r, root, "rootfs"), "diff_ids");
	for (size_t i = 0; i < c->diff_ids.n; i++)
		if (!digest_is(c->diff_ids.v[i]))
			json_fail(r, "diff_ids", "'%s' is no digest", c->diff_ids.v[i]);
	json_leave(r, depth);
}

int image_config_parse(struct arena *a, const char *text, size_t len, struct image_config *c, struct err *e)
{
	struct json_reader r = {
		.arena = a, .file = "the image's configuration", .code = "bad-image-config", .err = e
	};
	autojson struct json_object *root = NULL;

	*c = (struct image_config){ 0 };
	if (len > MANIFEST_BYTES_MAX)
		return err_set(e, "bad-image-config", E2BIG, "read an image's configuration of %zu bytes",
			       len),
		       err_cause(e, "it may have %d MiB", MANIFEST_BYTES_MAX >> 20);
	if (!(root = json_parse(&r, text, len)))
		return json_result(&r);
	c->platform.os = json_string(&r, root, "os") ?: "linux";
	c->platform.architecture = json_string(&r, root, "architecture") ?: "";
	c->platform.variant = json_string(&r, root, "variant");
	c->created = json_string(&r, root, "created");
	c->author = json_string(&r, root, "author");
	c->comment = json_string(&r, root, "comment");
	read_container(&r, root, c);
	read_layers(&r, root, c);
	c->history = json_objects(&r, root, "history", STEPS_MAX, sizeof(*c->history), read_step,
				  &c->n_history);
	return json_result(&r);
}
