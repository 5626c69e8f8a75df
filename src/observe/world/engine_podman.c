/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Containers of podman. STORAGE/overlay-containers/containers.json lists them with their names and images; the storage
 * is /var/lib/containers/storage, or what conmon's argv says. Which ports podman publishes is in its database, which is
 * none of our business: a CNI network leaves them in /var/lib/cni/results, others only in the rules.
 */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "observe/world/engine_files.h"

enum { CONTAINERS_MAX = 10000 };

/* "metadata": a string that is JSON itself. */
static const char *image_of(struct arena *a, struct json_object *o)
{
	const char *text = engine_text(a, o, "metadata");
	struct err e = { 0 };
	autojson struct json_object *meta = text ? json_from_text(text, strlen(text), &e) : NULL;

	return engine_text(a, meta, "image-name") ?: engine_text(a, o, "image");
}

static void read_one(struct containers *cs, struct json_object *o)
{
	struct arena *a = cs->w->arena;
	struct json_object *names = engine_member(o, "names", NULL);
	const char *id = engine_text(a, o, "id");
	struct world_container *c;

	/* buildah keeps its own there, too */
	if (!id || !engine_member(o, "metadata", NULL))
		return;
	c = containers_get(cs, "podman", id);
	c->image = image_of(a, o);
	if (names && json_object_is_type(names, json_type_array) && json_object_array_length(names)) {
		struct json_object *name = json_object_array_get_idx(names, 0);

		if (json_object_is_type(name, json_type_string))
			c->name = arena_strdup(a, json_object_get_string(name));
	}
}

static void read_storage(struct containers *cs, const char *root)
{
	struct world *w = cs->w;
	autojson struct json_object *list =
		engine_file(w, arena_printf(w->arena, "%s/overlay-containers/containers.json", root));

	if (!list || !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list) && i < CONTAINERS_MAX; i++)
		read_one(cs, json_object_array_get_idx(list, i));
}

/* {"kind": "cniCacheV1", "containerId": ID, "capabilityArgs": {"portMappings": [{"hostPort": 8080, ...}]}} */
static void read_result(struct containers *cs, const char *path)
{
	struct world *w = cs->w;
	autojson struct json_object *o = engine_file(w, path);
	struct json_object *ports = engine_member(o, "capabilityArgs", "portMappings", NULL);
	const char *id = engine_text(w->arena, o, "containerId");
	struct world_container *c;

	if (!id || !ports || !json_object_is_type(ports, json_type_array))
		return;
	c = containers_get(cs, "podman", id);
	for (size_t i = 0; i < json_object_array_length(ports); i++) {
		struct json_object *p = json_object_array_get_idx(ports, i);

		container_port(w, c, engine_text(w->arena, p, "hostIP"),
			       (uint64_t)json_object_get_int64(engine_member(p, "hostPort", NULL)),
			       (uint64_t)json_object_get_int64(engine_member(p, "containerPort", NULL)),
			       engine_text(w->arena, p, "protocol"));
	}
}

static void read_results(struct containers *cs)
{
	static const char dir[] = "/var/lib/cni/results";
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	size_t n = 0;

	for (const char *name; fd >= 0 && n < CONTAINERS_MAX && (name = io_dir_next(&d)); n++)
		read_result(cs, arena_printf(cs->w->arena, "%s/%s", dir, name));
}

void engine_podman(struct containers *cs)
{
	static const char usual[] = "/var/lib/containers/storage";
	bool known = false;

	for (size_t i = 0; i < cs->podman_roots.n; i++) {
		known = known || str_eq(cs->podman_roots.v[i], usual);
		read_storage(cs, cs->podman_roots.v[i]);
	}
	if (!known)
		read_storage(cs, usual);
	read_results(cs);
}
