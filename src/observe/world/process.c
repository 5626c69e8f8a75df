/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * All processes. Each is read through one descriptor of its directory in /proc, so that all that is read is of the same
 * process, and fails when that is gone: then it is left out, as are zombies and the kernel's own threads. What most
 * processes have alike (limits, id maps, a cgroup) is kept once as long as one has it as the one before.
 */
#include "observe/world/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/world/parts.h"

enum { TEXT_MAX = 16384, ARGV_MAX = 4096 };

/* A file as the last process had it, and what came of it. */
struct memo {
	char *text;
	struct world_process parsed;
};

struct reader {
	struct world *w;
	int proc; /* /proc */
	struct memo cgroup, limits, uid_map, gid_map;
	size_t refused; /* processes whose namespaces may not be read */
	char text[TEXT_MAX];
};

/* Into r->text: the length, or -errno. */
static ssize_t read_text(struct reader *r, int dir, const char *name)
{
	return io_read_small(dir, name, r->text, sizeof(r->text));
}

static const char *read_link(struct reader *r, int dir, const char *name)
{
	ssize_t n = readlinkat(dir, name, r->text, sizeof(r->text) - 1);

	if (n < 0)
		return NULL;
	r->text[n] = '\0';
	return r->text;
}

static const char *keep(struct reader *r, const char *text)
{
	return text ? arena_strdup(r->w->arena, text) : NULL;
}

/* Is the file as the memo has it? Else the memo is of it from now on, with nothing parsed yet. */
static bool is_known(struct reader *r, int dir, const char *name, struct memo *m)
{
	if (read_text(r, dir, name) < 0)
		r->text[0] = '\0';
	if (m->text && str_eq(m->text, r->text))
		return true;
	*m = (struct memo){ .text = arena_strdup(r->w->arena, r->text) };
	return false;
}

static void read_shared(struct reader *r, int dir, struct world_process *p)
{
	struct arena *a = r->w->arena;

	if (!is_known(r, dir, "cgroup", &r->cgroup))
		process_parse_cgroup(a, arena_strdup(a, r->cgroup.text), &r->cgroup.parsed);
	if (!is_known(r, dir, "limits", &r->limits))
		process_parse_limits(a, r->text, &r->limits.parsed);
	if (!is_known(r, dir, "uid_map", &r->uid_map))
		r->uid_map.parsed.uid_map = process_parse_map(a, r->text);
	if (!is_known(r, dir, "gid_map", &r->gid_map))
		r->gid_map.parsed.gid_map = process_parse_map(a, r->text);
	p->cgroups = r->cgroup.parsed.cgroups;
	p->n_cgroups = r->cgroup.parsed.n_cgroups;
	p->limits = r->limits.parsed.limits;
	p->n_limits = r->limits.parsed.n_limits;
	p->uid_map = r->uid_map.parsed.uid_map;
	p->gid_map = r->gid_map.parsed.gid_map;
}

static void read_namespaces(struct reader *r, int dir, struct world_process *p)
{
	char path[16];

	for (int i = 0; i < WORLD_NS_COUNT; i++) {
		const char *link;

		snprintf(path, sizeof(path), "ns/%s", world_ns_names[i]);
		link = read_link(r, dir, path);
		if (link)
			p->ns[i] = process_parse_ns(link);
		else if (errno == EACCES || errno == EPERM) {
			r->refused++;
			return;
		}
	}
}

static void read_command(struct reader *r, int dir, struct world_process *p)
{
	autoclose int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, r->text, ARGV_MAX);

	if (n > 0)
		process_parse_argv(r->w->arena, arena_strndup(r->w->arena, r->text, n), n, p);
	p->exe = keep(r, read_link(r, dir, "exe"));
	p->root = keep(r, read_link(r, dir, "root"));
}

static void read_rest(struct reader *r, int dir, struct world_process *p)
{
	read_namespaces(r, dir, p);
	read_command(r, dir, p);
	read_shared(r, dir, p);
	if (read_text(r, dir, "oom_score_adj") > 0)
		p->oom_score_adj = strtoll(r->text, NULL, 10);
	if (read_text(r, dir, "attr/current") > 0)
		p->label = keep(r, r->text);
}

/* True: it is there, and will not be a zombie before it was read. */
static bool read_process(struct reader *r, const char *name, struct world_process *p)
{
	autoclose int dir = openat(r->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*p = (struct world_process){ .pid = strtoll(name, NULL, 10) };
	if (dir < 0 || read_text(r, dir, "stat") <= 0 || process_parse_stat(r->text, p) != PROCESS_ALIVE)
		return false;
	p->comm = keep(r, p->comm);
	if (read_text(r, dir, "status") <= 0)
		return false;
	process_parse_status(r->text, p);
	read_rest(r, dir, p);
	/* what it was before it ended is no longer to be had whole */
	return read_text(r, dir, "stat") > 0 &&
	       process_parse_stat(r->text, &(struct world_process){ 0 }) == PROCESS_ALIVE;
}

static int by_pid(const void *a, const void *b)
{
	int64_t one = ((const struct world_process *)a)->pid, other = ((const struct world_process *)b)->pid;

	return (one > other) - (one < other);
}

const struct world_process *process_find(const struct world *w, int64_t pid)
{
	struct world_process key = { .pid = pid };

	return pid && w->n_processes ? bsearch(&key, w->processes, w->n_processes, sizeof(key), by_pid) :
				       NULL;
}

static void read_all(struct reader *r)
{
	struct world *w = r->w;
	struct io_dir d = IO_DIR(r->proc);
	struct world_process p;

	for (const char *name; (name = io_dir_next(&d));)
		if (*name >= '1' && *name <= '9' && read_process(r, name, &p))
			arena_push(w->arena, w->processes, w->n_processes, p);
	if (d.error)
		world_unread(w, "processes: /proc: %s", strerror(-d.error));
}

static void read_one(struct reader *r, int64_t pid)
{
	char name[24];
	struct world_process p;

	snprintf(name, sizeof(name), "%lld", (long long)pid);
	if (read_process(r, name, &p))
		arena_push(r->w->arena, r->w->processes, r->w->n_processes, p);
}

void world_read_processes(struct world *w, const struct world_wish *wish)
{
	autoclose int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct reader *r = arena_new(w->arena, struct reader);

	if (proc < 0) {
		world_unread(w, "processes: /proc: %s", strerror(errno));
		return;
	}
	r->w = w;
	r->proc = proc;
	if (wish->parts & (WORLD_PROCESSES | WORLD_CGROUPS | WORLD_MOUNTS))
		read_all(r);
	else if (wish->pid)
		read_one(r, wish->pid);
	if (w->n_processes)
		qsort(w->processes, w->n_processes, sizeof(*w->processes), by_pid);
	if (r->refused)
		world_unread(w, "processes: the namespaces of %zu: %s", r->refused, strerror(EACCES));
}
