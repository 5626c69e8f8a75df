/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Containers of docker: DATA-ROOT/containers/ID/config.v2.json, of those that don't run, too. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/world/engine_files.h"

enum { CONTAINERS_MAX = 10000 };

static uint64_t number_of(struct arena *a, struct json_object *o, const char *key)
{
	const char *text = engine_text(a, o, key);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}] */
static void add_ports(struct world *w, struct world_container *c, struct json_object *ports)
{
	if (!ports || !json_object_is_type(ports, json_type_object))
		return;
	json_object_object_foreach (ports, key, list) {
		const char *slash = strchr(key, '/');

		if (!list || !json_object_is_type(list, json_type_array))
			continue;
		for (size_t i = 0; i < json_object_array_length(list); i++) {
			struct json_object *p = json_object_array_get_idx(list, i);
			uint64_t port = number_of(w->arena, p, "HostPort");

			if (port)
				container_port(w, c, engine_text(w->arena, p, "HostIp"), port,
					       strtoull(key, NULL, 10), slash ? slash + 1 : NULL);
		}
	}
}

static void add_networks(struct world *w, struct world_container *c, struct json_object *networks)
{
	if (!networks || !json_object_is_type(networks, json_type_object))
		return;
	json_object_object_foreach (networks, name, n) {
		container_hint(w, c, "network", arena_strdup(w->arena, name));
		container_hint(w, c, "address", engine_text(w->arena, n, "IPAddress"));
		container_hint(w, c, "gateway", engine_text(w->arena, n, "Gateway"));
	}
}

static const char *status_of(struct json_object *state)
{
	if (json_object_get_boolean(engine_member(state, "Paused", NULL)))
		return "paused";
	if (json_object_get_boolean(engine_member(state, "Running", NULL)))
		return "running";
	return json_object_get_int64(engine_member(state, "ExitCode", NULL)) ||
			       json_object_get_boolean(engine_member(state, "Dead", NULL)) ?
		       "exited" :
		       "created";
}

static void read_one(struct containers *cs, const char *dir, const char *id)
{
	struct world *w = cs->w;
	struct arena *a = w->arena;
	autojson struct json_object *o = engine_file(w, arena_printf(a, "%s/%s/config.v2.json", dir, id));
	struct json_object *settings = engine_member(o, "NetworkSettings", NULL);
	struct world_container *c;
	const char *name;

	if (!o)
		return;
	c = containers_get(cs, "docker", arena_strdup(a, id));
	name = engine_text(a, o, "Name");
	c->name = name ? name + (*name == '/') : NULL;
	c->image = engine_text(a, engine_member(o, "Config", NULL), "Image");
	c->status = status_of(engine_member(o, "State", NULL));
	if (!c->pid)
		c->pid = json_object_get_int64(engine_member(o, "State", "Pid", NULL));
	add_ports(w, c, engine_member(settings, "Ports", NULL));
	add_networks(w, c, engine_member(settings, "Networks", NULL));
	container_hint(w, c, "log", engine_text(a, o, "LogPath"));
}

static void read_root(struct containers *cs, const char *root)
{
	struct world *w = cs->w;
	const char *dir = arena_printf(w->arena, "%s/containers", root);
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	size_t n = 0;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			world_unread(w, "docker's containers: %s: %s", dir, strerror(errno));
		return;
	}
	for (const char *id; n < CONTAINERS_MAX && (id = io_dir_next(&d)); n++)
		if (strlen(id) == 64)
			read_one(cs, dir, id);
}

/* "=FILE" is a configuration that dockerd was given. */
static const char *root_of(struct world *w, const char *given)
{
	autojson struct json_object *o = *given == '=' ? engine_file(w, given + 1) : NULL;

	return *given == '=' ? engine_text(w->arena, o, "data-root") : given;
}

void engine_docker(struct containers *cs)
{
	struct strv roots = { 0 };

	strv_push(cs->w->arena, &cs->docker_roots, "=/etc/docker/daemon.json");
	strv_push(cs->w->arena, &cs->docker_roots, "/var/lib/docker");
	for (size_t i = 0; i < cs->docker_roots.n; i++) {
		const char *root = root_of(cs->w, cs->docker_roots.v[i]);
		bool known = !root;

		for (size_t k = 0; !known && k < roots.n; k++)
			known = str_eq(roots.v[k], root);
		if (known)
			continue;
		strv_push(cs->w->arena, &roots, root);
		read_root(cs, root);
	}
}
