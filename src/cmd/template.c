/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reader, which runs what it reads: blocks of text and actions, and in an action a pipeline. */
#include "cmd/template.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/template_parts.h"

/* ---- failure, and what is kept ---- */

json_object *template_fail(struct template *t, const char *format, ...)
{
	char cause[512];
	va_list args;

	if (t->failed || t->skipping)
		return NULL;
	t->failed = true;
	va_start(args, format);
	vsnprintf(cause, sizeof(cause), format, args);
	va_end(args);
	err_set(t->err, "bad-template", EINVAL, "read the template %s, at character %td", t->text,
		t->p - t->text + 1);
	err_cause(t->err, "%s", cause);
	return NULL;
}

json_object *template_keep(struct template *t, json_object *value)
{
	json_object_array_add(t->made, value);
	return value;
}

/* ---- words ---- */

static void skip_blanks(struct template *t)
{
	while (*t->p && isspace((unsigned char)*t->p))
		t->p++;
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	return n;
}

static bool take(struct template *t, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(t);
	if (strncmp(t->p, word, n) != 0 || (isalpha((unsigned char)*word) && name_length(t->p) != n))
		return false;
	t->p += n;
	return true;
}

/* "}}", or " -}}" where what follows begins behind its blanks. */
static bool at_end_of_action(struct template *t)
{
	skip_blanks(t);
	return strncmp(t->p, "}}", 2) == 0 || strncmp(t->p, "-}}", 3) == 0;
}

static void end_action(struct template *t)
{
	bool trim;

	if (!at_end_of_action(t)) {
		template_fail(t, *t->p ? "'%.20s' was not expected" : "}} is missing", t->p);
		t->p = strchr(t->p, '\0');
		return;
	}
	trim = *t->p == '-';
	t->p += trim ? 3 : 2;
	if (trim)
		skip_blanks(t);
}

/* ---- operands ---- */

static json_object *pipeline(struct template *t);

static void fail_field(struct template *t, json_object *value, const char *name, size_t len)
{
	struct str have = { .arena = t->out->arena };
	size_t n;
	const char **keys;

	if (!json_object_is_type(value, json_type_object)) {
		template_fail(t, "there is no field %.*s in %s", (int)len, name,
			      json_type_to_name(json_object_get_type(value)));
		return;
	}
	keys = value_keys(value, &n);
	for (size_t i = 0; i < n; i++)
		str_addf(&have, "%s%s", i ? ", " : "", keys[i]);
	free(keys);
	template_fail(t, "there is no field %.*s; there are %s", (int)len, name, str_get(&have));
}

/* .A.B behind a value. */
static json_object *fields(struct template *t, json_object *value)
{
	while (*t->p == '.' && name_length(t->p + 1)) {
		size_t n = name_length(t->p + 1);
		const char *name = arena_strndup(t->out->arena, t->p + 1, n);
		json_object *next = NULL;

		if (!t->skipping && !json_object_object_get_ex(value, name, &next))
			fail_field(t, value, name, n);
		value = next;
		t->p += n + 1;
	}
	return value;
}

/* A text in "" with Go's escapes (JSON has the same), or in `` as it is. */
static json_object *text(struct template *t)
{
	char quote = *t->p;
	const char *end = t->p + 1;
	json_object *value;

	while (*end && *end != quote)
		end += *end == '\\' && quote == '"' && end[1] ? 2 : 1;
	if (!*end)
		return template_fail(t, "the closing %c is missing", quote);
	value = quote == '`' ? json_object_new_string_len(t->p + 1, (int)(end - t->p - 1)) :
			       json_tokener_parse(arena_strndup(t->out->arena, t->p, end + 1 - t->p));
	t->p = end + 1;
	return value ? template_keep(t, value) : template_fail(t, "a text that can't be read");
}

static json_object *variable(struct template *t)
{
	size_t n = name_length(t->p + 1);
	const char *name = t->p + 1;

	t->p += n + 1;
	if (n == 0)
		return t->root;
	for (size_t i = t->n_variables; i > 0; i--)
		if (t->variables[i - 1].len == n && strncmp(t->variables[i - 1].name, name, n) == 0)
			return t->variables[i - 1].value;
	return template_fail(t, "there is no variable $%.*s", (int)n, name);
}

static json_object *number(struct template *t)
{
	char *end;
	long long n = strtoll(t->p, &end, 10);

	t->p = end;
	return template_keep(t, json_object_new_int64(n));
}

static json_object *in_parentheses(struct template *t)
{
	json_object *value;

	t->p++;
	if (t->depth == TEMPLATE_DEPTH_MAX)
		return template_fail(t, "too deep");
	t->depth++;
	value = pipeline(t);
	t->depth--;
	return take(t, ")") ? value : template_fail(t, ") is missing");
}

