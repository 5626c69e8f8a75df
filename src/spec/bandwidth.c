/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/bandwidth.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static int bad(const char *text, const char *cause, struct err *e)
{
	err_set(e, "bad-bandwidth", EINVAL, "limit a network to '%s'", text);
	err_cause(e, "%s", cause);
	return err_hint(e, "write bits per second: in=10M,out=5M, or one of them");
}

int bandwidth_rate(const char *text, uint64_t *rate, struct err *e)
{
	static const char units[] = "KMGT";
	const char *unit = NULL;
	char *end = NULL;
	double n = isdigit((unsigned char)*text) ? strtod(text, &end) : 0;

	if (!end || strpbrk(text, "xX"))
		return bad(text, "it is no number", e);
	if (*end && (unit = strchr(units, toupper((unsigned char)*end)))) {
		for (const char *u = units; u <= unit; u++)
			n *= 1000;
		end++;
	}
	if (*end)
		return bad(text, "only K, M, G or T may follow the number", e);
	if (!(n >= BANDWIDTH_MIN && n <= (double)BANDWIDTH_MAX))
		return bad(text, "it is not from 8K to 1T", e);
	*rate = (uint64_t)n;
	return 0;
}

int bandwidth_parse(const char *text, struct spec_bandwidth *b, struct err *e)
{
	const char *at = text;

	*b = (struct spec_bandwidth){ 0 };
	while (*at) {
		size_t n = strcspn(at, ",");
		char part[32];
		uint64_t *rate;
		int r;

		if (n >= sizeof(part))
			return bad(text, "it is no number", e);
		snprintf(part, sizeof(part), "%.*s", (int)n, at);
		rate = str_after(part, "in=") ? &b->in : str_after(part, "out=") ? &b->out : NULL;
		if (!rate || *rate)
			return bad(text,
				   rate ? "a direction is there twice" : "it says neither in= nor out=", e);
		if ((r = bandwidth_rate(strchr(part, '=') + 1, rate, e)) < 0)
			return r;
		at += n + (at[n] == ',');
	}
	return b->in || b->out ? 0 : bad(text, "it says neither in= nor out=", e);
}
