/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/unit_property.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int unit_property_split(struct arena *a, const char *text, struct unit_property *p)
{
	const char *one = strchr(text, ' '), *two = one ? strchr(one + 1, ' ') : NULL;

	if (!two || one == text || two == one + 1)
		return -EINVAL;
	p->name = arena_strndup(a, text, (size_t)(one - text));
	p->signature = arena_strndup(a, one + 1, (size_t)(two - one - 1));
	p->value = two + 1;
	return 0;
}

/* ---- GVariant's text format ---- */

static const char *skip(const char *p)
{
	return p + strspn(p, " \t");
}

/* A string in quotes of either kind, its escapes resolved. The text behind it, or NULL. */
static const char *string_parse(const char *p, struct str *out)
{
	char quote = *p++;

	if (quote != '\'' && quote != '"')
		return NULL;
	for (; *p && *p != quote; p++) {
		char c = *p;

		if (c == '\\' && p[1]) {
			c = *++p;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		str_addn(out, &c, 1);
	}
	return *p ? p + 1 : NULL;
}

static const char *list_parse(const char *p, struct str *out)
{
	p = skip(p + 1);
	while (p && *p != ']') {
		if (out->len)
			str_add(out, "\n");
		p = string_parse(p, out);
		p = p ? skip(p) : NULL;
		if (p && *p == ',')
			p = skip(p + 1);
		else if (p && *p != ']')
			return NULL;
	}
	return p ? p + 1 : NULL;
}

static const struct {
	const char *word;
	char signature;
} types[] = {
	{ "boolean", 'b' }, { "byte", 'y' },   { "int16", 'n' },      { "uint16", 'q' },
	{ "int32", 'i' },   { "uint32", 'u' }, { "int64", 'x' },      { "uint64", 't' },
	{ "double", 'd' },  { "string", 's' }, { "objectpath", 'o' },
};

/* "uint64 5" and "@t 5": the type, 0 if none is named. */
static char type_parse(const char **p)
{
	char type = 0;

	if (**p == '@') {
		type = (*p)[1] == 'a' && (*p)[2] == 's' ? 'a' : (*p)[1];
		*p = skip(*p + strcspn(*p, " "));
		return type;
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const char *rest = str_after(*p, types[i].word);

		if (rest && *rest == ' ') {
			*p = skip(rest);
			return types[i].signature;
		}
	}
	return 0;
}

static bool is_number(const char *p, const char *end, bool *is_double)
{
	char *stop;

	*is_double = memchr(p, '.', (size_t)(end - p)) != NULL;
	if (!isdigit((unsigned char)*p) && !((*p == '-' || *p == '+') && isdigit((unsigned char)p[1])))
		return false;
	if (*is_double)
		strtod(p, &stop);
	else
		strtoll(p, &stop, 0);
	return stop == end;
}

/* Signature and value, "s text"; NULL if it cannot be read. */
static const char *value_parse(struct arena *a, const char *text)
{
	const char *p = skip(text), *end;
	char type = type_parse(&p);
	struct str out = { .arena = a };
	bool is_double;

	if (*p == '[') {
		end = list_parse(p, &out);
		return end && !*skip(end) && (!type || type == 'a') ?
			       arena_printf(a, "as %s", str_get(&out)) :
			       NULL;
	}
	if (*p == '\'' || *p == '"') {
		end = string_parse(p, &out);
		if (!end || *skip(end) || (type && type != 's' && type != 'o'))
			return NULL;
		return arena_printf(a, "%c %s", type ?: 's', str_get(&out));
	}
	end = p + strcspn(p, " \t");
	if (*skip(end))
		return NULL;
	if (str_eq(p, "true") || str_eq(p, "false"))
		return !type || type == 'b' ? arena_printf(a, "b %s", p) : NULL;
	if (!is_number(p, end, &is_double) || (type && !strchr("ynqiuxtd", type)) ||
	    (is_double && type && type != 'd'))
		return NULL;
	return arena_printf(a, "%c %s", type ? type : is_double ? 'd' : 'i', p);
}

/* ---- the annotation ---- */

static bool is_name(const char *name)
{
	if (!isupper((unsigned char)*name) || strlen(name) < 3)
		return false;
	for (; *name; name++)
		if (!isalpha((unsigned char)*name))
			return false;
	return true;
}

/* "TimeoutStopSec" in seconds is "TimeoutStopUSec" in microseconds on the bus. */
static const char *seconds(struct arena *a, const char *name, size_t len, const char *typed)
{
	if (!strchr("ynqiuxtd", typed[0]))
		return NULL;
	return arena_printf(a, "%.*sUSec t %" PRIu64, (int)(len - 3), name,
			    (uint64_t)(strtod(typed + 2, NULL) * 1e6));
}

int unit_property_annotation(struct arena *a, const char *name, const char *value, const char **text,
			     struct err *e)
{
	size_t len = strlen(name);
	const char *typed;

	if (!is_name(name))
		return err_set(e, "bad-annotation", EINVAL, "annotation org.systemd.property.%s", name),
		       err_cause(e, "it names no property: an upper-case letter, then letters");
	typed = value_parse(a, value);
	if (typed && len > 6 && strcmp(name + len - 3, "Sec") == 0 && strcmp(name + len - 4, "USec") != 0)
		*text = seconds(a, name, len, typed);
	else
		*text = typed ? arena_printf(a, "%s %s", name, typed) : NULL;
	if (*text)
		return 0;
	err_set(e, "bad-annotation", EINVAL, "annotation org.systemd.property.%s", name);
	return err_cause(e, "%s is no value in GVariant's text format: true, 'text', 5, uint64 5, ['a', 'b']",
			 value);
}
