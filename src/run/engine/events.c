/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/events.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup/cgroups.h"
#include "plan/steps/veth.h"

/* ---- a look at all ---- */

struct seen {
	struct record rec;
	bool frozen;
	bool silent; /* it runs, and the kernel does not tell when it is frozen */
};

struct look {
	struct arena arena; /* all of it */
	struct seen *v;
	size_t n;
};

static void watch_dir(int changes, int dir, const char *name)
{
	char path[64 + NAME_MAX];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
	/* what can't be watched is looked at all the same */
	inotify_add_watch(changes, path, IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
}

static void look_frozen(struct look *l, struct seen *s, int changes)
{
	const char *cgroup = s->rec.cgroup;

	if (!cgroup || !s->rec.started || s->rec.finished)
		return;
	s->frozen = cgroup_is_frozen(cgroup);
	s->silent = inotify_add_watch(changes, arena_printf(&l->arena, "%s/cgroup.events", cgroup),
				      IN_MODIFY) < 0;
}

/* It is watched before it is read: what changes behind that makes another look. */
static void look_one(struct state *st, struct look *l, const char *id, int changes)
{
	struct seen s = { 0 };
	struct container c;
	struct err ignored = { 0 };

	if (container_open(&c, st, &l->arena, id, &ignored) < 0)
		return;
	container_find_run(&c);
	watch_dir(changes, c.dir, ".");
	watch_dir(changes, c.dir, "runs");
	if (c.run)
		watch_dir(changes, c.run_dir, ".");
	if (record_read(&c, &l->arena, &s.rec, &ignored) == 0) {
		s.rec.name = container_name(&c, st, &l->arena, s.rec.name);
		look_frozen(l, &s, changes);
		arena_push(&l->arena, l->v, l->n, s);
	}
	container_close(&c);
}

static int look(struct state *st, struct look *l, int changes, struct err *e)
{
	struct strv ids;
	int r;

	*l = (struct look){ 0 };
	r = container_list(st, &l->arena, &ids, e);
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		look_one(st, l, ids.v[i], changes);
	return r;
}

/* ---- what is different ---- */

struct list {
	struct arena *arena;
	struct event *v;
	size_t n;
};

static void add(struct list *list, const struct seen *s, int64_t time, const char *action)
{
	struct event e = { .time = time,
			   .action = action,
			   .id = s->rec.id,
			   .name = s->rec.name,
			   .rootfs = s->rec.rootfs,
			   .labels = s->rec.labels,
			   .exit_code = s->rec.exit_code };

	arena_push(list->arena, list->v, list->n, e);
}

/* ---- networks, which a container is on while it runs ---- */

static bool runs(const struct seen *s)
{
	return s && s->rec.started > s->rec.finished;
}

static bool is_on(const struct seen *s, const char *network)
{
	struct plan_endpoint ep;

	for (size_t at = 0; runs(s) && plan_next_endpoint(&s->rec.plan, &at, &ep);)
		if (str_eq(ep.network, network))
			return true;
	return false;
}

/* Each network of `of` that `but` is not on. */
static void add_networks(struct list *list, const struct seen *of, const struct seen *but, int64_t time,
			 const char *action)
{
	struct plan_endpoint ep;

	for (size_t at = 0; plan_next_endpoint(&of->rec.plan, &at, &ep);) {
		if (!ep.network || is_on(but, ep.network))
			continue;
		add(list, of, time, action);
		list->v[list->n - 1].network = ep.network;
	}
}

/* As docker, before the start and behind the end. */
static void compare_networks(struct list *list, const struct seen *old, const struct seen *new, int64_t now)
{
	const struct record *r = &new->rec;
	bool begins = r->started && (!old || old->rec.started != r->started), ends = !runs(new);

	if (begins)
		add_networks(list, new, NULL, r->started - 1, "connect");
	else if (runs(new))
		add_networks(list, new, old, now, "connect");
	if (runs(old) && !begins && !ends)
		add_networks(list, old, new, now, "disconnect");
	else if (ends && r->finished && (begins || runs(old)))
		add_networks(list, new, NULL, r->finished + 1, "disconnect");
}

/* ---- the rest ---- */

static void add_end(struct list *list, const struct seen *s)
{
	if (s->rec.oom.kills)
		add(list, s, s->rec.finished, "oom");
	add(list, s, s->rec.finished, "die");
}

static void compare(struct list *list, const struct seen *old, const struct seen *new, int64_t now)
{
	static const struct seen nothing;
	const struct record *was = old ? &old->rec : &nothing.rec;

	if (!old)
		add(list, new, new->rec.created, "create");
	if (new->rec.started &&new->rec.started != was->started)
		add(list, new, new->rec.started, "start");
	if (old && new->frozen != old->frozen && !new->rec.finished)
		add(list, new, now, new->frozen ? "pause" : "unpause");
	if (old && !str_eq(was->name, new->rec.name)) {
		add(list, new, now, "rename");
		list->v[list->n - 1].old_name = was->name;
	}
	if (new->rec.finished &&new->rec.finished != was->finished)
		add_end(list, new);
	compare_networks(list, old, new, now);
}

/* Of one that is gone; what its end was, nobody has read if it went that fast. */
static void add_gone(struct list *list, const struct seen *old, int64_t now)
{
	if (old->rec.started && old->rec.finished < old->rec.started) {
		add(list, old, now, "die");
		list->v[list->n - 1].exit_code = -1;
		add_networks(list, old, NULL, now, "disconnect");
	}
	add(list, old, now, "destroy");
}

static const struct seen *find(const struct look *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].rec.id, id))
			return &l->v[i];
	return NULL;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

