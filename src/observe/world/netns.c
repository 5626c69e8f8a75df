/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/mountinfo.h"
#include "kernel/process/proc.h"
#include "observe/world/parts.h"

/* Which network namespaces there are: those of processes, and those that a mount keeps alive: ip-netns(8)'s, docker's,
 * podman's. One that only a descriptor or a socket keeps is not found. */

/* Somebody has it. Of each namespace there may be many of these. */
struct sighting {
	uint64_t inode;
	const char *path, *name; /* of a mount */
	int64_t pid;
};

struct search {
	struct world *w;
	struct sighting *v;
	size_t n;
	uint64_t own;
	size_t refused; /* processes that we may not look at */
};

/* "net:[4026531840]" */
static uint64_t inode_of(const char *text)
{
	const char *digits = str_after(text, "net:[");

	return digits ? strtoull(digits, NULL, 10) : 0;
}

static uint64_t read_link(int dir, const char *path)
{
	char text[64];
	ssize_t n = readlinkat(dir, path, text, sizeof(text) - 1);

	if (n < 0)
		return 0;
	text[n] = '\0';
	return inode_of(text);
}

static void see(struct search *s, struct sighting sighting)
{
	arena_push(s->w->arena, s->v, s->n, sighting);
}

static void see_processes(struct search *s)
{
	autoclose int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(proc);
	const char *name;

	while (proc >= 0 && (name = io_dir_next(&dir))) {
		char path[64];
		uint64_t inode;

		if (*name < '1' || *name > '9')
			continue;
		snprintf(path, sizeof(path), "%.20s/ns/net", name);
		inode = read_link(proc, path);
		if (inode)
			see(s, (struct sighting){ .inode = inode, .pid = atoll(name) });
		else if (errno == EACCES || errno == EPERM)
			s->refused++;
	}
}

static void see_mounts(struct search *s)
{
	struct mountinfo_list list;
	int r = mountinfo_read_self(s->w->arena, &list);

	if (r < 0)
		return world_unread(s->w, "mounts: %s", strerror(-r));
	for (size_t i = 0; i < list.n; i++) {
		const struct mountinfo *m = &list.v[i];
		uint64_t inode = str_eq(m->type, "nsfs") ? inode_of(m->root) : 0;
		const char *name = str_after(m->target, "/run/netns/");

		if (inode)
			see(s, (struct sighting){ .inode = inode, .path = m->target, .name = name });
	}
}

/* By namespace; a mount before a process, since it stays; the first mount, and the first process by the pid. */
static int compare(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (!x->path != !y->path)
		return x->path ? -1 : 1;
	if (!x->name != !y->name)
		return x->name ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* pids are used again: the smallest need not be the first-born. */
static void note_pid(struct world_netns *ns, uint64_t *born, int64_t pid)
{
	uint64_t start = ns->is_host && ns->pid ? UINT64_MAX : proc_start_time((pid_t)pid);

	if (!start || (ns->pid && start >= *born))
		return;
	ns->pid = pid;
	*born = start;
}

static void gather(struct search *s)
{
	struct world *w = s->w;
	struct world_netns *ns = NULL;
	uint64_t born = 0;

	qsort(s->v, s->n, sizeof(*s->v), compare);
	for (size_t i = 0; i < s->n; i++) {
		const struct sighting *at = &s->v[i];

		if (!ns || ns->inode != at->inode) {
			struct world_netns new = { .inode = at->inode, .is_host = at->inode == s->own };

			arena_push(w->arena, w->netns, w->n_netns, new);
			ns = &w->netns[w->n_netns - 1];
			ns->name = at->name;
			ns->path = at->path;
		}
		if (at->pid)
			note_pid(ns, &born, at->pid);
	}
}

/* The host's, those with a name, the others. */
static int by_name(const void *a, const void *b)
{
	const struct world_netns *x = a, *y = b;

	if (x->is_host != y->is_host)
		return x->is_host ? -1 : 1;
	if (!x->name != !y->name)
		return x->name ? -1 : 1;
	if (x->name && strverscmp(x->name, y->name) != 0)
		return strverscmp(x->name, y->name);
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* Those whose processes have all ended meanwhile are gone. */
static void put_in_order(struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_netns; i++) {
		struct world_netns ns = w->netns[i];

		if (!ns.path && ns.pid)
			ns.path = arena_printf(w->arena, "/proc/%lld/ns/net", (long long)ns.pid);
		if (ns.path)
			w->netns[n++] = ns;
	}
	w->n_netns = n;
	if (n)
		qsort(w->netns, n, sizeof(*w->netns), by_name);
}

void world_find_netns(struct world *w)
{
	struct search s = { .w = w, .own = read_link(AT_FDCWD, "/proc/self/ns/net") };

	if (!s.own)
		return;
	see(&s, (struct sighting){ .inode = s.own, .pid = getpid() });
	see_processes(&s);
	see_mounts(&s);
	gather(&s);
	put_in_order(w);
	if (s.refused)
		world_unread(w, "network namespaces of %zu processes: %s", s.refused, strerror(EACCES));
}
