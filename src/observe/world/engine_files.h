/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_object.h>

#include "observe/world/containers.h"
#include "spec/json.h"

/* State files of engines: JSON that other programs wrote, of which every member may be missing or of another type. */

/* The whole of a file, at most some megabytes; NULL: there is none, or none that can be read. */
struct json_object *engine_file(struct world *w, const char *path);

/* A member by its keys, one below the other, NULL at the end; NULL where there is none. */
[[gnu::sentinel]] struct json_object *engine_member(struct json_object *o, ...);

/* The same as text, in the arena; NULL where it is none, or empty. */
const char *engine_text(struct arena *a, struct json_object *o, const char *key);