/* In order. old NULL: all that the records tell of the past. */
static void differences(struct list *list, const struct look *old, const struct look *new)
{
	static const struct look nothing;
	int64_t now = record_now();

	for (size_t i = 0; i < new->n; i++)
		compare(list, find(old ? old : &nothing, new->v[i].rec.id), &new->v[i], now);
	for (size_t i = 0; old && i < old->n; i++)
		if (!find(new, old->v[i].rec.id))
			add_gone(list, &old->v[i], now);
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_time);
}

/* ---- telling and waiting ---- */

/* False: that was enough. */
static bool tell(const struct events *w, const struct look *old, const struct look *new)
{
	struct arena a = { 0 };
	struct list list = { .arena = &a };
	bool more = true;

	differences(&list, old, new);
	for (size_t i = 0; more && i < list.n; i++)
		if ((old || list.v[i].time >= w->since) && (!w->until || list.v[i].time <= w->until))
			more = w->tell(&list.v[i], w->arg);
	arena_free(&a);
	return more;
}

static bool any_is_silent(const struct look *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].silent)
			return true;
	return false;
}

/* Until something has changed, or it is time to look, or over. */
static void wait_for_change(const struct events *w, const struct look *l, int changes)
{
	enum { FROZEN_MS = 500 };
	struct pollfd p = { .fd = changes, .events = POLLIN };
	int64_t left = w->until ? (w->until - record_now()) / 1000000 + 1 : -1;
	char events[8192];

	if (any_is_silent(l) && (left < 0 || left > FROZEN_MS))
		left = FROZEN_MS;
	if (poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left) <= 0)
		return;
	while (read(changes, events, sizeof(events)) > 0)
		;
}

static int watch(struct state *st, const struct events *w, int changes, struct look *old, struct err *e)
{
	bool more = !w->since || tell(w, NULL, old);
	int r = 0;

	while (r == 0 && more && (!w->until || record_now() < w->until)) {
		struct look new;

		wait_for_change(w, old, changes);
		if ((r = look(st, &new, changes, e)) == 0)
			more = tell(w, old, &new);
		arena_free(&old->arena);
		*old = new;
	}
	return r;
}

int events_watch(struct state *st, const struct events *w, struct err *e)
{
	autoclose int changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct look old;
	int r;

	if (changes < 0)
		return err_set(e, "events", errno, "watch the state directory %s", st->path);
	watch_dir(changes, st->fd, "containers");
	watch_dir(changes, st->fd, "names");
	r = look(st, &old, changes, e);
	if (r == 0)
		r = watch(st, w, changes, &old, e);
	arena_free(&old.arena);
	return r;
}
