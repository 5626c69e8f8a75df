/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cmd/template_parts.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **value_keys(json_object *object, size_t *n)
{
	const char **keys = calloc((size_t)json_object_object_length(object) + 1, sizeof(*keys));

	*n = 0;
	if (!keys)
		abort(); /* as the arena does */
	json_object_object_foreach(object, key, value)
	{
		(void)value;
		keys[(*n)++] = key;
	}
	qsort(keys, *n, sizeof(*keys), by_text);
	return keys;
}

static void print_object(struct str *out, json_object *object)
{
	size_t n;
	const char **keys = value_keys(object, &n);

	str_add(out, "map[");
	for (size_t i = 0; i < n; i++) {
		str_addf(out, "%s%s:", i ? " " : "", keys[i]);
		value_print(out, json_object_object_get(object, keys[i]));
	}
	str_add(out, "]");
	free(keys);
}

static void print_list(struct str *out, json_object *list)
{
	str_add(out, "[");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		str_add(out, i ? " " : "");
		value_print(out, json_object_array_get_idx(list, i));
	}
	str_add(out, "]");
}

void value_print(struct str *out, json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		str_add(out, "<no value>");
		break;
	case json_type_object:
		print_object(out, value);
		break;
	case json_type_array:
		print_list(out, value);
		break;
	case json_type_string:
		str_addn(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		break;
	default: /* numbers and booleans as in JSON */
		str_add(out, json_object_to_json_string(value));
	}
}

bool value_truth(json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_object:
		return json_object_object_length(value) > 0;
	case json_type_array:
		return json_object_array_length(value) > 0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	case json_type_boolean:
		return json_object_get_boolean(value);
	default:
		return json_object_get_double(value) != 0;
	}
}
