/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "observe/world/read.h"

/* ---- what is known of one thing, known of the others ---- */

static void fill_from_process(const struct world *w, struct world_target *t)
{
	if (!t->process)
		return;
	if (!t->netns)
		t->netns = world_netns_of(w, t->process->ns[WORLD_NS_NET]);
	for (size_t i = 0; !t->cgroup && i < t->process->n_cgroups; i++)
		if (!*t->process->cgroups[i].hierarchy)
			t->cgroup = t->process->cgroups[i].path;
}

static int of_container(const struct world *w, const struct world_container *c, struct world_target *t)
{
	t->container = c;
	t->cgroup = c->cgroup;
	t->process = c->pid ? world_process_of(w, c->pid) : NULL;
	fill_from_process(w, t);
	if (!t->netns && c->netns)
		t->netns = world_netns_of(w, c->netns);
	return 0;
}

static const struct world_container *container_with(const struct world *w, int64_t pid)
{
	for (size_t i = 0; i < w->n_containers; i++)
		if (pid && w->containers[i].pid == pid)
			return &w->containers[i];
	return NULL;
}

static int of_process(const struct world *w, const struct world_process *p, struct world_target *t)
{
	t->process = p;
	t->container = container_with(w, p->pid);
	fill_from_process(w, t);
	return 0;
}

/* ---- what is not there ---- */

