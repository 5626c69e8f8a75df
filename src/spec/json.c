/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/json.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/linkhash.h>
#include <json-c/json_tokener.h>

#include "base/json.h"
#include "base/str.h"

enum { MAX_LEVELS = 32 };

void json_cleanup(struct json_object **root)
{
	json_object_put(*root);
}

/* "syscalls[3].args[0].op: ", or "" at the top. */
static void add_place(const struct json_reader *r, const char *key, char *buf, size_t size)
{
	size_t len = 0;

	*buf = '\0';
	for (size_t i = 0; i < r->depth && i < JSON_DEPTH_MAX && len < size; i++) {
		const struct json_place *p = &r->place[i];

		len += snprintf(buf + len, size - len, "%s%s", i ? "." : "", p->key);
		if (p->index != JSON_NO_INDEX && len < size)
			len += snprintf(buf + len, size - len, "[%zu]", p->index);
	}
	if (key && len < size)
		len += snprintf(buf + len, size - len, "%s%s", len ? "." : "", key);
	if (len && len < size)
		snprintf(buf + len, size - len, ": ");
}

void json_fail(struct json_reader *r, const char *key, const char *cause, ...)
{
	char text[sizeof(r->err->cause)], place[192];
	va_list ap;

	if (r->failed)
		return;
	r->failed = true;
	va_start(ap, cause);
	vsnprintf(text, sizeof(text), cause, ap);
	va_end(ap);
	add_place(r, key, place, sizeof(place));
	err_set(r->err, r->code, EINVAL, "read %s", r->file);
	err_cause(r->err, "%s%s", place, text);
}

void json_warn(struct json_reader *r, const char *key, const char *cause, ...)
{
	struct str text = { .arena = r->arena };
	char place[192];
	va_list ap;

	if (r->failed || !r->warnings)
		return;
	add_place(r, key, place, sizeof(place));
	str_addf(&text, "%s: %s", r->file, place);
	va_start(ap, cause);
	str_add(&text, arena_vprintf(r->arena, cause, ap));
	va_end(ap);
	for (size_t i = 0; i < r->warnings->n; i++)
		if (str_eq(r->warnings->v[i], text.p))
			return;
	strv_push(r->arena, r->warnings, text.p);
}

int json_result(const struct json_reader *r)
{
	return r->failed ? -r->err->no : 0;
}

/* Fail at an offset: with its line and column, from 1, as editors count. */
static void fail_at(struct json_reader *r, const char *text, size_t offset, const char *cause)
{
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	json_fail(r, NULL, "line %u, column %u: %s", line, column, cause);
}

static bool is_blank(const char *text, size_t len)
{
	while (len > 0 && memchr(" \t\r\n", text[len - 1], 4))
		len--;
	return len == 0;
}

static struct json_object *parse(struct json_reader *r, const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(MAX_LEVELS);
	autojson struct json_object *root = NULL;
	struct json_object *top;

	if (!tok || len > INT_MAX) {
		json_fail(r, NULL, "too large");
		if (tok)
			json_tokener_free(tok);
		return NULL;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tok, text, len);
	enum json_tokener_error no = json_tokener_get_error(tok);
	size_t end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);

	if (no == json_tokener_continue)
		fail_at(r, text, end, "it ends too early");
	else if (no != json_tokener_success)
		fail_at(r, text, end, json_tokener_error_desc(no));
	else if (!is_blank(text + end, len - end))
		fail_at(r, text, end, "something follows the JSON object");
	else if (!json_object_is_type(root, json_type_object))
		json_fail(r, NULL, "not a JSON object");
	if (r->failed)
		return NULL;
	top = root;
	root = NULL;
	return top;
}

struct json_object *json_parse(struct json_reader *r, const char *text, size_t len)
{
	struct json_object *root = NULL;
	char *ascii;
	int n = json_ascii(text, &len, &ascii);

	if (n == -EILSEQ)
		fail_at(r, text, len, "it is no UTF-8");
	else if (n < 0)
		json_fail(r, NULL, "too large");
	else
		root = parse(r, ascii ? ascii : text, len);
	free(ascii);
	return root;
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

static bool check_number(struct json_reader *r, struct json_object *value, const char *key, uint64_t max,
			 uint64_t *n)
{
	/* json-c tells a negative number only by the signed getter, and a large one only by the other. */
	if (json_object_get_int64(value) < 0 || json_object_get_uint64(value) > max) {
		json_fail(r, key, "must be from 0 to %llu", (unsigned long long)max);
		return false;
	}
	*n = json_object_get_uint64(value);
	return true;
}

bool json_number(struct json_reader *r, struct json_object *o, const char *key, uint64_t max, uint64_t *n)
{
	struct json_object *value = get(r, o, key, json_type_int, "a whole number");

	if (!value)
		return false;
	return check_number(r, value, key, max, n);
}

bool json_integer(struct json_reader *r, struct json_object *o, const char *key, int64_t min, int64_t max,
		  int64_t *n)
{
	struct json_object *value = get(r, o, key, json_type_int, "a whole number");

	if (!value)
		return false;
	/* The signed getter cuts what is too large for it. */
	int64_t number = json_object_get_int64(value);
	if (number < min || number > max || (number >= 0 && json_object_get_uint64(value) > INT64_MAX)) {
		json_fail(r, key, "must be from %lld to %lld", (long long)min, (long long)max);
		return false;
	}
	*n = number;
	return true;
}

bool json_boolean(struct json_reader *r, struct json_object *o, const char *key, bool *on)
{
	struct json_object *value = get(r, o, key, json_type_boolean, "true or false");

	if (value)
		*on = json_object_get_boolean(value);
	return value;
}

bool json_word_find(const struct json_words *words, const char *word, uint64_t *value)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_eq(words->v[i].word, word)) {
			*value = words->v[i].value;
			return true;
		}
	return false;
}

