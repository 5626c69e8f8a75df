/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/digest.h"

#include <string.h>

#include "base/str.h"

bool digest_is(const char *text)
{
	static const struct {
		const char *prefix;
		size_t digits;
	} known[] = { { "sha256:", 64 }, { "sha512:", DIGEST_HEX_MAX } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const char *hex = str_after(text, known[i].prefix);

		if (hex)
			return strlen(hex) == known[i].digits &&
			       strspn(hex, "0123456789abcdef") == known[i].digits;
	}
	return false;
}

const char *digest_hex(const char *digest)
{
	return strchr(digest, ':') + 1;
}
