/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/table.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 64, BETWEEN = 3 };

/* How many columns a terminal needs for it. */
static size_t width_of(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

static void measure(const char *line, size_t width[COLUMNS_MAX])
{
	for (size_t i = 0; i < COLUMNS_MAX; i++) {
		size_t len = strcspn(line, "\t"), w = width_of(line, len);

		width[i] = w > width[i] ? w : width[i];
		if (!line[len])
			return;
		line += len + 1;
	}
}

/* Nothing stands behind the last cell. */
static void print_line(const char *line, const size_t width[COLUMNS_MAX])
{
	for (size_t i = 0;; i++) {
		size_t len = strcspn(line, "\t");
		bool last = !line[len];
		size_t fill = last || i >= COLUMNS_MAX ? 0 : width[i] - width_of(line, len) + BETWEEN;

		printf("%.*s%*s", (int)len, line, (int)fill, "");
		if (last)
			break;
		line += len + 1;
	}
	putchar('\n');
}

void table_print(struct arena *a, const struct strv *lines)
{
	size_t width[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < lines->n; i++)
		measure(lines->v[i], width);
	for (size_t i = 0; i < lines->n; i++)
		print_line(lines->v[i], width);
}

const char *table_template(struct arena *a, const char *text)
{
	struct str s = { .arena = a };

	for (; *text; text++) {
		if (*text == '\\' && (text[1] == 't' || text[1] == 'n'))
			str_add(&s, *++text == 't' ? "\t" : "\n");
		else
			str_addn(&s, text, 1);
	}
	return str_get(&s);
}