static bool at_operand(struct template *t)
{
	skip_blanks(t);
	return (*t->p && strchr(".$\"`(", *t->p)) || isdigit((unsigned char)*t->p) ||
	       (*t->p == '-' && isdigit((unsigned char)t->p[1])) || isalpha((unsigned char)*t->p);
}

static json_object *operand(struct template *t)
{
	skip_blanks(t);
	switch (*t->p) {
	case '.':
		t->p += name_length(t->p + 1) == 0;
		return fields(t, t->dot);
	case '$':
		return fields(t, variable(t));
	case '(':
		return fields(t, in_parentheses(t));
	case '"':
	case '`':
		return text(t);
	}
	if (isdigit((unsigned char)*t->p) || *t->p == '-')
		return number(t);
	if (take(t, "true"))
		return template_keep(t, json_object_new_boolean(true));
	if (take(t, "false"))
		return template_keep(t, json_object_new_boolean(false));
	return template_fail(t, "'%.20s' is no value", t->p);
}

/* ---- commands and pipelines ---- */

static size_t arguments(struct template *t, json_object *args[TEMPLATE_ARGS_MAX], bool piped,
			json_object *before)
{
	size_t n = 0;

	while (!t->failed && at_operand(t)) {
		if (n + piped == TEMPLATE_ARGS_MAX) {
			template_fail(t, "more than %d values", TEMPLATE_ARGS_MAX);
			break;
		}
		args[n++] = operand(t);
	}
	if (piped)
		args[n++] = before;
	return n;
}

/* docker's .Label "NAME": a field that takes a name. */
static json_object *member(struct template *t, json_object *value)
{
	json_object *args[TEMPLATE_ARGS_MAX + 1] = { value };
	size_t n = 1 + arguments(t, args + 1, false, NULL);

	return n == 1 || t->skipping || t->failed ? value : template_call(t, "index", 5, args, n);
}

static json_object *command(struct template *t, bool piped, json_object *before)
{
	json_object *args[TEMPLATE_ARGS_MAX];
	const char *name;
	size_t len, n;

	skip_blanks(t);
	name = t->p;
	len = isalpha((unsigned char)*name) ? name_length(name) : 0;
	if (!template_is_function(name, len)) {
		if (len && strncmp(name, "true", len) != 0 && strncmp(name, "false", len) != 0)
			return template_fail(t, "there is no function %.*s", (int)len, name);
		return piped ? template_fail(t, "| wants a function behind it") : member(t, operand(t));
	}
	t->p += len;
	n = arguments(t, args, piped, before);
	return t->failed || t->skipping ? NULL : template_call(t, name, len, args, n);
}

static json_object *pipeline(struct template *t)
{
	json_object *value = command(t, false, NULL);

	while (!t->failed && take(t, "|"))
		value = command(t, true, value);
	return value;
}

/* ---- blocks ---- */

enum stop { STOP_TEXT, STOP_ELSE, STOP_END };

static enum stop block(struct template *t);

/* A block whose text is not wanted. */
static enum stop skip_block(struct template *t)
{
	bool skipping = t->skipping;
	enum stop stop;

	t->skipping = true;
	stop = block(t);
	t->skipping = skipping;
	return stop;
}

static enum stop block_if(struct template *t, bool wanted)
{
	return wanted ? block(t) : skip_block(t);
}

static void want_end(struct template *t, enum stop stop)
{
	if (stop == STOP_END)
		end_action(t);
	else
		template_fail(t, "{{end}} is missing");
}

static void condition(struct template *t, bool with);

/* Behind {{else: what is left of it, up to the {{end}} that ends both. */
static void otherwise(struct template *t, bool wanted)
{
	bool skipping = t->skipping;

	t->skipping |= !wanted;
	if (take(t, "if")) {
		condition(t, false);
	} else if (take(t, "with")) {
		condition(t, true);
	} else {
		end_action(t);
		want_end(t, block(t));
	}
	t->skipping = skipping;
}

static void condition(struct template *t, bool with)
{
	json_object *value = pipeline(t), *dot = t->dot;
	bool truth = value_truth(value);
	enum stop stop;

	end_action(t);
	if (with)
		t->dot = value;
	stop = block_if(t, truth);
	t->dot = dot;
	if (stop == STOP_ELSE)
		otherwise(t, !truth);
	else
		want_end(t, stop);
}

static void declare(struct template *t, const char *name, size_t len)
{
	if (t->n_variables == TEMPLATE_VARIABLES_MAX) {
		template_fail(t, "more than %d variables", TEMPLATE_VARIABLES_MAX);
		return;
	}
	t->variables[t->n_variables].name = name;
	t->variables[t->n_variables++].len = len;
}