static int no_target(const char *text, struct err *e, const char *cause, const char *hint)
{
	char visible[128];

	/* err_line() makes it printable; bounded here, so that cause and hint have room */
	strncpy(visible, text, sizeof(visible) - 1);
	visible[sizeof(visible) - 1] = '\0';
	err_set(e, "no-target", ENOENT, "find %s", visible);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

/* ---- kinds ---- */

static int of_pid(const struct world *w, const char *text, const char *number, struct world_target *t,
		  struct err *e)
{
	char *end;
	long long pid = strtoll(number, &end, 10);
	const struct world_process *p = *number && !*end && pid > 0 ? world_process_of(w, pid) : NULL;

	if (!p)
		return no_target(text, e, "there is no such process, or it has just ended",
				 "ps -e lists them");
	return of_process(w, p, t);
}

/* Does it stand for a group of processes better than the other? The first one of a pid namespace, or else the eldest. */
static bool is_better(const struct world_process *p, const struct world_process *other)
{
	bool first = p->ns_pid == 1 && p->pid != 1;

	if (!other || first != (other->ns_pid == 1 && other->pid != 1))
		return !other || first;
	return p->start_time < other->start_time;
}

/* Of those that are in the namespace. */
static const struct world_process *process_in(const struct world *w, uint64_t netns)
{
	const struct world_process *found = NULL;

	for (size_t i = 0; i < w->n_processes; i++) {
		const struct world_process *p = &w->processes[i];

		if (p->ns[WORLD_NS_NET] == netns && is_better(p, found))
			found = p;
	}
	return found;
}

static int of_netns(const struct world *w, const char *text, const char *name, struct world_target *t,
		    struct err *e)
{
	char *end;
	unsigned long long inode = strtoull(name, &end, 10);

	t->netns = world_netns_named(w, name);
	if (!t->netns && *name && !*end)
		t->netns = world_netns_of(w, inode);
	if (!t->netns)
		return no_target(text, e, "no network namespace has that name",
				 "ip netns list shows the names");
	t->container = world_container_in(w, t->netns->inode);
	t->process = process_in(w, t->netns->inode);
	return 0;
}

/* Is a directory of /sys/fs/cgroup the mount of a hierarchy that somebody is in? v1's have the names of controllers. */
static bool is_hierarchy(const struct world *w, const char *part, size_t n)
{
	const struct world_process *p = w->n_processes ? &w->processes[0] : NULL;

	if (n == strlen("unified") && strncmp(part, "unified", n) == 0)
		return true;
	for (size_t i = 0; p && i < p->n_cgroups; i++) {
		const char *names = p->cgroups[i].hierarchy;

		names = str_after(names, "name=") ?: names;
		for (; *names; names += strcspn(names, ","), names += *names == ',')
			if (strncmp(names, part, n) == 0 && (!names[n] || names[n] == ','))
				return true;
	}
	return false;
}

/* "/sys/fs/cgroup/memory/a/b", "/a/b" and "a/b" are the same cgroup. */
static const char *below_mount(const struct world *w, const char *path)
{
	const char *rest = str_after(path, "/sys/fs/cgroup");
	size_t n;

	if (!rest || (*rest && *rest != '/'))
		return *path == '/' ? path : arena_printf(w->arena, "/%s", path);
	n = *rest ? strcspn(rest + 1, "/") : 0;
	if (n && is_hierarchy(w, rest + 1, n))
		rest += n + 1;
	return *rest ? rest : "/";
}

/* A process in that cgroup, or else below it. */
static const struct world_process *process_below(const struct world *w, const char *path)
{
	size_t len = str_eq(path, "/") ? 0 : strlen(path);
	const struct world_process *at = NULL, *below = NULL;

	for (size_t i = 0; i < w->n_processes; i++) {
		const struct world_process *p = &w->processes[i];

		for (size_t k = 0; k < p->n_cgroups; k++) {
			const char *of = p->cgroups[k].path;

			if (strncmp(of, path, len) != 0 || (of[len] && of[len] != '/'))
				continue;
			if (!of[len] && is_better(p, at))
				at = p;
			if (is_better(p, below))
				below = p;
		}
	}
	return at ?: below;
}

static bool has_cgroup(const struct world *w, const char *path)
{
	for (size_t i = 0; i < w->n_cgroups; i++)
		if (str_eq(w->cgroups[i].path, path))
			return true;
	return false;
}

static int of_cgroup(const struct world *w, const char *text, const char *given, struct world_target *t,
		     struct err *e)
{
	size_t len = strlen(given);
	const char *path;

	while (len > 1 && given[len - 1] == '/')
		len--;
	path = below_mount(w, arena_strndup(w->arena, given, len));
	t->process = process_below(w, path);
	if (!*given || (!t->process && !has_cgroup(w, path)))
		return no_target(text, e, "no hierarchy has that cgroup, or no process is in it",
				 "the path is as /proc/PID/cgroup shows it");
	fill_from_process(w, t);
	t->container = t->process ? container_with(w, t->process->pid) : NULL;
	t->cgroup = path;
	return 0;
}

/* A unit of systemd is a cgroup whose last part has its name. */
static const char *cgroup_of_unit(const struct world *w, const char *unit)
{
	size_t len = strlen(unit);

	for (size_t i = 0; i < w->n_processes; i++) {
		const struct world_process *p = &w->processes[i];

		for (size_t k = 0; k < p->n_cgroups; k++) {
			const char *path = p->cgroups[k].path;

			for (const char *at = strstr(path, unit); at; at = strstr(at + 1, unit))
				if (at > path && at[-1] == '/' && (!at[len] || at[len] == '/'))
					return arena_strndup(w->arena, path, at + len - path);
		}
	}
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n > len && str_eq(text + n - len, end);
}

static bool is_unit(const char *text)
{
	static const char *const kinds[] = { ".service", ".scope", ".slice" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (ends_with(text, kinds[i]))
			return !strchr(text, '/');
	return false;
}

static int of_unit(const struct world *w, const char *unit, struct world_target *t, struct err *e)
{
	const char *path = cgroup_of_unit(w, unit);

	if (!path)
		return no_target(unit, e, "no cgroup with a process in it has that unit's name",
				 "systemctl status UNIT tells whether it runs");
	return of_cgroup(w, unit, path, t, e);
}

/* ---- containers ---- */

/* How well a word fits: the whole name or id, or the beginning of an id. */
enum fit { FIT_NOT, FIT_PREFIX, FIT_WHOLE };

static enum fit fit_of(const struct world_container *c, const char *word)
{
	if (str_eq(c->name, word) || str_eq(c->id, word))
		return FIT_WHOLE;
	return c->id && *word && str_after(c->id, word) ? FIT_PREFIX : FIT_NOT;
}

struct candidates {
	const struct world_container *v[16];
	size_t n;
	enum fit fit;
};

/* The better fit; of these one that runs; and of a process that two engines know, the first engine. */
static void add_candidate(struct candidates *cs, const struct world_container *c, enum fit fit)
{
	if (fit < cs->fit || fit == FIT_NOT)
		return;
	if (fit > cs->fit)
		*cs = (struct candidates){ .fit = fit };
	for (size_t i = 0; i < cs->n; i++)
		if (c->pid && cs->v[i]->pid == c->pid)
			return;
	if (cs->n < ARRAY_LEN(cs->v))
		cs->v[cs->n++] = c;
}

static int ambiguous(const char *text, const struct candidates *cs, struct arena *a, struct err *e)
{
	struct str names = { .arena = a };

	for (size_t i = 0; i < cs->n; i++)
		str_addf(&names, "%s%s:%.12s", i ? ", " : "",
			 str_eq(cs->v[i]->engine, "guise-oci") ? "oci" : cs->v[i]->engine,
			 cs->v[i]->name ?: cs->v[i]->id);
	err_set(e, "ambiguous-target", EINVAL, "find %.128s", text);
	err_cause(e, "several containers fit: %s", str_get(&names));
	return err_hint(e, "name the engine, as in docker:NAME, or more of the id");
}

static int of_name(const struct world *w, const char *text, const char *engine, const char *word,
		   struct world_target *t, struct err *e)
{
	struct candidates cs = { 0 };

	for (size_t i = 0; i < w->n_containers; i++) {
		const struct world_container *c = &w->containers[i];

		/* what is guise-oci's is an engine's, too, or else oci:ID */
		if (engine ? str_eq(c->engine, engine) : !str_eq(c->engine, "guise-oci"))
			add_candidate(&cs, c, fit_of(c, word));
	}
	/* guise's own come first */
	if (cs.n > 1 && str_eq(cs.v[0]->engine, "guise") && !str_eq(cs.v[1]->engine, "guise"))
		cs.n = 1;
	if (cs.n > 1)
		return ambiguous(text, &cs, w->arena, e);
	if (cs.n == 1)
		return of_container(w, cs.v[0], t);
	if (!engine && is_unit(word))
		return of_unit(w, word, t, e);
	return no_target(
		text, e, "no container of any engine has that name or id",
		"a target is a container, ENGINE:CONTAINER, pid:N, netns:NAME, cgroup:PATH, a unit of systemd, or host");
}

static const char *engine_named(const char *word, size_t n)
{
	static const char *const engines[] = { "guise", "docker", "podman", "containerd", "cri-o", "lxc" };

	if (n == 3 && strncmp(word, "oci", n) == 0)
		return "guise-oci";
	for (size_t i = 0; i < ARRAY_LEN(engines); i++)
		if (strlen(engines[i]) == n && strncmp(word, engines[i], n) == 0)
			return engines[i];
	return NULL;
}

int world_target(const struct world *w, const char *text, struct world_target *t, struct err *e)
{
	const char *rest, *colon = strchr(text, ':'), *engine;

	*t = (struct world_target){ .text = text };
	if ((rest = str_after(text, "pid:")))
		return of_pid(w, text, rest, t, e);
	if ((rest = str_after(text, "netns:")))
		return of_netns(w, text, rest, t, e);
	if ((rest = str_after(text, "cgroup:")))
		return of_cgroup(w, text, rest, t, e);
	engine = colon ? engine_named(text, colon - text) : NULL;
	if (engine)
		return of_name(w, text, engine, colon + 1, t, e);
	if (str_eq(text, "host")) {
		t->netns = world_host(w);
		t->process = world_process_of(w, 1);
		/* who may not look at that looks at itself */
		if (!t->process || !t->process->ns[WORLD_NS_MNT])
			t->process = world_process_of(w, (int64_t)w->self) ?: t->process;
		return 0;
	}
	return of_name(w, text, NULL, text, t, e);
}
