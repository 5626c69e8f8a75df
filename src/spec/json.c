/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/json.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <json-c/json_tokener.h>

enum { MAX_LEVELS = 32 };

void json_cleanup(struct json_object **root)
{
	json_object_put(*root);
}

void json_fail(struct json_reader *r, const char *key, const char *cause, ...)
{
	char text[sizeof(r->err->cause)];
	va_list ap;

	if (r->failed)
		return;
	r->failed = true;
	va_start(ap, cause);
	vsnprintf(text, sizeof(text), cause, ap);
	va_end(ap);
	err_set(r->err, r->code, EINVAL, "read %s", r->file);
	if (!key && !r->depth)
		err_cause(r->err, "%s", text);
	else
		err_cause(r->err, "%s%s%s: %s", r->path, key && r->depth ? "." : "", key ? key : "", text);
}

int json_result(const struct json_reader *r)
{
	return r->failed ? -r->err->no : 0;
}

/* Line and column of an offset, from 1, as editors count. */
static void position(const char *text, size_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		++*column;
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
}

struct json_object *json_parse(struct json_reader *r, const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(MAX_LEVELS);
	autojson struct json_object *root = NULL;
	struct json_object *top;
	unsigned line, column;

	r->path[r->depth] = '\0';
	if (!tok || len > INT_MAX) {
		json_fail(r, NULL, "too large");
		if (tok)
			json_tokener_free(tok);
		return NULL;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tok, text, len);
	enum json_tokener_error no = json_tokener_get_error(tok);
	size_t end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);

	position(text, end, &line, &column);
	if (no == json_tokener_continue)
		json_fail(r, NULL, "line %u, column %u: it ends too early", line, column);
	else if (no != json_tokener_success)
		json_fail(r, NULL, "line %u, column %u: %s", line, column, json_tokener_error_desc(no));
	else if (strspn(text + end, " \t\r\n") != len - end)
		json_fail(r, NULL, "line %u, column %u: something follows the JSON object", line, column);
	else if (!json_object_is_type(root, json_type_object))
		json_fail(r, NULL, "not a JSON object");
	if (r->failed)
		return NULL;
	top = root;
	root = NULL;
	return top;
}

/* The value of a key, which must be of that type if it is there. */
static struct json_object *get(struct json_reader *r, struct json_object *o, const char *key,
			       enum json_type type, const char *must)
{
	struct json_object *value = NULL;

	if (r->failed || !json_object_object_get_ex(o, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	json_fail(r, key, "must be %s", must);
	return NULL;
}

static const char *copy_string(struct json_reader *r, struct json_object *value, const char *key)
{
	const char *s = json_object_get_string(value);
	size_t len = json_object_get_string_len(value);

	if (memchr(s, '\0', len)) {
		json_fail(r, key, "must not contain NUL");
		return NULL;
	}
	return arena_strndup(r->arena, s, len);
}

const char *json_string(struct json_reader *r, struct json_object *o, const char *key)
{
	struct json_object *value = get(r, o, key, json_type_string, "a string");

	return value ? copy_string(r, value, key) : NULL;
}

bool json_number(struct json_reader *r, struct json_object *o, const char *key, uint64_t max, uint64_t *n)
{
	struct json_object *value = get(r, o, key, json_type_int, "a whole number");

	if (!value)
		return false;
	/* json-c tells a negative number only by the signed getter, and a large one only by the other. */
	if (json_object_get_int64(value) < 0 || json_object_get_uint64(value) > max) {
		json_fail(r, key, "must be from 0 to %llu", (unsigned long long)max);
		return false;
	}
	*n = json_object_get_uint64(value);
	return true;
}

struct json_object *json_array(struct json_reader *r, struct json_object *o, const char *key, size_t max)
{
	struct json_object *value = get(r, o, key, json_type_array, "an array");

	if (!value || json_object_array_length(value) <= max)
		return value;
	json_fail(r, key, "more than %zu items", max);
	return NULL;
}

const char **json_strings(struct json_reader *r, struct json_object *o, const char *key, size_t max,
			  size_t *n)
{
	struct json_object *array = json_array(r, o, key, max);
	const char **list;

	*n = 0;
	if (!array)
		return NULL;
	size_t length = json_object_array_length(array);
	list = arena_array(r->arena, const char *, length + 1);
	for (size_t i = 0; i < length && !r->failed; i++) {
		struct json_object *value = json_object_array_get_idx(array, i);
		size_t at = json_enter_item(r, key, i);
		if (!json_object_is_type(value, json_type_string))
			json_fail(r, NULL, "must be a string");
		else
			list[i] = copy_string(r, value, NULL);
		json_leave(r, at);
	}
	*n = r->failed ? 0 : length;
	return list;
}

struct json_object *json_child(struct json_reader *r, struct json_object *o, const char *key)
{
	return get(r, o, key, json_type_object, "an object");
}

struct json_object *json_item(struct json_reader *r, struct json_object *array, size_t i)
{
	struct json_object *value = json_object_array_get_idx(array, i);

	if (!r->failed && !json_object_is_type(value, json_type_object))
		json_fail(r, NULL, "must be an object");
	return r->failed ? NULL : value;
}

[[gnu::format(printf, 2, 3)]] static size_t enter(struct json_reader *r, const char *fmt, ...)
{
	size_t depth = r->depth, room = sizeof(r->path) - depth;
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(r->path + depth, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		r->depth += (size_t)n < room ? (size_t)n : room - 1;
	return depth;
}

size_t json_enter(struct json_reader *r, const char *key)
{
	return enter(r, "%s%s", r->depth ? "." : "", key);
}

size_t json_enter_item(struct json_reader *r, const char *key, size_t i)
{
	return enter(r, "%s%s[%zu]", r->depth ? "." : "", key, i);
}

void json_leave(struct json_reader *r, size_t depth)
{
	r->depth = depth;
	r->path[depth] = '\0';
}
