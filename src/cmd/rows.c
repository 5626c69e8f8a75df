/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/rows.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cmd/table.h"
#include "cmd/template.h"

/* Puts o. */
static int add_line(struct arena *a, struct strv *lines, const char *text, json_object *o, struct err *e)
{
	struct str line = { .arena = a };
	int r = template_run(text, o, &line, e);

	json_object_put(o);
	strv_push(a, lines, str_get(&line));
	return r;
}

int rows_print(struct arena *a, const char *format, json_object *headings, const struct rows *rows,
	       struct err *e)
{
	const char *table = str_after(format, "table "), *text = table_template(a, table ? table : format);
	struct strv lines = { 0 };
	struct err ignored;
	int r = 0, n;

	if (table && headings)
		r = add_line(a, &lines, text, headings, e);
	else
		json_object_put(headings);
	for (size_t i = 0; i < rows->n; i++)
		if ((n = add_line(a, &lines, text, rows->v[i], r < 0 ? &ignored : e)) < 0 && r == 0)
			r = n;
	if (r == 0 && table)
		table_print(a, &lines);
	for (size_t i = 0; r == 0 && !table && i < lines.n; i++)
		puts(lines.v[i]);
	return r;
}