bool json_word(struct json_reader *r, struct json_object *o, const char *key, const char *what,
	       const struct json_words *words, uint64_t *value)
{
	struct json_object *given = get(r, o, key, json_type_string, "a string");
	const char *word = given ? json_object_get_string(given) : NULL;

	if (!given)
		return false;
	if (strlen(word) != (size_t)json_object_get_string_len(given))
		json_fail(r, key, "must not contain NUL");
	else if (!json_word_find(words, word, value))
		json_fail(r, key, "unknown %s %s", what, word);
	return !r->failed;
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

uint64_t json_flags(struct json_reader *r, struct json_object *o, const char *key, const char *what,
		    const struct json_words *words)
{
	size_t n;
	const char **list = json_strings(r, o, key, words->n * 4, &n);
	uint64_t flags = 0, flag = 0;

	for (size_t i = 0; i < n; i++) {
		if (!json_word_find(words, list[i], &flag))
			json_fail(r, key, "unknown %s %s", what, list[i]);
		flags |= flag;
	}
	return flags;
}

void *json_objects(struct json_reader *r, struct json_object *o, const char *key, size_t max, size_t size,
		   void (*read)(struct json_reader *r, struct json_object *item, void *out), size_t *n)
{
	struct json_object *array = json_array(r, o, key, max);
	size_t length = array ? json_object_array_length(array) : 0;
	char *items = length ? arena_alloc(r->arena, length * size) : NULL;

	for (size_t i = 0; i < length && !r->failed; i++) {
		size_t at = json_enter_item(r, key, i);
		struct json_object *item = json_item(r, array, i);
		if (item)
			read(r, item, items + i * size);
		json_leave(r, at);
	}
	*n = r->failed ? 0 : length;
	return items;
}

uint32_t *json_numbers(struct json_reader *r, struct json_object *o, const char *key, size_t max,
		       uint32_t max_value, size_t *n)
{
	struct json_object *array = json_array(r, o, key, max);
	size_t length = array ? json_object_array_length(array) : 0;
	uint32_t *list = length ? arena_array(r->arena, uint32_t, length) : NULL;

	for (size_t i = 0; i < length && !r->failed; i++) {
		struct json_object *value = json_object_array_get_idx(array, i);
		size_t at = json_enter_item(r, key, i);
		uint64_t number = 0;

		if (!json_object_is_type(value, json_type_int))
			json_fail(r, NULL, "must be a whole number");
		else
			check_number(r, value, NULL, max_value, &number);
		list[i] = number;
		json_leave(r, at);
	}
	*n = r->failed ? 0 : length;
	return list;
}

void json_pairs(struct json_reader *r, struct json_object *o, const char *key, size_t max, struct strv *pairs)
{
	struct json_object *object = json_child(r, o, key);

	if (!object)
		return;
	if ((size_t)json_object_object_length(object) > max)
		return json_fail(r, key, "more than %zu items", max);
	size_t at = json_enter(r, key);
	json_object_object_foreach (object, name, value) {
		if (r->failed)
			break;
		if (!json_object_is_type(value, json_type_string)) {
			json_fail(r, name, "must be a string");
			break;
		}
		const char *text = copy_string(r, value, name);
		if (!text)
			break;
		strv_push(r->arena, pairs, arena_strdup(r->arena, name));
		strv_push(r->arena, pairs, text);
	}
	json_leave(r, at);
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

static size_t enter(struct json_reader *r, const char *key, size_t index)
{
	if (r->depth < JSON_DEPTH_MAX)
		r->place[r->depth] = (struct json_place){ .key = key, .index = index };
	return r->depth++;
}

size_t json_enter(struct json_reader *r, const char *key)
{
	return enter(r, key, JSON_NO_INDEX);
}

size_t json_enter_item(struct json_reader *r, const char *key, size_t i)
{
	return enter(r, key, i);
}

void json_leave(struct json_reader *r, size_t depth)
{
	r->depth = depth;
}
