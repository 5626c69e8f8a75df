/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/utf8.h"
#include "observe/report/map_draw.h"

/* Ranges that take two columns, and none (Unicode's East_Asian_Width and combining marks, coarsely): not wcwidth(3),
 * which knows what the locale does, where it is installed. */
static const struct {
	uint32_t first, last;
	int columns;
} ranges[] = {
	{ 0x0300, 0x036f, 0 }, { 0x1100, 0x115f, 2 }, { 0x20d0, 0x20ff, 0 },   { 0x2e80, 0xa4cf, 2 },
	{ 0xac00, 0xd7a3, 2 }, { 0xf900, 0xfaff, 2 }, { 0xfe00, 0xfe0f, 0 },   { 0xfe30, 0xfe6f, 2 },
	{ 0xff00, 0xff60, 2 }, { 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
};

uint32_t map_next(const char **text, int *columns)
{
	const unsigned char *p = (const unsigned char *)*text;
	unsigned len = utf8_len(p);
	uint32_t c = len == 2 ? p[0] & 0x1f : len == 3 ? p[0] & 0x0f : len == 4 ? p[0] & 0x07 : p[0];

	for (unsigned i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	*text += len ? len : 1;
	*columns = 1;
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			*columns = ranges[i].columns;
	return len ? c : '?';
}

int map_columns(const char *text)
{
	int sum = 0, columns;

	while (*text) {
		map_next(&text, &columns);
		sum += columns;
	}
	return sum;
}
