/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/containers.h"

#include <stdlib.h>
#include <string.h>

#include "observe/world/parts.h"
#include "observe/world/process.h"

/* ---- by engine and id ---- */

/* FNV-1a, of both words with what ends the first. */
static size_t hash_of(const char *engine, const char *id)
{
	uint64_t h = 0xcbf29ce484222325;

	for (const char *p = engine; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3;
	h *= 0x100000001b3;
	for (const char *p = id; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3;
	return h;
}

static size_t *slot_of(struct containers *cs, const char *engine, const char *id)
{
	const struct world *w = cs->w;

	for (size_t at = hash_of(engine, id);; at++) {
		size_t *slot = &cs->slots[at & (cs->n_slots - 1)];
		const struct world_container *c = *slot ? &w->containers[*slot - 1] : NULL;

		if (!c || (str_eq(c->engine, engine) && str_eq(c->id, id)))
			return slot;
	}
}

/* At most half full. */
static void make_room(struct containers *cs)
{
	struct world *w = cs->w;

	if (2 * (w->n_containers + 1) <= cs->n_slots)
		return;
	cs->n_slots = cs->n_slots ? 2 * cs->n_slots : 64;
	cs->slots = arena_array(w->arena, size_t, cs->n_slots);
	for (size_t i = 0; i < w->n_containers; i++)
		*slot_of(cs, w->containers[i].engine, w->containers[i].id) = i + 1;
}

struct world_container *containers_get(struct containers *cs, const char *engine, const char *id)
{
	struct world *w = cs->w;
	size_t *slot;

	make_room(cs);
	slot = slot_of(cs, engine, id);
	if (!*slot) {
		struct world_container c = { .engine = engine, .id = id };

		arena_push(w->arena, w->containers, w->n_containers, c);
		*slot = w->n_containers;
	}
	return &w->containers[*slot - 1];
}

void container_hint(struct world *w, struct world_container *c, const char *name, const char *value)
{
	if (value && *value)
		arena_push(w->arena, c->hints, c->n_hints, ((struct world_setting){ name, value }));
}

void container_port(struct world *w, struct world_container *c, const char *host_ip, uint64_t port,
		    uint64_t target, const char *proto)
{
	struct world_published p = { .port = port, .target = target, .proto = IPPROTO_TCP };

	if (str_eq(proto, "udp"))
		p.proto = IPPROTO_UDP;
	else if (str_eq(proto, "sctp"))
		p.proto = IPPROTO_SCTP;
	if (host_ip && *host_ip)
		ip_parse(host_ip, &p.ip);
	arena_push(w->arena, c->ports, c->n_ports, p);
}

/* ---- processes ---- */

/* What is known of a process: the container that it is in, or beside; index + 1, 0: none. */
struct place {
	size_t in, monitors;
};

/* Is one a better first process than the other? Its own pid namespace's 1, or else the eldest. */
static bool is_before(const struct world_process *p, const struct world_process *other)
{
	if (!other)
		return true;
	if ((p->ns_pid == 1) != (other->ns_pid == 1))
		return p->ns_pid == 1;
	if (p->start_time != other->start_time)
		return p->start_time < other->start_time;
	return p->pid < other->pid;
}

static void claim(struct world *w, size_t container, const struct world_process *p)
{
	struct world_container *c = &w->containers[container - 1];

	if (!c->pid || is_before(p, process_find(w, c->pid)))
		c->pid = p->pid;
}

/* v2's path first: where it is nobody's, v1's have the name. */
static size_t container_by_cgroup(struct containers *cs, const struct world_process *p)
{
	struct world *w = cs->w;

	for (size_t i = p->n_cgroups; i-- > 0;) {
		struct container_word word;
		struct world_container *c;

		if (!container_of_cgroup(w->arena, p->cgroups[i].path, &word))
			continue;
		c = containers_get(cs, word.engine, word.id);
		if (!c->name)
			c->name = word.name;
		return c - w->containers + 1;
	}
	return 0;
}

static void remember_root(struct containers *cs, const struct container_word *word)
{
	const char *end = word->bundle ? strstr(word->bundle, "/overlay-containers/") : NULL;
	struct arena *a = cs->w->arena;
	const char *root;

	if (!end)
		return;
	root = arena_strndup(a, word->bundle, end - word->bundle);
	for (size_t i = 0; i < cs->podman_roots.n; i++)
		if (str_eq(cs->podman_roots.v[i], root))
			return;
	strv_push(a, &cs->podman_roots, root);
}

static size_t container_by_argv(struct containers *cs, const struct world_process *p)
{
	struct world *w = cs->w;
	struct container_word word;
	struct world_container *c;
	const char *root = str_eq(p->comm, "dockerd") ? argv_option(&p->argv, "--data-root") : NULL;

	if (root)
		strv_push(w->arena, &cs->docker_roots, root);
	if (str_eq(p->comm, "dockerd") && (root = argv_option(&p->argv, "--config-file")) && *root == '/')
		strv_push(w->arena, &cs->docker_roots, arena_printf(w->arena, "=%s", root));
	if (!container_of_argv(w->arena, p->comm, &p->argv, &word))
		return 0;
	remember_root(cs, &word);
	c = containers_get(cs, word.engine, word.id);
	if (word.name)
		c->name = word.name;
	if (!c->n_hints) {
		container_hint(w, c, "bundle", word.bundle);
		container_hint(w, c, "namespace", word.space);
	}
	return c - w->containers + 1;
}

static size_t index_of(const struct world *w, int64_t pid)
{
	const struct world_process *p = pid ? process_find(w, pid) : NULL;

	return p ? (size_t)(p - w->processes) : SIZE_MAX;
}

static void find_places(struct containers *cs, struct place *place)
{
	const struct world *w = cs->w;
	const struct world_process *self = process_find(w, (int64_t)w->self);

	for (size_t i = 0; i < w->n_processes; i++) {
		const struct world_process *p = &w->processes[i];

		place[i].in = container_by_cgroup(cs, p);
		if (!place[i].in && self && p->ns[WORLD_NS_PID] == self->ns[WORLD_NS_PID])
			place[i].monitors = container_by_argv(cs, p);
		/* a monitor in its container's own cgroup is none of its processes */
		else if (place[i].in && self && p->ns[WORLD_NS_MNT] == self->ns[WORLD_NS_MNT] &&
			 p->ns[WORLD_NS_PID] == self->ns[WORLD_NS_PID] &&
			 container_by_argv(cs, p) == place[i].in)
			place[i] = (struct place){ .monitors = place[i].in };
	}
}

static void find_first(struct containers *cs)
{
	struct world *w = cs->w;
	struct place *place = arena_array(w->arena, struct place, w->n_processes + 1);

	find_places(cs, place);
	for (size_t i = 0; i < w->n_processes; i++) {
		const struct world_process *p = &w->processes[i];
		size_t above = index_of(w, p->parent), beside = above < SIZE_MAX ? place[above].monitors : 0;

		if (place[i].in && (above == SIZE_MAX || place[above].in != place[i].in))
			claim(w, place[i].in, p);
		else if (!place[i].in && beside && !place[i].monitors)
			claim(w, beside, p);
	}
}

/* ---- what follows of the first process ---- */

/* Its cgroup: v2's, but where that is the top or there is none, v1's own. */
static const char *cgroup_of(const struct world_process *p)
{
	const char *found = NULL;

	for (size_t i = 0; i < p->n_cgroups; i++) {
		const char *path = p->cgroups[i].path;

		if (!found || (str_eq(found, "/") && !str_eq(path, "/")) ||
		    (!*p->cgroups[i].hierarchy && !str_eq(path, "/")))
			found = path;
	}
	return found;
}

static void finish(struct world *w, struct world_container *c)
{
	const struct world_process *p = c->pid ? process_find(w, c->pid) : NULL;

	if (!p) {
		c->pid = 0;
		if (!c->status || str_eq(c->status, "running"))
			c->status = "exited";
		return;
	}
	if (!c->status || str_eq(c->status, "exited"))
		c->status = "running";
	c->netns = p->ns[WORLD_NS_NET];
	if (!c->cgroup)
		c->cgroup = cgroup_of(p);
	world_read_resolvers(w, c->pid, &c->resolvers);
}

/* guise-oci may be what another engine starts its containers with: they are that one's, which knows name and ports. */
static void leave_to_others(struct containers *cs)
{
	static const char *const others[] = { "docker", "podman", "containerd", "cri-o" };
	struct world *w = cs->w;
	size_t n = 0;

	for (size_t i = 0; i < w->n_containers; i++) {
		const struct world_container c = w->containers[i];

		for (size_t k = 0; str_eq(c.engine, "guise-oci") && k < ARRAY_LEN(others); k++) {
			size_t at = *slot_of(cs, others[k], c.id);

			for (size_t h = 0; at && h < c.n_hints; h++)
				container_hint(w, &w->containers[at - 1], c.hints[h].name, c.hints[h].value);
			if (at)
				w->containers[i].status = NULL;
		}
	}
	/* the places are needed up to here */
	for (size_t i = 0; i < w->n_containers; i++)
		if (w->containers[i].status)
			w->containers[n++] = w->containers[i];
	w->n_containers = n;
}

static int by_engine_and_name(const void *a, const void *b)
{
	/* guise-oci's last: that is below other engines, which have names for the same containers */
	static const char *const order[] = { "guise", "docker", "podman", "containerd", "cri-o", "lxc" };
	const struct world_container *c[] = { a, b };
	size_t rank[2];
	int r;

	for (int i = 0; i < 2; i++)
		for (rank[i] = 0; rank[i] < ARRAY_LEN(order) && !str_eq(order[rank[i]], c[i]->engine);)
			rank[i]++;
	if (rank[0] != rank[1])
		return rank[0] < rank[1] ? -1 : 1;
	r = strcmp(c[0]->engine, c[1]->engine);
	if (r == 0)
		r = strcmp(c[0]->name ?: c[0]->id, c[1]->name ?: c[1]->id);
	return r ?: strcmp(c[0]->id, c[1]->id);
}

void world_read_containers(struct world *w, const struct world_wish *wish)
{
	struct containers cs = { .w = w, .wish = wish };

	find_first(&cs);
	engine_guise(&cs);
	engine_oci(&cs);
	engine_docker(&cs);
	engine_podman(&cs);
	engine_containerd(&cs);
	engine_lxc(&cs);
	for (size_t i = 0; i < w->n_containers; i++)
		finish(w, &w->containers[i]);
	leave_to_others(&cs);
	if (w->n_containers)
		qsort(w->containers, w->n_containers, sizeof(*w->containers), by_engine_and_name);
	world_read_resolvers(w, (int64_t)w->self, &w->resolvers);
}