/* $key, $value := or $value :=; how many. */
static size_t declarations(struct template *t)
{
	const char *before = t->p;
	size_t n = 0;

	while (skip_blanks(t), *t->p == '$' && name_length(t->p + 1) && n < 2) {
		declare(t, t->p + 1, name_length(t->p + 1));
		t->p += 1 + name_length(t->p + 1);
		n++;
		take(t, ",");
	}
	if (n == 0 || take(t, ":="))
		return n;
	t->n_variables -= t->failed ? 0 : n; /* it was the value that is ranged over */
	t->p = before;
	return 0;
}

struct range {
	json_object *value;
	const char **keys; /* of an object */
	size_t count, n_variables;
	const char *body;
};

static void range_open(struct template *t, struct range *r)
{
	*r = (struct range){ .n_variables = declarations(t) };
	r->value = pipeline(t);
	if (json_object_is_type(r->value, json_type_object))
		r->keys = value_keys(r->value, &r->count);
	else if (json_object_is_type(r->value, json_type_array))
		r->count = json_object_array_length(r->value);
	else if (r->value)
		template_fail(t, "range: a list or an object is needed");
	end_action(t);
	r->body = t->p;
}

static enum stop range_item(struct template *t, const struct range *r, size_t i)
{
	json_object *key = r->keys ? json_object_new_string(r->keys[i]) : json_object_new_int64((int64_t)i);

	t->dot = r->keys ? json_object_object_get(r->value, r->keys[i]) :
			   json_object_array_get_idx(r->value, i);
	template_keep(t, key);
	if (r->n_variables)
		t->variables[t->n_variables - 1].value = t->dot;
	if (r->n_variables == 2)
		t->variables[t->n_variables - 2].value = key;
	t->p = r->body;
	return block(t);
}

static void range(struct template *t)
{
	json_object *dot = t->dot;
	struct range r;
	enum stop stop = STOP_END;

	range_open(t, &r);
	for (size_t i = 0; i < r.count && !t->failed; i++)
		stop = range_item(t, &r, i);
	if (!r.count)
		stop = skip_block(t);
	free(r.keys);
	t->n_variables -= r.n_variables;
	t->dot = dot;
	if (stop == STOP_ELSE)
		otherwise(t, !r.count);
	else
		want_end(t, stop);
}

static void comment(struct template *t)
{
	const char *end = strstr(t->p, "*/");

	if (end)
		t->p = end + 2;
	else
		template_fail(t, "*/ is missing");
	end_action(t);
}

static void print(struct template *t)
{
	json_object *value = pipeline(t);

	if (!t->failed && !t->skipping)
		value_print(t->out, value);
	end_action(t);
}

/* What stands before the next action, without its last blanks if that begins with "{{- ". */
static void plain(struct template *t)
{
	const char *next = strstr(t->p, "{{");
	size_t n = next ? (size_t)(next - t->p) : strlen(t->p);
	bool trim = next && next[2] == '-' && isspace((unsigned char)next[3]);
	const char *begin = t->p;

	t->p += n + (next ? 2 + trim : 0);
	while (trim && n > 0 && isspace((unsigned char)begin[n - 1]))
		n--;
	if (!t->skipping)
		str_addn(t->out, begin, n);
}

static enum stop actions(struct template *t)
{
	while (!t->failed) {
		bool more = strstr(t->p, "{{");

		plain(t);
		if (!more)
			return STOP_TEXT;
		if (take(t, "/*"))
			comment(t);
		else if (take(t, "if"))
			condition(t, false);
		else if (take(t, "with"))
			condition(t, true);
		else if (take(t, "range"))
			range(t);
		else if (take(t, "else"))
			return STOP_ELSE;
		else if (take(t, "end"))
			return STOP_END;
		else
			print(t);
	}
	return STOP_END;
}

static enum stop block(struct template *t)
{
	enum stop stop = STOP_END;

	if (t->depth == TEMPLATE_DEPTH_MAX) {
		template_fail(t, "too deep");
		return stop;
	}
	t->depth++;
	stop = actions(t);
	t->depth--;
	return stop;
}

/* ---- all of it ---- */

bool template_is(const char *format)
{
	return format && strstr(format, "{{");
}

int template_run(const char *text, json_object *root, struct str *out, struct err *e)
{
	struct template t = { .text = text, .p = text, .root = root, .dot = root, .out = out, .err = e };

	t.made = json_object_new_array();
	if (block(&t) != STOP_TEXT && !t.failed)
		template_fail(&t, "{{end}} or {{else}} without what it ends");
	json_object_put(t.made);
	return t.failed ? -EINVAL : 0;
}
