/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/home.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/process/userns.h"
#include "state/state_parts.h"

/* A user's runtime directory, as their sessions have it in the environment; cron, su and ssh without a
 * session don't. */
static const char *runtime_dir(struct arena *a)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct stat s;

	if (dir && *dir == '/')
		return dir;
	dir = arena_printf(a, "/run/user/%u", home_uid());
	return lstat(dir, &s) == 0 && S_ISDIR(s.st_mode) && s.st_uid == geteuid() ? dir : NULL;
}

/* root of a user namespace is a user too, whose /run is another's, but only a user's runtime directory is
 * given */
static bool is_machines_root(void)
{
	return home_uid() == 0 && (!getenv("XDG_RUNTIME_DIR") || !userns_inside());
}

static const char *default_path(struct arena *a, const char *program)
{
	const char *dir;

	if (is_machines_root())
		return arena_printf(a, "/run/%s", program);
	dir = runtime_dir(a);
	return dir ? arena_printf(a, "%s/%s", dir, program) :
		     arena_printf(a, "/tmp/%s-%u", program, home_uid());
}

/* Where what is to outlive the boot is, without --root. */
static const char *default_data(struct arena *a, const struct state *st, const char *program)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (is_machines_root())
		return arena_printf(a, "/var/lib/%s", program);
	if (data && *data == '/')
		return arena_printf(a, "%s/%s", data, program);
	return home && *home == '/' ? arena_printf(a, "%s/.local/share/%s", home, program) : st->path;
}

static int chosen_path(struct state *st, struct arena *a, const char *path, struct err *e)
{
	char real[PATH_MAX], here[PATH_MAX];

	if (realpath(path, real))
		st->path = arena_strdup(a, real);
	else if (*path == '/')
		st->path = path;
	else if (getcwd(here, sizeof(here)))
		st->path = arena_printf(a, "%s/%s", here, path);
	else
		return err_set(e, "state", errno, "find the state directory %s", path),
		       err_hint(e, "the working directory was removed: name it by an absolute path");
	return 0;
}

/* What another user may write, another user may lie in: pids to kill, plans to undo. In /tmp anybody may
 * have made it, or a link in its place. */
static int check_owner(const struct state *st, struct err *e)
{
	struct stat s;

	if (fstat(st->fd, &s) < 0)
		return err_set(e, "state", errno, "look at the state directory %s", st->path);
	if (s.st_uid == geteuid() && !(s.st_mode & 022))
		return 0;
	err_set(e, "state", EPERM, "use the state directory %s", st->path);
	if (s.st_uid == geteuid())
		return err_cause(e, "others may write to it"),
		       err_hint(e, "remove it, or name another with --root DIR");
	return err_cause(e, "it belongs to user %u, and this is user %u", s.st_uid, geteuid()),
	       err_hint(e, "name another with --root DIR, or set XDG_RUNTIME_DIR to a directory of your own");
}

static int open_state(struct state *st, bool chosen)
{
	st->fd = open(st->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (chosen ? 0 : O_NOFOLLOW));
	return st->fd < 0 ? -errno : 0;
}

/* The last tells that all is there, also the links to what is kept. */
static const char *const below[] = { "names", "net", "ids", "containers", "mnt" };

/* Somebody may have removed one of them. */
static bool has_below(const struct state *st)
{
	for (size_t i = 0; i < ARRAY_LEN(below); i++)
		if (faccessat(st->fd, below[i], F_OK, 0) < 0)
			return false;
	return true;
}

static int open_containers(struct state *st, struct err *e)
{
	st->containers = openat(st->fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return st->containers < 0 ? err_set(e, "state", errno, "open %s/containers", st->path) : 0;
}

static int make_below(struct state *st, struct err *e)
{
	int r;

	for (size_t i = 0; i < ARRAY_LEN(below); i++) {
		bool is_last = i == ARRAY_LEN(below) - 1;

		if (is_last && (r = open_containers(st, e)) < 0)
			return r;
		if (is_last)
			kept_restore(st);
		if (mkdirat(st->fd, below[i], 0700) < 0 && errno != EEXIST)
			return err_set(e, "state", errno, "make %s/%s", st->path, below[i]);
		/* all but containers' roots is nobody else's business; those are mounted by the root of a
		 * user namespace too, who is somebody else here, and must get there */
		if (str_eq(below[i], "mnt") && fchmodat(st->fd, below[i], 0755, 0) < 0)
			return err_set(e, "state", errno, "open %s/mnt to user namespaces", st->path);
	}
	return 0;
}

/* -ENOENT, without an error, if it is not there. */
static int find_state(struct state *st, struct arena *a, const char *program, const char *path, struct err *e)
{
	int r;

	*st = (struct state){ .path = path ? NULL : default_path(a, program),
			      .flag = "",
			      .fd = -1,
			      .containers = -1,
			      .kept = -1 };
	if (path && (r = chosen_path(st, a, path, e)) < 0)
		return r;
	st->data = path ? st->path : default_data(a, st, program);
	if (path)
		st->flag = arena_printf(a, "--root %s ", st->path);
	if ((r = open_state(st, path)) == -ENOENT)
		return r;
	if (r < 0)
		return err_set(e, "state", -r, "open the state directory %s", st->path),
		       err_hint(e, "name another with --root DIR");
	return check_owner(st, e);
}

int state_find(struct state *st, struct arena *a, const char *program, const char *path, struct err *e)
{
	int r = find_state(st, a, program, path, e);

	if (r == -ENOENT && !e->no)
		return err_set(e, "state-missing", ENOENT, "find the state directory %s", st->path);
	return r < 0 ? r : open_containers(st, e);
}

int state_open(struct state *st, struct arena *a, const char *program, const char *path, struct err *e)
{
	int r = find_state(st, a, program, path, e);

	if (r == -ENOENT && !e->no) {
		if ((r = io_mkdirs(AT_FDCWD, st->path, 0711)) < 0 || (r = open_state(st, path)) < 0)
			return err_set(e, "state", -r, "make the state directory %s", st->path),
			       err_hint(e, "name another with --root DIR");
		r = check_owner(st, e);
	}
	if (r < 0 || (!has_below(st) && (r = make_below(st, e)) < 0))
		return r;
	return st->containers < 0 ? open_containers(st, e) : 0;
}

int state_open_dir(const struct state *st, const char *name, bool make, int lock, struct err *e)
{
	char path[PATH_MAX];
	autoclose int fd = -1;
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", st->data, name) >= (int)sizeof(path))
		return err_set(e, "state", ENAMETOOLONG, "open %s/%s", st->data, name);
	if (make && (r = io_mkdirs(AT_FDCWD, path, 0700)) < 0)
		return err_set(e, "state", -r, "make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !make)
		return -ENOENT;
	if (fd < 0)
		return err_set(e, "state", errno, "open %s", path);
	while (lock && flock(fd, lock) < 0)
		if (errno != EINTR)
			return err_set(e, "state", errno, "lock %s", path);
	return take_fd(&fd);
}
