/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/show.h"

#include <errno.h>
#include <string.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/template.h"
#include "spec/image/digest.h"
#include "spec/when.h"

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

int show_new_name(struct call *call, const char *text, struct reference *name, struct err *e)
{
	int r = reference_parse(call->arena, text, name, e);

	*name = reference_tagged(reference_in(call->arena, *name, "localhost"));
	if (r == 0 && name->digest)
		return err_set(e, "bad-reference", EINVAL, "image name '%s'", text),
		       err_cause(e, "what a digest means nobody can choose");
	return r;
}

void show_name(struct arena *a, json_object *row, const char *text)
{
	const char *at = text ? strchr(text, '@') : NULL, *colon = text ? strrchr(text, ':') : NULL;
	const char *end = at ? at : colon;

	object_str(row, "Repository", end ? arena_strndup(a, text, (size_t)(end - text)) : "<none>");
	object_str(row, "Tag", colon && !at ? colon + 1 : "<none>");
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
