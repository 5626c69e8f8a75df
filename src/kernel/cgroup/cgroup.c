/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/mark.h"

int cgroup_parent_check(const char *parent, struct err *e)
{
	const char *p = parent + (*parent == '/');

	for (size_t n;; p += n + 1) {
		n = strcspn(p, "/");
		if (n == 0 || n > NAME_MAX)
			return err_set(e, "bad-cgroup-parent", EINVAL, "use cgroup parent %s", parent),
			       err_cause(e, "a part of its path is %s", n ? "too long" : "empty");
		if (p[0] == '.' && (n == 1 || (n == 2 && p[1] == '.')))
			return err_set(e, "bad-cgroup-parent", EINVAL, "use cgroup parent %s", parent),
			       err_cause(e, "\"%.*s\" in its path could lead out of the hierarchy", (int)n,
					 p);
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)p[i] < ' ' || p[i] == 127)
				return err_set(e, "bad-cgroup-parent", EINVAL, "use cgroup parent %s",
					       parent),
				       err_cause(e, "it has a control character");
		if (!p[n])
			return 0;
	}
}

const char *cgroup_path(struct arena *a, const char *base, const char *parent, const char *name)
{
	parent += *parent == '/';
	return arena_printf(a, "%s/%s%s%s", base, parent, *parent ? "/" : "", name);
}

const char *cgroup_dir(struct arena *a, const struct cgroup_layout *l, enum cgroup_controller c,
		       const char *parent, const char *id)
{
	return l->at[c].base ? cgroup_path(a, l->at[c].base, parent, id) : NULL;
}

const char *cgroup_home(struct arena *a, const struct cgroup_layout *l, const char *parent, const char *id)
{
	const char *base = l->v2 ?: l->v1_home;

	return base ? cgroup_path(a, base, parent, id) : NULL;
}

static bool is_cgroup(const struct statfs *fs)
{
	return fs->f_type == CGROUP2_SUPER_MAGIC || fs->f_type == CGROUP_SUPER_MAGIC;
}

/* The directory that dir lies in. */
static const char *parent_of(const char *dir, char buf[PATH_MAX])
{
	const char *slash = strrchr(dir, '/');
	size_t n = slash && slash > dir ? (size_t)(slash - dir) : 0;

	if (n == 0 || n >= PATH_MAX)
		return NULL;
	memcpy(buf, dir, n);
	buf[n] = '\0';
	return buf;
}

/* Make what is missing above dir. Never outside a cgroup file system: where a hierarchy is not mounted, its
 * mount point may be a plain directory of a tmpfs, where limits would have no effect. */
static int parents_make(const char *dir)
{
	char buf[PATH_MAX];
	const char *parent = parent_of(dir, buf);
	struct statfs fs;
	int r;

	if (!parent)
		return -ENOENT;
	if (statfs(parent, &fs) == 0)
		return is_cgroup(&fs) ? 0 : -ENODEV;
	if (errno != ENOENT)
		return -errno;
	if ((r = parents_make(parent)) < 0)
		return r;
	if (mkdir(parent, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	cgroup_mark_parent(parent);
	return 0;
}

static int make(const char *dir, bool existing, struct err *e)
{
	int no = ENOENT;

	/* Another guise may remove the parent, empty as it is, before we have made our cgroup in it. */
	for (int tries = 0; no == ENOENT && tries < 16; tries++) {
		if (mkdir(dir, 0755) == 0)
			return 0;
		no = errno;
		if (no == ENOENT && (no = -parents_make(dir)) == 0)
			no = ENOENT;
	}
	if (no == EEXIST && existing)
		return 1;
	err_set(e, no == EEXIST ? "cgroup-exists" : "cgroup-make", no, "make cgroup %s", dir);
	if (no == ENODEV)
		return err_cause(e, "no cgroup hierarchy is mounted there");
	if (no == EACCES || no == EPERM || no == EROFS)
		return err_hint(e, "be root, or start in a cgroup delegated to you: "
				   "systemd-run --user --scope -p Delegate=yes guise ...");
	if (no == EAGAIN)
		return err_hint(
			e, "a cgroup above it has reached its cgroup.max.descendants or cgroup.max.depth");
	return -no;
}

int cgroup_make(const char *dir, struct err *e)
{
	return make(dir, false, e);
}

int cgroup_ensure(const char *dir, struct err *e)
{
	return make(dir, true, e);
}

int cgroup_set(const char *dir, const char *file, const char *value, struct err *e)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : io_write_small(fd, file, value);

	if (r == 0)
		return 0;
	err_set(e, "cgroup-set", -r, "write %s to %s/%s", value, dir, file);
	if (r == -ENOENT && fd >= 0)
		return err_cause(e, "the kernel, or the controller as it is enabled here, has no such file");
	if (r == -EINVAL || r == -ERANGE)
		return err_cause(e, "the kernel refuses this value");
	if (r == -EBUSY && strstr(file, "limit_in_bytes"))
		return err_cause(e, "more memory than that is in use already");
	return r;
}

int cgroup_open(const char *dir, struct err *e)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : err_set(e, "cgroup-open", errno, "open cgroup %s", dir);
}

