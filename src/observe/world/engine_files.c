/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/engine_files.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"

enum { FILE_MAX = 8 << 20 };

struct json_object *engine_file(struct world *w, const char *path)
{
	struct json_object *o;
	struct err e = { 0 };
	size_t len;
	char *text;
	int r = io_read_file(w->arena, -1, path, FILE_MAX, &text, &len);

	if (r < 0) {
		if (r != -ENOENT && r != -ENOTDIR)
			world_unread(w, "containers: %s: %s", path, strerror(-r));
		return NULL;
	}
	o = json_from_text(text, len, &e);
	if (!o)
		world_unread(w, "containers: %s: %s", path, e.cause);
	return o;
}

struct json_object *engine_member(struct json_object *o, ...)
{
	va_list ap;

	va_start(ap, o);
	for (const char *key; o && (key = va_arg(ap, const char *));)
		if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &o))
			o = NULL;
	va_end(ap);
	return o;
}

const char *engine_text(struct arena *a, struct json_object *o, const char *key)
{
	struct json_object *v = engine_member(o, key, NULL);

	if (!v || !json_object_is_type(v, json_type_string) || !json_object_get_string_len(v))
		return NULL;
	return arena_strdup(a, json_object_get_string(v));
}
