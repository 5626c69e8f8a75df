/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The functions that a template may call: Go's own, and those that docker and podman add. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/template_parts.h"

typedef json_object *function(struct template *t, json_object *const *args, size_t n);

static json_object *new_text(struct template *t, const struct str *s)
{
	return template_keep(t, json_object_new_string_len(s->p ? s->p : "", (int)s->len));
}

static json_object *new_truth(struct template *t, bool truth)
{
	return template_keep(t, json_object_new_boolean(truth));
}

static const char *text_of(struct template *t, json_object *value)
{
	if (json_object_is_type(value, json_type_string))
		return json_object_get_string(value);
	template_fail(t, "a text is needed, not %s", json_object_to_json_string(value));
	return "";
}

/* ---- texts ---- */

static json_object *call_json(struct template *t, json_object *const *args, size_t n)
{
	struct str s = { .arena = t->out->arena };

	str_add(&s, json_object_to_json_string_ext(args[0],
						   JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	return new_text(t, &s);
}

static json_object *change_case(struct template *t, json_object *value, int (*change)(int), bool first_only)
{
	char *copy = arena_strdup(t->out->arena, text_of(t, value));

	for (char *p = copy; *p && (p == copy || !first_only); p++)
		*p = (char)change((unsigned char)*p);
	return template_keep(t, json_object_new_string(copy));
}

static json_object *call_upper(struct template *t, json_object *const *args, size_t n)
{
	return change_case(t, args[0], toupper, false);
}

static json_object *call_lower(struct template *t, json_object *const *args, size_t n)
{
	return change_case(t, args[0], tolower, false);
}

static json_object *call_title(struct template *t, json_object *const *args, size_t n)
{
	return change_case(t, args[0], toupper, true);
}

/* To so many characters, not bytes. */
static json_object *call_truncate(struct template *t, json_object *const *args, size_t n)
{
	const char *text = text_of(t, args[0]), *end = text;
	int64_t left = json_object_get_int64(args[1]);

	for (; *end; end++)
		if ((*end & 0xc0) != 0x80 && left-- <= 0)
			break;
	return template_keep(t, json_object_new_string_len(text, (int)(end - text)));
}

static json_object *call_join(struct template *t, json_object *const *args, size_t n)
{
	struct str s = { .arena = t->out->arena };
	const char *between = text_of(t, args[1]);

	if (!json_object_is_type(args[0], json_type_array))
		return template_fail(t, "join: a list is needed");
	for (size_t i = 0; i < json_object_array_length(args[0]); i++) {
		str_add(&s, i ? between : "");
		value_print(&s, json_object_array_get_idx(args[0], i));
	}
	return new_text(t, &s);
}

static json_object *call_split(struct template *t, json_object *const *args, size_t n)
{
	const char *text = text_of(t, args[0]), *at = text_of(t, args[1]), *end;
	json_object *list = template_keep(t, json_object_new_array());

	if (!*at)
		return template_fail(t, "split: the text between is empty");
	for (; (end = strstr(text, at)); text = end + strlen(at))
		json_object_array_add(list, json_object_new_string_len(text, (int)(end - text)));
	json_object_array_add(list, json_object_new_string(text));
	return list;
}

/* ---- printing ---- */

/* Between two that are no texts Go puts a blank. */
static json_object *call_print(struct template *t, json_object *const *args, size_t n)
{
	struct str s = { .arena = t->out->arena };

	for (size_t i = 0; i < n; i++) {
		bool blank = i && !json_object_is_type(args[i], json_type_string) &&
			     !json_object_is_type(args[i - 1], json_type_string);

		str_add(&s, blank ? " " : "");
		value_print(&s, args[i]);
	}
	return new_text(t, &s);
}

static json_object *call_println(struct template *t, json_object *const *args, size_t n)
{
	struct str s = { .arena = t->out->arena };

	for (size_t i = 0; i < n; i++) {
		str_add(&s, i ? " " : "");
		value_print(&s, args[i]);
	}
	str_add(&s, "\n");
	return new_text(t, &s);
}

static void add_quoted(struct str *s, json_object *value)
{
	struct str text = { .arena = s->arena };
	json_object *o;

	value_print(&text, value);
	o = json_object_new_string(str_get(&text));
	str_add(s, json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* One verb, filled up with blanks: "%-12s". */
static const char *add_verb(struct template *t, struct str *s, const char *p, json_object *value)
{
	enum { WIDTH_MAX = 1000 };
	struct str word = { .arena = s->arena };
	bool left = *p == '-';
	size_t width;

	p += left;
	width = strtoul(p, (char **)&p, 10);
	if (*p == 'q')
		add_quoted(&word, value);
	else if (*p && strchr("sdv", *p))
		value_print(&word, value);
	else
		return template_fail(t, "printf: only %%s, %%d, %%v and %%q are known"), "";
	str_add(s, left ? str_get(&word) : "");
	for (size_t i = word.len; i < width && i < WIDTH_MAX; i++)
		str_add(s, " ");
	str_add(s, left ? "" : str_get(&word));
	return p + 1;
}

static json_object *call_printf(struct template *t, json_object *const *args, size_t n)
{
	struct str s = { .arena = t->out->arena };
	size_t at = 1;

	for (const char *p = text_of(t, args[0]); *p;) {
		if (*p != '%' || p[1] == '%') {
			str_addn(&s, p, 1);
			p += *p == '%' ? 2 : 1;
		} else if (at == n) {
			return template_fail(t, "printf: more verbs than values");
		} else {
			p = add_verb(t, &s, p + 1, args[at++]);
		}
	}
	return new_text(t, &s);
}

/* ---- lists and objects ---- */

static json_object *call_len(struct template *t, json_object *const *args, size_t n)
{
	int64_t len = json_object_is_type(args[0], json_type_array) ?
			      (int64_t)json_object_array_length(args[0]) :
		      json_object_is_type(args[0], json_type_object) ? json_object_object_length(args[0]) :
								       (int64_t)strlen(text_of(t, args[0]));

	return template_keep(t, json_object_new_int64(len));
}

/* A key that a map lacks gives the zero value of its type in Go: an empty text, mostly. */
static json_object *index_one(struct template *t, json_object *from, json_object *key)
{
	json_object *value = NULL;

	if (json_object_is_type(from, json_type_object)) {
		if (json_object_object_get_ex(from, text_of(t, key), &value))
			return value;
		return template_keep(t, json_object_new_string(""));
	}
	if (!json_object_is_type(from, json_type_array) || !json_object_is_type(key, json_type_int))
		return template_fail(t, "index: a list and a number are needed, or an object and a text");
	int64_t i = json_object_get_int64(key);
	if (i < 0 || i >= (int64_t)json_object_array_length(from))
		return template_fail(t, "index: %lld is not in a list of %zu", (long long)i,
				     json_object_array_length(from));
	return json_object_array_get_idx(from, (size_t)i);
}

static json_object *call_index(struct template *t, json_object *const *args, size_t n)
{
	json_object *value = args[0];

	for (size_t i = 1; i < n && !t->failed; i++)
		value = index_one(t, value, args[i]);
	return value;
}

/* ---- truth ---- */

/* <0, 0, >0. Values of two types can't be compared, as in Go. */
static int compare(struct template *t, json_object *a, json_object *b)
{
	enum json_type x = json_object_get_type(a), y = json_object_get_type(b);
	double m = json_object_get_double(a), n = json_object_get_double(b);

	if (x == json_type_string && y == json_type_string)
		return strcmp(json_object_get_string(a), json_object_get_string(b));
	if (x == y && x != json_type_object && x != json_type_array)
		return (m > n) - (m < n);
	template_fail(t, "%s and %s can't be compared", json_type_to_name(x), json_type_to_name(y));
	return 0;
}

static json_object *call_eq(struct template *t, json_object *const *args, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (compare(t, args[0], args[i]) == 0)
			return new_truth(t, true);
	return new_truth(t, false);
}

static json_object *call_ne(struct template *t, json_object *const *args, size_t n)
{
	return new_truth(t, compare(t, args[0], args[1]) != 0);
}

static json_object *call_lt(struct template *t, json_object *const *args, size_t n)
{
	return new_truth(t, compare(t, args[0], args[1]) < 0);
}

static json_object *call_le(struct template *t, json_object *const *args, size_t n)
{
	return new_truth(t, compare(t, args[0], args[1]) <= 0);
}

static json_object *call_gt(struct template *t, json_object *const *args, size_t n)
{
	return new_truth(t, compare(t, args[0], args[1]) > 0);
}

static json_object *call_ge(struct template *t, json_object *const *args, size_t n)
{
	return new_truth(t, compare(t, args[0], args[1]) >= 0);
}

static json_object *call_not(struct template *t, json_object *const *args, size_t n)
{
	return new_truth(t, !value_truth(args[0]));
}

static json_object *first_of_truth(json_object *const *args, size_t n, bool truth)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (value_truth(args[i]) == truth)
			return args[i];
	return args[n - 1];
}

static json_object *call_and(struct template *t, json_object *const *args, size_t n)
{
	return first_of_truth(args, n, false);
}

static json_object *call_or(struct template *t, json_object *const *args, size_t n)
{
	return first_of_truth(args, n, true);
}

/* ---- the table ---- */

static const struct {
	const char *name;
	size_t min, max; /* how many values */
	function *call;
} functions[] = {
	{ "and", 1, TEMPLATE_ARGS_MAX, call_and },
	{ "eq", 2, TEMPLATE_ARGS_MAX, call_eq },
	{ "ge", 2, 2, call_ge },
	{ "gt", 2, 2, call_gt },
	{ "index", 1, TEMPLATE_ARGS_MAX, call_index },
	{ "join", 2, 2, call_join },
	{ "json", 1, 1, call_json },
	{ "le", 2, 2, call_le },
	{ "len", 1, 1, call_len },
	{ "lower", 1, 1, call_lower },
	{ "lt", 2, 2, call_lt },
	{ "ne", 2, 2, call_ne },
	{ "not", 1, 1, call_not },
	{ "or", 1, TEMPLATE_ARGS_MAX, call_or },
	{ "print", 0, TEMPLATE_ARGS_MAX, call_print },
	{ "printf", 1, TEMPLATE_ARGS_MAX, call_printf },
	{ "println", 0, TEMPLATE_ARGS_MAX, call_println },
	{ "split", 2, 2, call_split },
	{ "title", 1, 1, call_title },
	{ "truncate", 2, 2, call_truncate },
	{ "upper", 1, 1, call_upper },
};

static size_t find(const char *name, size_t len)
{
	size_t i = 0;

	while (i < ARRAY_LEN(functions) &&
	       (strlen(functions[i].name) != len || strncmp(functions[i].name, name, len) != 0))
		i++;
	return i;
}

bool template_is_function(const char *name, size_t len)
{
	return find(name, len) < ARRAY_LEN(functions);
}

json_object *template_call(struct template *t, const char *name, size_t len, json_object *const *args,
			   size_t n)
{
	size_t i = find(name, len);

	if (n >= functions[i].min && n <= functions[i].max)
		return functions[i].call(t, args, n);
	return template_fail(t, "%s takes %zu value%s, and not %zu", functions[i].name, functions[i].min,
			     functions[i].min == 1 ? "" : "s", n);
}