static int move(const char *dir, const char *file, pid_t pid, struct err *e)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", pid);
	r = fd < 0 ? -errno : io_write_small(fd, file, text);
	if (r == 0)
		return 0;
	err_set(e, "cgroup-join", -r, "move process %d into cgroup %s", pid ?: getpid(), dir);
	if (r == -ENOSPC)
		return err_cause(e, "its cpuset.cpus or cpuset.mems is empty");
	if (r == -EBUSY)
		return err_cause(
			e, "it has controllers enabled for the cgroups below it, so it can hold no process");
	return r;
}

int cgroup_join(const char *dir, pid_t pid, struct err *e)
{
	return move(dir, "cgroup.procs", pid, e);
}

/* "max", and what is not there, is 0. */
static long long read_count(const char *dir, const char *file)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[32];

	return fd >= 0 && io_read_small(fd, file, text, sizeof(text)) > 0 ? strtoll(text, NULL, 10) : 0;
}

bool cgroup_lets_none_fork(const char *dir)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[32];

	return fd >= 0 && io_read_small(fd, "pids.max", text, sizeof(text)) > 0 && str_eq(text, "0");
}

int cgroup_no_fork(struct err *e)
{
	err_set(e, "pids-limit", EAGAIN, "start one more process in the container");
	err_cause(e, "a limit on the number of processes is reached");
	return err_hint(
		e, "give it more (--pids-limit, pids.max of a cgroup above, ulimit nproc), or let some end");
}

int cgroup_check_pids(const char *dir, struct err *e)
{
	char buf[2][PATH_MAX];

	/* the root of the hierarchy has no such files */
	for (int i = 0; dir && read_count(dir, "pids.current") > 0; dir = parent_of(dir, buf[i]), i = !i) {
		long long max = read_count(dir, "pids.max");

		if (max > 0 && read_count(dir, "pids.current") > max) {
			cgroup_no_fork(e);
			return err_cause(e, "the limit of %lld in cgroup %s is reached", max, dir);
		}
	}
	return 0;
}

int cgroup_enter(const char *dir, struct err *e)
{
	return move(dir, "tasks", 0, e);
}

bool cgroup_is_frozen(const char *dir)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[256];

	/* v2's cgroup.freeze is what was asked of this cgroup; its cgroup.events is the state, also by a
	 * cgroup above */
	if (fd < 0)
		return false;
	if (io_read_small(fd, "cgroup.events", text, sizeof(text)) > 0 && strstr(text, "frozen 1"))
		return true;
	if (io_read_small(fd, "cgroup.freeze", text, sizeof(text)) > 0)
		return text[0] == '1';
	return io_read_small(fd, "freezer.state", text, sizeof(text)) > 0 && !str_eq(text, "THAWED");
}

bool cgroup_patience(struct cgroup_patience *p)
{
	unsigned step = p->step_us < p->left_us ? p->step_us : p->left_us;

	if (!step)
		return false;
	usleep(step);
	p->left_us -= step;
	if (p->step_us < 32000)
		p->step_us *= 2;
	return true;
}

