/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/change.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"
#include "spec/expose.h"
#include "spec/name.h"
#include "spec/spec.h"

struct change {
	struct arena *arena;
	json_object *config;
	const char *key, *text, *rest; /* of the configuration; all of it; what is behind the instruction */
	struct err *err;
};

static int bad(const struct change *c, const char *cause)
{
	return err_set(c->err, "bad-change", EINVAL, "'%s'", c->text), err_cause(c->err, "%s", cause);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- words ---- */

/* One, with quotes and backslashes as a shell has them, but nothing expanded. NULL: a quote is not closed. */
static const char *take_word(struct change *c, const char **p)
{
	struct str out = { .arena = c->arena };
	char quote = 0;

	for (; **p && (quote || !is_blank(**p)); (*p)++) {
		if (**p == '\\' && quote != '\'' && (*p)[1])
			str_addn(&out, ++*p, 1);
		else if (quote ? **p == quote : **p == '"' || **p == '\'')
			quote = quote ? 0 : **p;
		else
			str_addn(&out, *p, 1);
	}
	while (is_blank(**p))
		(*p)++;
	return quote ? NULL : str_get(&out);
}

static int split(struct change *c, struct strv *words)
{
	for (const char *p = c->rest; *p;) {
		const char *word = take_word(c, &p);

		if (!word)
			return bad(c, "a quote is not closed");
		strv_push(c->arena, words, word);
	}
	return 0;
}

/* A list as JSON has it, as ["a", "b"]; NULL: it is none. The caller puts it. */
static json_object *list_of(const struct change *c)
{
	json_object *list = *c->rest == '[' ? json_tokener_parse(c->rest) : NULL;

	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list);
	     i++)
		if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_string))
			return json_object_put(list), NULL;
	if (json_object_is_type(list, json_type_array))
		return list;
	json_object_put(list);
	return NULL;
}

/* ---- instructions ---- */

static int set_text(struct change *c)
{
	json_object_object_add(c->config, c->key, json_object_new_string(c->rest));
	return 0;
}

/* What is no list is for a shell, by Dockerfile's rule. */
static int set_command(struct change *c)
{
	json_object *list = list_of(c);

	if (!list) {
		list = json_object_new_array();
		json_object_array_add(list, json_object_new_string("/bin/sh"));
		json_object_array_add(list, json_object_new_string("-c"));
		json_object_array_add(list, json_object_new_string(c->rest));
	}
	json_object_object_add(c->config, c->key, list);
	return 0;
}

/* Relative to where it was. */
static int set_directory(struct change *c)
{
	json_object *before = NULL;
	const char *base;

	json_object_object_get_ex(c->config, c->key, &before);
	base = json_object_get_string(before) ?: "";
	if (*c->rest != '/')
		c->rest = arena_printf(c->arena, "%s/%s", str_eq(base, "/") ? "" : base, c->rest);
	return set_text(c);
}

/* Of the environment, which is a list of NAME=VALUE. */
static void set_variable(struct change *c, const char *pair, size_t name)
{
	json_object *list = json_array_within(c->config, c->key);

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *old = json_object_get_string(json_object_array_get_idx(list, i));

		if (old && strncmp(old, pair, name + 1) == 0) {
			json_object_array_put_idx(list, i, json_object_new_string(pair));
			return;
		}
	}
	json_object_array_add(list, json_object_new_string(pair));
}

static int add_pair(struct change *c, const char *pair)
{
	const char *eq = strchr(pair, '=');

	if (!eq || eq == pair)
		return bad(c, "it is no NAME=VALUE");
	if (str_eq(c->key, "Env"))
		set_variable(c, pair, (size_t)(eq - pair));
	else
		json_object_object_add(json_within(c->config, c->key), arena_strndup(c->arena, pair, (size_t)(eq - pair)),
				       json_object_new_string(eq + 1));
	return 0;
}

/* NAME=VALUE..., or of one the older NAME VALUE. */
static int add_pairs(struct change *c)
{
	size_t name = strcspn(c->rest, " \t=");
	struct strv words = { 0 };
	int r;

	if (is_blank(c->rest[name]))
		return add_pair(c, arena_printf(c->arena, "%.*s=%s", (int)name, c->rest,
						c->rest + name + strspn(c->rest + name, " \t")));
	r = split(c, &words);
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = add_pair(c, words.v[i]);
	return r;
}

/* A set, as Go writes it: {"80/tcp": {}}. */
static int add_ports(struct change *c, const char *word)
{
	struct strv ports = { 0 };
	struct err why;

	if (expose_parse(c->arena, word, &ports, &why) < 0)
		return bad(c, why.cause);
	for (size_t i = 0; i < ports.n; i++)
		json_object_object_add(json_within(c->config, c->key), ports.v[i], json_object_new_object());
	return 0;
}

static int add_volume(struct change *c, const char *word)
{
	const char *path = name_path(c->arena, word);

	if (!path || str_eq(path, "/"))
		return bad(c, "it is no absolute path without '..', below the root");
	json_object_object_add(json_within(c->config, c->key), path, json_object_new_object());
	return 0;
}

static int add_members(struct change *c)
{
	json_object *list = list_of(c);
	struct strv words = { 0 };
	int r = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		strv_push(c->arena, &words,
			  arena_strdup(c->arena, json_object_get_string(json_object_array_get_idx(list, i))));
	json_object_put(list);
	if (!list)
		r = split(c, &words);
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = str_eq(c->key, "Volumes") ? add_volume(c, words.v[i]) : add_ports(c, words.v[i]);
	return r;
}

static int add_trigger(struct change *c)
{
	json_object_array_add(json_array_within(c->config, c->key), json_object_new_string(c->rest));
	return 0;
}

static const struct {
	const char *word, *key;
	int (*run)(struct change *c);
} instructions[] = {
	{ "CMD", "Cmd", set_command },
	{ "ENTRYPOINT", "Entrypoint", set_command },
	{ "ENV", "Env", add_pairs },
	{ "LABEL", "Labels", add_pairs },
	{ "EXPOSE", "ExposedPorts", add_members },
	{ "VOLUME", "Volumes", add_members },
	{ "USER", "User", set_text },
	{ "STOPSIGNAL", "StopSignal", set_text },
	{ "WORKDIR", "WorkingDir", set_directory },
	{ "ONBUILD", "OnBuild", add_trigger },
};

/* podman's users write CMD=..., too. */
int image_change(struct arena *a, json_object *config, const char *text, struct err *e)
{
	struct change c = { .arena = a, .config = config, .text = text, .err = e };
	size_t len = strcspn(text, " \t=");

	c.rest = text + len + strspn(text + len, " \t");
	if (*c.rest == '=' && c.rest == text + len)
		c.rest++;
	for (size_t i = 0; i < ARRAY_LEN(instructions); i++) {
		if (strlen(instructions[i].word) != len || strncasecmp(text, instructions[i].word, len) != 0)
			continue;
		c.key = instructions[i].key;
		return *c.rest ? instructions[i].run(&c) : bad(&c, "nothing is behind it");
	}
	bad(&c, "no instruction of that name can change an image");
	return err_hint(
		e, "there are CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and "
		   "WORKDIR");
}
