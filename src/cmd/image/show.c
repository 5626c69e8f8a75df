/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/show.h"

#include <errno.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/template.h"
#include "spec/image/digest.h"
#include "spec/when.h"
#include "state/images.h"

int show_open(struct call *call, struct state *st, int *images, int lock, struct err *e)
{
	int r = command_open(call, st, e);

	if (r < 0)
		return r;
	*images = images_open(st, false, lock, e);
	if (*images >= 0 || *images == -ENOENT)
		return 0;
	return *images;
}

const char *show_since(struct arena *a, const char *time)
{
	int64_t now = record_now(), ns;
	char buf[80];

	if (!time || when_parse(time, now, &ns, &(struct err){ 0 }) < 0)
		return "N/A";
	return arena_printf(a, "%s ago", words_duration(now - ns, buf, sizeof(buf)));
}

const char *show_id(struct arena *a, const char *digest, bool whole)
{
	return whole ? digest : arena_strndup(a, digest_hex(digest), 12);
}

static json_object *heading_row(const char *const *headings)
{
	json_object *o = json_object_new_object();

	for (; *headings; headings += 2)
		object_str(o, headings[0], headings[1]);
	return o;
}

int show_rows(struct call *call, const char *usual, const char *const *headings, struct rows *rows,
	      struct err *e)
{
	if (!str_eq(call->format, "json"))
		return rows_print(call->arena, template_is(call->format) ? call->format : usual,
				  headings ? heading_row(headings) : NULL, rows, e);
	for (size_t i = 0; i < rows->n; i++)
		object_print_line(rows->v[i]);
	return 0;
}
