/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/keys.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

/* Of one part of the list; -1: it is none. */
static int key_of(const char *part, size_t len)
{
	if (len == 1)
		return (unsigned char)*part;
	if (len != 6 || strncmp(part, "ctrl-", 5) != 0)
		return -1;
	int c = tolower((unsigned char)part[5]);
	return c && strchr("abcdefghijklmnopqrstuvwxyz@[\\]^_", c) ? toupper(c) - '@' : -1;
}

int keys_parse(const char *text, char keys[KEYS_MAX], struct err *e)
{
	int n = 0;

	for (const char *part = text; *text; part++) {
		size_t len = strcspn(part, ",");
		int key = n < KEYS_MAX ? key_of(part, len) : -1;

		if (key < 0)
			return err_set(e, "bad-keys", EINVAL, "'%s'", text),
			       err_cause(e, "not a list of keys"),
			       err_hint(e, "write them as ctrl-p,ctrl-q, or \"\" for none");
		keys[n++] = (char)key;
		part += len;
		if (!*part)
			break;
	}
	return n;
}

static size_t give_back(struct keys *k, char *out)
{
	size_t n = k->at;

	memcpy(out, k->want, n);
	k->at = 0;
	return n;
}

size_t keys_filter(struct keys *k, const char *typed, size_t len, char *out, bool *hit)
{
	size_t n = 0;

	*hit = false;
	for (size_t i = 0; i < len; i++) {
		if (k->n && k->at && typed[i] != k->want[k->at])
			n += give_back(k, out + n);
		if (!k->n || typed[i] != k->want[k->at]) {
			out[n++] = typed[i];
		} else if (++k->at == k->n) {
			k->at = 0;
			*hit = true;
			break;
		}
	}
	return n;
}
