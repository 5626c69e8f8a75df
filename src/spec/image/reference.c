/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/reference.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "spec/image/digest.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static int bad(const char *text, const char *cause, struct err *e)
{
	err_set(e, "bad-reference", EINVAL, "image name '%s'", text);
	return err_cause(e, "%s", cause);
}

/* ---- parts ---- */

/* Letters and digits, with one '.', one or two '_', or any number of '-' between them. */
static bool is_component(const char *p, size_t len)
{
	const char *end = p + len;

	for (;;) {
		size_t word = strspn(p, LOWER DIGITS);

		if (!word || p + word >= end)
			return word && p + word == end;
		p += word;
		if (*p == '-')
			p += strspn(p, "-");
		else if (p[0] == '_' && p[1] == '_')
			p += 2;
		else if (*p == '.' || *p == '_')
			p++;
		else
			return false;
	}
}

static bool is_path(const char *path)
{
	for (const char *slash; (slash = strchr(path, '/')); path = slash + 1)
		if (!is_component(path, (size_t)(slash - path)))
			return false;
	return is_component(path, strlen(path));
}

static bool is_port(const char *port)
{
	size_t n = strspn(port, DIGITS);

	return n >= 1 && n <= 5 && !port[n];
}

/* Labels of letters, digits and '-', which are neither the first nor the last, with dots between; or an IPv6 address in
 * brackets. `host` is the domain without its port. */
static bool is_host(const char *host)
{
	size_t len = strlen(host);

	if (host[0] == '[')
		return len > 2 && host[len - 1] == ']' &&
		       strspn(host + 1, "0123456789abcdefABCDEF:") == len - 2;
	for (;;) {
		size_t label = strspn(host, LOWER UPPER DIGITS "-");

		if (!label || host[0] == '-' || host[label - 1] == '-')
			return false;
		if (!host[label])
			return true;
		if (host[label] != '.')
			return false;
		host += label + 1;
	}
}

static bool is_domain(struct arena *a, const char *domain)
{
	const char *behind = domain[0] == '[' ? strchr(domain, ']') : domain;
	const char *colon = behind ? strchr(behind, ':') : NULL;

	return is_host(colon ? arena_strndup(a, domain, (size_t)(colon - domain)) : domain) &&
	       (!colon || is_port(colon + 1));
}

bool reference_is_tag(const char *text)
{
	size_t n = strspn(text, LOWER UPPER DIGITS "_.-");

	return n >= 1 && n <= REFERENCE_TAG_MAX && !text[n] && *text != '.' && *text != '-';
}

/* ---- the whole ---- */

/* Take what is behind the last `c` away from text: NULL if there is none. */
static char *cut(char *text, char c)
{
	char *at = strrchr(text, c);

	if (at)
		*at++ = '\0';
	return at;
}

/* A colon behind the last slash is that of a tag; before it, that of a port. */
static char *cut_tag(char *text)
{
	char *slash = strrchr(text, '/'), *colon = strrchr(text, ':');

	return colon && (!slash || colon > slash) ? cut(text, ':') : NULL;
}

static bool names_domain(const char *first, size_t len)
{
	return memchr(first, '.', len) || memchr(first, ':', len) || strcspn(first, UPPER) < len ||
	       (len == strlen("localhost") && memcmp(first, "localhost", len) == 0);
}

/* Of several names of one image the one that everybody has (github.com/distribution/reference, normalize.go). */
static struct reference normal_of(struct arena *a, struct reference ref)
{
	if (str_eq(ref.domain, "index.docker.io"))
		ref.domain = "docker.io";
	if (str_eq(ref.domain, "docker.io") && !strchr(ref.path, '/'))
		ref.path = arena_printf(a, "library/%s", ref.path);
	return ref;
}

static void split_name(struct arena *a, const char *name, struct reference *ref)
{
	const char *slash = strchr(name, '/');

	ref->domain = NULL;
	ref->path = name;
	if (!slash || !names_domain(name, (size_t)(slash - name)))
		return;
	ref->domain = arena_strndup(a, name, (size_t)(slash - name));
	ref->path = slash + 1;
}

static int check_name(struct arena *a, const char *text, const char *name, const struct reference *ref,
		      struct err *e)
{
	if (!*name)
		return bad(text, "the name is missing", e);
	if (strlen(name) > REFERENCE_NAME_MAX)
		return bad(text, "a name has 255 characters at most", e);
	if (ref->domain && !is_domain(a, ref->domain))
		return bad(text, "what is before the first slash is no HOST[:PORT]", e);
	if (strpbrk(ref->path, UPPER))
		return bad(text, "a name has no capital letters", e);
	if (!is_path(ref->path))
		return bad(text, "a name has letters and digits, with one of . _ __ - between, and slashes",
			   e);
	if (!ref->domain && strlen(name) == 64 && strspn(name, DIGITS "abcdef") == 64)
		return bad(text, "64 hexadecimal digits are an image's id", e);
	return 0;
}

int reference_parse(struct arena *a, const char *text, struct reference *ref, struct err *e)
{
	char *name = arena_strdup(a, text);

	ref->digest = cut(name, '@');
	ref->tag = cut_tag(name);
	split_name(a, name, ref);
	if (ref->digest && !digest_is(ref->digest))
		return bad(text, "what is behind the @ is no digest: sha256: with 64 hexadecimal digits", e);
	if (ref->tag && !reference_is_tag(ref->tag))
		return bad(
			text,
			"a tag has 1 to 128 letters, digits, _ . and -, and begins with none of the last two",
			e);
	if (check_name(a, text, name, ref, e) < 0)
		return -e->no;
	*ref = normal_of(a, *ref);
	return 0;
}

struct reference reference_in(struct arena *a, struct reference ref, const char *domain)
{
	if (ref.domain)
		return ref;
	ref.domain = domain;
	return normal_of(a, ref);
}

struct reference reference_tagged(struct reference ref)
{
	if (!ref.tag && !ref.digest)
		ref.tag = "latest";
	return ref;
}

const char *reference_name(struct arena *a, const struct reference *ref)
{
	return ref->domain ? arena_printf(a, "%s/%s", ref->domain, ref->path) : ref->path;
}

const char *reference_text(struct arena *a, const struct reference *ref)
{
	return arena_printf(a, "%s%s%s%s%s", reference_name(a, ref), ref->tag ? ":" : "", ref->tag ?: "",
			    ref->digest ? "@" : "", ref->digest ?: "");
}
