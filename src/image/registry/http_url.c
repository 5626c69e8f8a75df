/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <curl/curl.h>
#include <string.h>

#include "base/str.h"
#include "image/registry/http.h"

/* A part of a URL as curl has it, in lower case where it does not matter; "" if there is none. */
static void part(const char *url, CURLUPart which, char *out, size_t size)
{
	CURLU *u = curl_url();
	char *text = NULL;

	*out = '\0';
	if (u && !curl_url_set(u, CURLUPART_URL, url, 0) &&
	    !curl_url_get(u, which, &text, CURLU_DEFAULT_PORT) && strlen(text) < size)
		strcpy(out, text);
	curl_free(text);
	curl_url_cleanup(u);
}

static bool same_part(const char *a, const char *b, CURLUPart which)
{
	char of_a[512], of_b[512];

	part(a, which, of_a, sizeof(of_a));
	part(b, which, of_b, sizeof(of_b));
	return *of_a && strcasecmp(of_a, of_b) == 0;
}

bool http_same_origin(const char *a, const char *b)
{
	return same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) &&
	       same_part(a, b, CURLUPART_PORT);
}

bool http_may_follow(const char *from, const char *to, bool lax)
{
	char scheme[16];

	part(to, CURLUPART_SCHEME, scheme, sizeof(scheme));
	if (str_eq(scheme, "https"))
		return true;
	return str_eq(scheme, "http") &&
	       (lax || (same_part(from, to, CURLUPART_SCHEME) && http_url_is_loopback(to)));
}

const char *http_resolve(struct arena *a, const char *base, const char *reference)
{
	CURLU *u = curl_url();
	char *text = NULL;
	const char *whole = NULL;

	if (u && !curl_url_set(u, CURLUPART_URL, base, 0) && !curl_url_set(u, CURLUPART_URL, reference, 0) &&
	    !curl_url_get(u, CURLUPART_URL, &text, 0))
		whole = arena_strdup(a, text);
	curl_free(text);
	curl_url_cleanup(u);
	return whole;
}

const char *http_with(struct arena *a, const char *url, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);
	const char *with = arena_printf(a, "%s%s%s=%s", url, strchr(url, '?') ? "&" : "?", name,
					escaped ?: "");

	curl_free(escaped);
	return with;
}

bool http_is_loopback(const char *domain)
{
	const char *rest = str_after(domain, "localhost") ?: str_after(domain, "[::1]");

	if (rest)
		return !*rest || *rest == ':';
	/* 127.0.0.0/8; a name that begins so is none */
	return str_after(domain, "127.") && strcspn(domain, ":") == strspn(domain, "0123456789.");
}

bool http_url_is_loopback(const char *url)
{
	char host[512];

	part(url, CURLUPART_HOST, host, sizeof(host));
	return http_is_loopback(host);
}
