/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

unsigned utf8_len(const unsigned char *p)
{
	unsigned n = *p < 0x80               ? 1 :
		     *p >= 0xc2 && *p < 0xe0 ? 2 :
		     *p >= 0xe0 && *p < 0xf0 ? 3 :
		     *p >= 0xf0 && *p < 0xf5 ? 4 :
					       0;

	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static uint32_t code_point(const unsigned char *p, unsigned n)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = p[0] & first_bits[n];

	for (unsigned i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Controls (C0, C1), and of the format characters (Unicode, category Cf, Zl, Zp) those that a terminal acts upon. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

void str_add_visible(struct str *s, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)(text ? text : ""); *p;) {
		unsigned n = utf8_len(p);
		bool shown = n > 0 && !is_hidden(code_point(p, n));

		if (shown)
			str_addn(s, (const char *)p, n);
		for (unsigned i = 0; !shown && i < (n ? n : 1); i++)
			str_addf(s, "\\x%02x", p[i]);
		p += n ? n : 1;
	}
}

const char *str_visible(const struct str *s, const char *text)
{
	struct str seen = { .arena = s->arena };

	str_add_visible(&seen, text);
	return str_get(&seen);
}
