/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What carries the id of a container outside of it, and that nobody is in: cgroups without a process, leases of CNI's
 * host-local plugin, and the /dev/shm that podman and docker mount on the host. An engine that just starts or ends a
 * container has such things for a moment: what is found is looked at again a little later.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/mountinfo.h"
#include "observe/world/containers.h"
#include "observe/world/parts.h"

/* Where engines make the cgroups of containers. */
static const char *const parents[] = { "guise",         "docker",       "libpod_parent",
				       "machine.slice", "system.slice", "lxc" };
#define LEASES "/var/lib/cni/networks"
enum { MARKS_MAX = 4096 };

static void add(struct world *w, const char *kind, const struct container_word *word, const char *path,
		const char *text)
{
	if (w->n_marks < MARKS_MAX)
		arena_push(w->arena, w->marks, w->n_marks,
			   ((struct world_mark){ kind, word->engine, word->id, path, text }));
}

/* ---- cgroups ---- */

static bool has_below(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(fd);
	const char *name;
	struct stat s;

	while (fd >= 0 && (name = io_dir_next(&dir)))
		if (fstatat(fd, name, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(s.st_mode))
			return true;
	return false;
}

/* The first pid namespace's inode is always this (linux/proc_ns.h: PROC_PID_INIT_INO). */
static bool sees_all_processes(void)
{
	struct stat s;

	return stat("/proc/self/ns/pid", &s) == 0 && s.st_ino == 0xEFFFFFFCu;
}

/* One with cgroups below it may have processes there: it is left out. In v2 a process that we can't see is listed as 0; in
 * v1, which has no cgroup.events, not at all. */
static bool is_empty(struct world *w, const char *path)
{
	char text[16];

	if (access(arena_printf(w->arena, "%s/cgroup.events", path), F_OK) < 0 && !sees_all_processes())
		return false;
	return io_read_small(-1, arena_printf(w->arena, "%s/cgroup.procs", path), text, sizeof(text)) == 0 &&
	       !has_below(path);
}

static void look_below(struct world *w, const char *mount, const char *parent)
{
	const char *path = arena_printf(w->arena, "%s/%s", mount, parent), *name;
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(fd);

	while (fd >= 0 && (name = io_dir_next(&dir))) {
		struct container_word word = { 0 };
		const char *own = arena_printf(w->arena, "%s/%s", path, name);

		if (container_of_cgroup(w->arena, own + strlen(mount), &word) && is_empty(w, own))
			add(w, "cgroup", &word, own, NULL);
	}
}

/* ---- leases ---- */

static void read_lease(struct world *w, int fd, const char *network, const char *name)
{
	struct container_word word = { .engine = "CNI" };
	struct ip ip;
	char text[512];

	if (ip_parse(name, &ip) < 0 || io_read_small(fd, name, text, sizeof(text)) <= 0)
		return;
	text[strcspn(text, "\r\n")] = '\0';
	word.id = arena_strdup(w->arena, text);
	if (*text)
		add(w, "lease", &word, arena_printf(w->arena, LEASES "/%s/%s", network, name),
		    arena_strdup(w->arena, name));
}

static void look_at_leases(struct world *w)
{
	autoclose int all = open(LEASES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir networks = IO_DIR(all);
	const char *network, *name;

	while (all >= 0 && (network = io_dir_next(&networks))) {
		const char *own = arena_strdup(w->arena, network);
		autoclose int fd = openat(all, own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		struct io_dir dir = IO_DIR(fd);

		while (fd >= 0 && (name = io_dir_next(&dir)))
			read_lease(w, fd, own, name);
	}
}

/* ---- mounts ---- */

/* .../overlay-containers/ID/userdata/shm of podman, .../containers/ID/mounts/shm of docker */
static void look_at_mount(struct world *w, const char *target)
{
	static const struct {
		const char *engine, *before, *behind;
	} shm[] = { { "podman", "/overlay-containers/", "/userdata/shm" },
		    { "docker", "/containers/", "/mounts/shm" } };
	enum { ID = 64 };

	for (size_t i = 0; i < ARRAY_LEN(shm); i++) {
		const char *at = strstr(target, shm[i].before), *id = at ? at + strlen(shm[i].before) : NULL;
		struct container_word word = { .engine = shm[i].engine };

		if (!id || strspn(id, "0123456789abcdef") != ID || !str_eq(id + ID, shm[i].behind))
			continue;
		word.id = arena_strndup(w->arena, id, ID);
		add(w, "mount", &word, target, NULL);
	}
}

/* ---- all of them ---- */

static bool is_still_there(struct world *w, const struct world_mark *m)
{
	return str_eq(m->kind, "cgroup") ? is_empty(w, m->path) : access(m->path, F_OK) == 0;
}

void world_read_marks(struct world *w)
{
	static const struct timespec moment = { .tv_nsec = 100000000 };
	struct mountinfo_list mounts;
	size_t n = 0;

	if (mountinfo_read_self(w->arena, &mounts) < 0)
		return; /* world_find_netns() has said so */
	for (size_t i = 0; i < mounts.n; i++) {
		const struct mountinfo *m = &mounts.v[i];

		look_at_mount(w, m->target);
		for (size_t k = 0; k < ARRAY_LEN(parents) && str_after(m->type, "cgroup"); k++)
			look_below(w, m->target, parents[k]);
	}
	look_at_leases(w);
	if (w->n_marks)
		nanosleep(&moment, NULL);
	for (size_t i = 0; i < w->n_marks; i++)
		if (is_still_there(w, &w->marks[i]))
			w->marks[n++] = w->marks[i];
	w->n_marks = n;
}
