/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/places.h"

#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "cmd/engine/object.h"
#include "plan/steps/cgroup.h"
#include "plan/steps/veth.h"

/* "memory" of /sys/fs/cgroup/memory. The home in v2 may begin at a delegated cgroup, whose name says
 * nothing. With v1 alone a home has no base, but its path begins with one. */
static const char *hierarchy_of(struct arena *a, const struct control *k, const struct step_cgroup *c)
{
	const char *v1 = str_after(c->base ? c->base : c->path, "/sys/fs/cgroup/"), *slash;

	if (c->base && str_eq(c->path, k->rec.cgroup))
		return "unified";
	if (v1)
		return arena_strndup(a, v1, strcspn(v1, "/"));
	slash = c->base ? strrchr(c->base, '/') : NULL;
	return slash ? slash + 1 : "unified";
}

/* That of a record that can't be read breaks off somewhere, perhaps within a step. */
static bool has_plan(const struct control *k)
{
	return k->status != CONTAINER_BROKEN;
}

void places_cgroups(json_object *o, const char *key, const struct control *k)
{
	json_object *all = object_within(o, key);
	const struct step_cgroup *c;

	for (size_t at = 0; has_plan(k) && (c = plan_next_cgroup(&k->rec.plan, &at));)
		object_str(all, hierarchy_of(k->arena, k, c), c->path);
}

void places_cables(json_object *o, const char *key, const char *host, const char *container,
		   const struct control *k)
{
	json_object *all = json_object_new_array(), *cable;
	const struct step_veth *v;

	for (size_t at = 0; k->pid && has_plan(k) && (v = plan_next_veth(&k->rec.plan, &at));) {
		cable = json_object_new_object();
		object_str(cable, host, v->name);
		object_str(cable, container, v->peer);
		json_object_array_add(all, cable);
	}
	json_object_object_add(o, key, all);
}

const char *places_log(struct arena *a, const struct control *k)
{
	char dir[4096];
	ssize_t n = readlinkat(k->st->containers, arena_printf(a, "%s/log", k->rec.id), dir, sizeof(dir));

	return n > 0 ? arena_printf(a, "%.*s/log", (int)n, dir) : "";
}