/* Append the pids of one cgroup.procs. A pid may be cut in two by the end of a read. */
static int procs_read(struct arena *a, int dir, pid_t **pids, size_t *count)
{
	autoclose int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char buf[4096];
	pid_t pid = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n; p++) {
			if (*p >= '0' && *p <= '9') {
				pid = pid * 10 + (*p - '0');
			} else if (pid) {
				arena_push(a, *pids, *count, pid);
				pid = 0;
			}
		}
	}
	/* A threaded cgroup refuses; its processes are listed in the cgroup that is their domain. */
	return n < 0 && errno != EOPNOTSUPP ? -errno : 0;
}

/* The depth is bounded for our own stack; nobody comes this deep by accident. */
static int tree_read(struct arena *a, int dir, unsigned depth, pid_t **pids, size_t *count)
{
	int r = procs_read(a, dir, pids, count), list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = list < 0 ? NULL : fdopendir(list);

	if (!d) {
		fd_close(&list);
		return r;
	}
	for (struct dirent *ent; r >= 0 && depth > 0 && (ent = readdir(d));) {
		if (ent->d_type != DT_DIR || ent->d_name[0] == '.')
			continue;
		autoclose int sub = openat(dir, ent->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			r = tree_read(a, sub, depth - 1, pids, count);
	}
	closedir(d);
	return r;
}

int cgroup_pids(struct arena *a, const char *dir, pid_t **pids, size_t *n)
{
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	*pids = NULL;
	*n = 0;
	r = fd < 0 ? -errno : tree_read(a, fd, 128, pids, n);
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

/* Remove the children of dir, until one cannot be removed: returns 1 then, and its name. 0: none is left. */
static int children_remove(int dir, char name[NAME_MAX + 1], bool *removed)
{
	int list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), stuck = 0;
	DIR *d = list < 0 ? NULL : fdopendir(list);

	if (!d) {
		fd_close(&list);
		return -errno;
	}
	for (struct dirent *ent; !stuck && (ent = readdir(d));) {
		if (ent->d_type != DT_DIR || ent->d_name[0] == '.')
			continue;
		if (unlinkat(dir, ent->d_name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
			strcpy(name, ent->d_name);
			stuck = 1;
		} else {
			*removed = true;
		}
	}
	closedir(d);
	return stuck;
}

/* Remove all below dir, deepest first, with one descriptor whatever the depth: a container may have
 * nested its cgroups thousands deep. */
static int tree_remove(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = fd < 0 ? -errno : 0, next;
	unsigned depth = 0;
	bool down = false, removed = false;
	char name[NAME_MAX + 1];

	while (r >= 0 && (r = children_remove(fd, name, &removed)) >= 0 && (r || depth)) {
		/* We came down because it could not be removed. It had no children, so it has processes. */
		if (r == 0 && down && !removed) {
			r = -EBUSY;
			break;
		}
		down = r;
		removed = false;
		depth += down ? 1 : -1;
		next = openat(fd, down ? name : "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			r = -errno;
		fd_close(&fd);
		fd = next;
	}
	fd_close(&fd);
	return r;
}

/* Remove the empty parents that guise made. One has no mark if guise was killed just after it had made it. */
static void parents_remove(const char *dir, const char *topmost)
{
	char buf[2][PATH_MAX];
	const char *path = dir;

	for (int i = 0; (path = parent_of(path, buf[i])); i = !i)
		if ((!(topmost && str_after(path, topmost)) && !cgroup_is_parent(path)) || rmdir(path) < 0)
			return;
}

int cgroup_remove(const char *dir, const char *topmost, unsigned timeout_ms, struct err *e)
{
	struct cgroup_patience p = CGROUP_PATIENCE(timeout_ms);

	while (rmdir(dir) < 0 && errno != ENOENT) {
		if (errno != EBUSY)
			return err_set(e, "cgroup-remove", errno, "remove cgroup %s", dir);
		if (tree_remove(dir) == 0 && rmdir(dir) == 0)
			break;
		if (!cgroup_patience(&p))
			return err_set(e, "cgroup-busy", EBUSY, "remove cgroup %s", dir),
			       err_cause(e, "processes are still in it"),
			       err_hint(e, "see %s/cgroup.procs", dir);
	}
	parents_remove(dir, topmost);
	return 0;
}
