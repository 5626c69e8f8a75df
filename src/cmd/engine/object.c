/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/object.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static json_object *new_text(const char *text)
{
	char first[1024];
	struct arena a = ARENA_INIT(first);
	struct str s = { .arena = &a };
	json_object *o;

	json_add_utf8(&s, text);
	o = json_object_new_string(str_get(&s));
	arena_free(&a);
	return o;
}

void object_str(json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value ? new_text(value) : NULL);
}

void object_int(json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

void object_flag(json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

void object_list(json_object *o, const char *key, const struct strv *list, size_t from)
{
	json_object *array = json_object_new_array();

	for (size_t i = from; i < list->n; i++)
		json_object_array_add(array, new_text(list->v[i]));
	json_object_object_add(o, key, array);
}

void object_labels(struct arena *a, json_object *o, const char *key, const struct strv *pairs)
{
	json_object *labels = object_within(o, key);

	for (size_t i = 0; i < pairs->n; i++) {
		const char *eq = strchrnul(pairs->v[i], '=');

		object_str(labels, arena_strndup(a, pairs->v[i], eq - pairs->v[i]), *eq ? eq + 1 : "");
	}
}

json_object *object_within(json_object *o, const char *key)
{
	json_object *within = json_object_new_object();

	json_object_object_add(o, key, within);
	return within;
}

void object_print_line(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

void object_print(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
