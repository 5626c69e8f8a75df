/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/listing.h"

#include "cmd/engine/object.h"
#include "cmd/template.h"

static json_object *heading_row(const char *const *headings)
{
	json_object *o = json_object_new_object();

	for (; *headings; headings += 2)
		object_str(o, headings[0], headings[1]);
	return o;
}

int listing_print(struct call *call, const char *usual, const char *const *headings, const struct rows *rows,
		  struct err *e)
{
	if (!str_eq(call->format, "json"))
		return rows_print(call->arena, template_is(call->format) ? call->format : usual,
				  headings ? heading_row(headings) : NULL, rows, e);
	for (size_t i = 0; i < rows->n; i++)
		object_print_line(rows->v[i]);
	return 0;
}

int listing_inspect(struct call *call, const struct rows *rows, struct err *e)
{
	json_object *list;

	if (template_is(call->format))
		return rows_print(call->arena, call->format, NULL, rows, e);
	list = json_object_new_array();
	for (size_t i = 0; i < rows->n; i++)
		json_object_array_add(list, rows->v[i]);
	object_print(list);
	return 0;
}
