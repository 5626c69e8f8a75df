/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * One process of the machine that has all that the words ask for: a container made by hand. Of those that lack something
 * the one is told of that comes furthest. All is read from /proc of the machine, whose own namespaces are those of its
 * process 1; processes may end meanwhile, and then lack everything.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "base/utf8.h"
#include "kernel/process/nscall.h"
#include "kernel/process/proc.h"
#include "observe/goals/goal.h"
#include "observe/goals/limit.h"

static int open_of(int pid, const char *what, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	return open(path, flags | O_CLOEXEC);
}

/* ---- what is asked of it: NULL, or what is missing ---- */

static const char *not_first(const struct goal_look *look, int pid)
{
	const char *numbers = proc_status(look->a, pid, "NSpid");
	const char *last = numbers ? strrchr(numbers, '\t') : NULL;

	return last && str_eq(last + 1, "1") ? NULL : "it is not process 1 of a pid namespace of its own";
}

static const char *not_own(const struct goal_look *look, int pid, const char *list)
{
	for (const char *ns = list; *ns; ns += strcspn(ns, ","), ns += *ns == ',') {
		const char *name = arena_strndup(look->a, ns, strcspn(ns, ","));

		if (!proc_exists(pid) || proc_same_ns(pid, 1, name))
			return arena_printf(look->a, "it has no %s namespace of its own", name);
	}
	return NULL;
}

static const char *not_in(const struct goal_look *look, int pid, const char *netns)
{
	const struct world_netns *ns = goal_netns_of(look, netns);
	autoclose int fd = open_of(pid, "ns/net", O_RDONLY);
	struct stat st;

	return ns && fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == ns->inode ?
		       NULL :
		       arena_printf(look->a, "it is not in the network namespace %s", netns);
}

/* Whose processes its /proc shows tells the namespace of number 1 in it. */
static const char *no_proc(int pid)
{
	char one[64], two[64], path[64];
	ssize_t n, m;

	snprintf(path, sizeof(path), "/proc/%d/root/proc/1/ns/pid", pid);
	n = readlink(path, one, sizeof(one));
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	m = readlink(path, two, sizeof(two));
	return n > 0 && n == m && memcmp(one, two, (size_t)n) == 0 ? NULL :
								     "its /proc shows others' processes";
}

static bool same_mount(int a, int b)
{
	struct statx one, two;

	return statx(a, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &one) == 0 &&
	       statx(b, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &two) == 0 &&
	       one.stx_mnt_id == two.stx_mnt_id && one.stx_ino == two.stx_ino;
}

static int is_our_root(const void *arg, void *out)
{
	autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return same_mount(*(const int *)arg, root) ? 0 : -ESTALE;
}

/* Is its root that of its mount namespace? Who enters that gets its root, which chroot(2) does not change. */
static bool root_is_top(int pid)
{
	autoclose int ns = open_of(pid, "ns/mnt", O_RDONLY);
	autoclose int root = open_of(pid, "root", O_PATH | O_DIRECTORY);

	return ns >= 0 && root >= 0 && ns_call(ns, CLONE_NEWNS, is_our_root, &root, NULL, 0) == 0;
}

/* "0:42 / " of the mount at the machine's root: device, and which part of it is mounted. */
static const char *machine_root(struct arena *a, char **line)
{
	char *save = NULL, *text;

	*line = NULL;
	if (io_read_file(a, -1, "/proc/1/mountinfo", 1 << 20, &text, NULL) < 0)
		return NULL;
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char device[32], root[256], target[256];

		if (sscanf(l, "%*u %*u %31s %255s %255s", device, root, target) == 3 && str_eq(target, "/"))
			*line = arena_printf(a, " %s %s ", device, root);
	}
	return *line;
}

static const char *not_pivoted(const struct goal_look *look, int pid)
{
	char *mount, *mounts;

	if (!machine_root(look->a, &mount) ||
	    io_read_file(look->a, -1, arena_printf(look->a, "/proc/%d/mountinfo", pid), 1 << 20, &mounts,
			 NULL) < 0)
		return "its mounts can't be read";
	if (!root_is_top(pid))
		return "its root is not that of its mount namespace: chroot changes a process, pivot_root the namespace";
	return strstr(mounts, mount) ? "the old root is still among its mounts" : NULL;
}

/* The first thing that it lacks; *n counts what it has. */
static const char *lacks(const struct goal_look *look, int pid, const struct strv *w, size_t *n)
{
	const char *missing = NULL;

	*n = 0;
	for (size_t i = 1; i < w->n && !missing; i++, (*n)++) {
		const char *word = w->v[i];
		bool more = i + 1 < w->n;

		if (str_eq(word, "first"))
			missing = not_first(look, pid);
		else if (str_eq(word, "own") && more)
			missing = not_own(look, pid, w->v[++i]);
		else if (str_eq(word, "netns") && more)
			missing = not_in(look, pid, w->v[++i]);
		else if (str_eq(word, "proc"))
			missing = no_proc(pid);
		else if (str_eq(word, "pivoted"))
			missing = not_pivoted(look, pid);
		else if (str_eq(word, "limited") && more)
			missing = limit_holds(look->a, pid, w->v[++i]) ? NULL : "its cgroup has no limit";
		else
			missing = arena_printf(look->a, "nobody knows what '%s' means of a process", word);
	}
	*n -= missing != NULL;
	return missing;
}

static const char *tell(const struct goal_look *look, int pid, const char *missing)
{
	char comm[32] = "";
	struct str s = { .arena = look->a };

	if (!pid)
		return arena_printf(look->a, "no process is like that: %s", missing);
	proc_comm(pid, comm, sizeof(comm));
	str_addf(&s, "process %d (", pid);
	str_add_visible(&s, comm);
	str_addf(&s, ") comes near, but %s", missing);
	return s.p;
}

const char *goal_process(const struct goal_look *look, const struct strv *w)
{
	autoclose int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(proc);
	const char *name, *best = "it is not there";
	size_t most = 0, n;
	int nearest = 0;

	while (proc >= 0 && (name = io_dir_next(&d))) {
		int pid = atoi(name);
		const char *missing;

		if (pid <= 1 || pid == getpid())
			continue;
		if (!(missing = lacks(look, pid, w, &n)))
			return NULL;
		if (n >= most) {
			best = missing;
			nearest = n > most ? pid : nearest;
			most = n;
		}
	}
	return tell(look, nearest, best);
}
