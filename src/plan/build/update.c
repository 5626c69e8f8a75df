/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/update.h"

#include <string.h>

#include "base/str.h"

/* Do two values of a file set the same? "8:0 rbps=1": that of the device; any other: the file's one. */
static bool same_setting(const char *file, const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	if (!strchr(a, ' ') || str_eq(file, "cpu.max"))
		return true;
	return strncmp(a, b, a[n] ? n + 1 : strcspn(a, " ") + 1) == 0;
}

/* "max", "-1", "max 100000", "8:0 rbps=max", "8:0 0": what a new cgroup has anyway, which no plan says. */
static bool is_none(const char *value)
{
	const char *last = strrchr(value, ' ');

	return str_after(value, "max") || str_eq(value, "-1") || strstr(value, "=max") ||
	       (last && strchr(value, ':') && str_eq(last, " 0"));
}

static bool is_rewritten(const struct update_wish *w, const struct step_cgroup_set *s)
{
	for (size_t i = 0; i < w->n_writes; i++)
		if (str_eq(w->writes[i].path, s->path) && str_eq(w->writes[i].file, s->file) &&
		    same_setting(s->file, w->writes[i].value, s->value))
			return true;
	return false;
}

static bool has_cgroup(const struct plan *p, const char *path)
{
	const struct step_cgroup *c;

	for (size_t at = 0; (c = plan_next_cgroup(p, &at));)
		if (str_eq(c->path, path))
			return true;
	return false;
}

static void add_cgroup(const struct step_cgroup *c, struct plan *p)
{
	plan_add(p, STEP_CGROUP, "a v1 hierarchy holds this controller")->cgroup = *c;
}

static void add_limits(const struct plan *old, const struct update_wish *w, struct plan *p)
{
	for (size_t i = 0; i < w->n_made; i++)
		if (!has_cgroup(old, w->made[i].path))
			add_cgroup(&w->made[i], p);
	for (size_t i = 0; i < w->n_writes; i++) {
		const struct update_write *one = &w->writes[i];

		if (!is_none(one->value))
			plan_add(p, STEP_CGROUP_SET, NULL)->cgroup_set =
				(struct step_cgroup_set){ .path = one->path,
							  .file = one->file,
							  .value = one->value,
							  .optional = one->optional };
	}
}

static void add_joins(const struct plan *old, const struct update_wish *w, struct plan *p)
{
	for (size_t i = 0; i < w->n_made; i++)
		if (!has_cgroup(old, w->made[i].path))
			plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = w->made[i].path;
}

/* Behind the last cgroup, and the last file that is written: the first step of what else there is. */
static size_t end_of_limits(const struct plan *old)
{
	size_t end = 0;

	for (size_t i = 0; i < old->count && old->steps[i].kind != STEP_PROCESS; i++)
		if (old->steps[i].kind == STEP_CGROUP || old->steps[i].kind == STEP_CGROUP_SET)
			end = i + 1;
	return end;
}

static void add_copy(const struct step *s, const struct update_wish *w, struct plan *p)
{
	struct step *copy = plan_add(p, s->kind, NULL);
	const char *have;

	*copy = *s;
	if (s->kind != STEP_CGROUP || !w->enable || !str_eq(s->cgroup.path, w->home))
		return;
	have = s->cgroup.controllers;
	copy->cgroup.controllers = have && *have ? arena_printf(p->arena, "%s %s", have, w->enable) :
						   w->enable;
}

void build_update(const struct plan *old, const struct update_wish *w, struct plan *p)
{
	size_t end = end_of_limits(old);

	for (size_t i = 0; i < old->count; i++) {
		const struct step *s = &old->steps[i];

		if (i == end)
			add_limits(old, w, p);
		if (s->kind != STEP_CGROUP_SET || !is_rewritten(w, &s->cgroup_set))
			add_copy(s, w, p);
		if (s->kind == STEP_PROCESS)
			add_joins(old, w, p);
	}
}

void build_update_made(const struct update_wish *w, bool (*is_there)(const char *path), struct plan *p)
{
	for (size_t i = 0; i < w->n_made; i++)
		if (!is_there(w->made[i].path))
			add_cgroup(&w->made[i], p);
}

const struct step_cgroup *build_update_home(const struct plan *old, const char *home)
{
	const struct step_cgroup *c;

	for (size_t at = 0; (c = plan_next_cgroup(old, &at));)
		if (str_eq(c->path, home))
			return c;
	return NULL;
}
