/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/goals/limit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "observe/goals/goal.h"
#include "spec/value.h"

#define TOP "/sys/fs/cgroup"

enum { DEPTH_MAX = 12, CGROUPS_MAX = 4096 };

/* Where a controller keeps its limit and how often that was hit. */
struct meter {
	const char *controller, *limit, *hits;
	const char *key; /* of the line of `hits`; NULL: the file is the number */
};

static const struct meter v1[] = {
	{ "memory", "memory.limit_in_bytes", "memory.failcnt", NULL },
	{ "pids", "pids.max", "pids.events", "max" },
};
static const struct meter v2[] = {
	{ "memory", "memory.max", "memory.events", "max" },
	{ "pids", "pids.max", "pids.events", "max" },
};

static bool is_v2(void)
{
	return access(TOP "/cgroup.controllers", F_OK) == 0;
}

static const struct meter *meter_of(const char *controller)
{
	for (size_t i = 0; i < ARRAY_LEN(v1); i++)
		if (str_eq(v1[i].controller, controller))
			return is_v2() ? &v2[i] : &v1[i];
	return NULL;
}

/* The hierarchy's top. */
static const char *top_of(struct arena *a, const struct meter *m)
{
	return is_v2() ? TOP : arena_printf(a, TOP "/%s", m->controller);
}

/* -1: not there, or no limit. What v1 has without one is near LLONG_MAX. */
static int64_t read_limit(int dir, const struct meter *m)
{
	char text[64];
	int64_t n = -1;

	if (io_read_small(dir, m->limit, text, sizeof(text)) > 0 && *text >= '0' && *text <= '9')
		n = strtoll(text, NULL, 10);
	return n >= INT64_MAX / 4096 * 4096 - 4096 ? -1 : n;
}

static bool is_hit(int dir, const struct meter *m)
{
	char text[512];
	const char *at = text;

	if (io_read_small(dir, m->hits, text, sizeof(text)) <= 0)
		return false;
	if (!m->key)
		return strtoull(text, NULL, 10) > 0;
	for (; at; at = strchr(at, '\n'), at += at != NULL) {
		const char *value = str_after(at, m->key);

		if (value && *value == ' ')
			return strtoull(value, NULL, 10) > 0;
	}
	return false;
}

/* ---- limit CONTROLLER VALUE [hit] ---- */

struct search {
	const struct meter *meter;
	int64_t value;
	bool found, hit;
	unsigned left; /* how many cgroups are still looked at */
};

static void look_at(struct search *s, int dir)
{
	int64_t limit = read_limit(dir, s->meter);

	/* 50 MB are 50 million bytes for some, and 50 MiB for others */
	if (limit > s->value || limit < s->value - s->value / 10)
		return;
	s->found = true;
	s->hit |= is_hit(dir, s->meter);
}

static void search(struct search *s, int dir, unsigned depth)
{
	DIR *list = fdopendir(dup(dir));
	struct dirent *d;

	while (list && depth < DEPTH_MAX && (d = readdir(list)) && s->left) {
		if (d->d_type != DT_DIR || *d->d_name == '.')
			continue;
		autoclose int below = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0)
			continue;
		s->left--;
		look_at(s, below);
		search(s, below, depth + 1);
	}
	if (list)
		closedir(list);
}

const char *goal_limit(const struct goal_look *look, const struct strv *w)
{
	const struct meter *m = meter_of(w->v[1]);
	struct search s = { .meter = m, .left = CGROUPS_MAX };
	struct err e;

	if (!m || value_size(w->v[2], &s.value, &e) < 0)
		return arena_printf(look->a, "nobody knows what a limit of '%s %s' is", w->v[1], w->v[2]);
	autoclose int top = open(top_of(look->a, m), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return arena_printf(look->a, "the machine has no controller %s", w->v[1]);
	search(&s, top, 0);
	if (!s.found)
		return arena_printf(look->a, "no cgroup has the limit %s %s", w->v[1], w->v[2]);
	return w->n > 3 && !s.hit ?
		       arena_printf(look->a, "there is the cgroup, but nothing has run into its limit yet") :
		       NULL;
}

/* ---- of a process ---- */

/* Its cgroup below the hierarchy's top, "/a/b"; NULL: not known. */
static const char *cgroup_of(struct arena *a, int pid, const char *controller)
{
	char path[64], text[4096], *save = NULL;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (io_read_small(-1, path, text, sizeof(text)) <= 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *names = strchr(line, ':'), *at = names ? strchr(names + 1, ':') : NULL;

		if (!at)
			continue;
		*at = '\0';
		if (str_eq(names + 1, is_v2() ? "" : controller))
			return strstr(at + 1, "/..") ? NULL : arena_strdup(a, at + 1);
	}
	return NULL;
}

bool limit_holds(struct arena *a, int pid, const char *controller)
{
	const struct meter *m = meter_of(controller);
	const char *below = m ? cgroup_of(a, pid, controller) : NULL;
	char *path = below ? arena_printf(a, "%s%s", top_of(a, m), below) : NULL;
	size_t top = m ? strlen(top_of(a, m)) : 0;

	while (path && strlen(path) > top + 1) {
		autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (dir >= 0 && read_limit(dir, m) >= 0)
			return true;
		*strrchr(path, '/') = '\0';
	}
	return false;
}
