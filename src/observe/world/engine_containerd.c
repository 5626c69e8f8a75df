/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Containers of containerd, which are known by their shims: the bundle has config.json, whose annotations say what
 * kubelet's CRI and nerdctl call them.
 */
#include <string.h>

#include "base/json.h"
#include "observe/world/engine_files.h"

/* "nerdctl/ports": a string that is JSON itself. */
static void add_ports(struct world *w, struct world_container *c, const char *text)
{
	struct err e = { 0 };
	autojson struct json_object *list = text ? json_from_text(text, strlen(text), &e) : NULL;

	if (!list || !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *p = json_object_array_get_idx(list, i);

		container_port(w, c, engine_text(w->arena, p, "HostIP"),
			       (uint64_t)json_object_get_int64(engine_member(p, "HostPort", NULL)),
			       (uint64_t)json_object_get_int64(engine_member(p, "ContainerPort", NULL)),
			       engine_text(w->arena, p, "Protocol"));
	}
}

static void read_bundle(struct world *w, struct world_container *c, const char *space)
{
	struct arena *a = w->arena;
	const char *path = arena_printf(a, "/run/containerd/io.containerd.runtime.v2.task/%s/%s/config.json",
					space, c->id);
	autojson struct json_object *o = engine_file(w, path);
	struct json_object *said = engine_member(o, "annotations", NULL);
	const char *name = engine_text(a, said, "io.kubernetes.cri.container-name") ?:
				   engine_text(a, said, "nerdctl/name"),
		   *pod = engine_text(a, said, "io.kubernetes.cri.sandbox-name");

	if (name)
		c->name = name;
	c->image = engine_text(a, said, "io.kubernetes.cri.image-name");
	container_hint(w, c, "pod", pod);
	add_ports(w, c, engine_text(a, said, "nerdctl/ports"));
}

void engine_containerd(struct containers *cs)
{
	struct world *w = cs->w;

	for (size_t i = 0; i < w->n_containers; i++) {
		struct world_container *c = &w->containers[i];
		const char *space = world_setting(c->hints, c->n_hints, "namespace");

		if (!str_eq(c->engine, "containerd"))
			continue;
		/* what has no name there is called by its id */
		c->name = c->name ?: c->id;
		read_bundle(w, c, space ?: "k8s.io");
	}
}
