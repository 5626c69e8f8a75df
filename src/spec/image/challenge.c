/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "spec/image/auth.h"

/* A token of RFC 9110, 5.6.2. */
static size_t token_length(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");
}

static const char *skip(const char *p, const char *what)
{
	return p + strspn(p, what);
}

/* Behind the opening quote: what is quoted; *p is behind the closing one, or at the end. */
static char *take_quoted(struct arena *a, const char **p)
{
	char *value = arena_alloc(a, strlen(*p) + 1), *out = value;

	while (**p && **p != '"') {
		if (**p == '\\' && (*p)[1])
			(*p)++;
		*out++ = *(*p)++;
	}
	*p += **p == '"';
	return value;
}

/* "NAME=VALUE": its value with *p behind it, and the length of the name; NULL: there is none here. */
static const char *take_parameter(struct arena *a, const char **p, size_t *name)
{
	const char *value;
	size_t n;

	*name = token_length(*p);
	value = skip(*p + *name, " \t");
	if (!*name || *value != '=')
		return NULL;
	value = skip(value + 1, " \t");
	if (*value == '"') {
		*p = value + 1;
		return take_quoted(a, p);
	}
	n = token_length(value);
	*p = value + n;
	return arena_strndup(a, value, n);
}

static void take_parameters(struct arena *a, const char **p, struct auth_challenge *c)
{
	for (;;) {
		const char *name = skip(*p, ", \t"), *at = name, *value;
		size_t len;

		if (!(value = take_parameter(a, &at, &len)))
			return;
		if (len == 5 && strncasecmp(name, "realm", len) == 0)
			c->realm = value;
		if (len == 7 && strncasecmp(name, "service", len) == 0)
			c->service = value;
		*p = at;
	}
}

void auth_challenge(struct arena *a, const char *header, struct auth_challenge *c)
{
	const char *p = skip(header, ", \t");

	*c = (struct auth_challenge){ CHALLENGE_NONE };
	while (token_length(p)) {
		struct auth_challenge one = { CHALLENGE_NONE };
		size_t n = token_length(p);

		if (n == 6 && strncasecmp(p, "bearer", n) == 0)
			one.scheme = CHALLENGE_BEARER;
		if (n == 5 && strncasecmp(p, "basic", n) == 0)
			one.scheme = CHALLENGE_BASIC;
		p += n;
		take_parameters(a, &p, &one);
		/* one that is not known may have something else than parameters: it is passed over */
		p += strcspn(p, ",");
		p = skip(p, ", \t");
		if (one.scheme > c->scheme)
			*c = one;
	}
}
