/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

enum { PATH_ROOM = 4096, LINKS_MAX = 40 /* as in the kernel: path_resolution(7) */ };

static int open_how(int root, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
				.mode = mode,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve };
	long fd;

	/* EAGAIN: something was renamed under a ".." lookup; the kernel could not tell and asks us to
	 * try again (openat2(2)). Bounded, so that an attacker who renames all day gets an error. */
	for (int i = 0; i < 64; i++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd >= 0 ? (int)fd : -errno;
}

int inroot_open(int root, const char *path, int flags)
{
	return open_how(root, path, flags, 0, 0);
}

/* The kernel does not find what path[start, end) names in dir. If it is a symbolic link, replace the name by
 * its text; an absolute text replaces all before it, too. -ENOENT: it is no link. */
static int follow_dangling(int dir, char path[PATH_ROOM], size_t start, size_t end)
{
	char name[PATH_ROOM], to[PATH_ROOM];
	size_t keep, rest = strlen(path + end);
	ssize_t n;

	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	n = readlinkat(dir, name, to, sizeof(to));
	if (n <= 0)
		return -ENOENT;
	keep = to[0] == '/' ? 0 : start;
	if (keep + (size_t)n + rest >= PATH_ROOM)
		return -ENAMETOOLONG;
	memmove(path + keep + n, path + end, rest + 1);
	memcpy(path + keep, to, (size_t)n);
	return 0;
}

/* Make the directories of path one by one, each below its parent's O_PATH descriptor as the kernel resolved
 * it. Those that exist are left alone. Where a link dangles, what it leads to is made: it begins anew, with
 * the link's text in the path. */
static int make_dirs(int root, const char *wanted, uint64_t resolve)
{
	char path[PATH_ROOM], upto[PATH_ROOM];
	size_t done = 0, links = 0;
	autoclose int dir = -1;

	if (strlen(wanted) >= sizeof(path))
		return -ENAMETOOLONG;
	strcpy(path, wanted);
	dir = open_how(root, "/", O_PATH | O_DIRECTORY, 0, 0);
	while (dir >= 0) {
		size_t start = done + strspn(path + done, "/"), end = start + strcspn(path + start, "/");
		int next, r;

		if (start == end)
			return take_fd(&dir);
		memcpy(upto, path, end);
		upto[end] = '\0';
		next = open_how(root, upto, O_PATH | O_DIRECTORY, 0, resolve);
		if (next == -ENOENT) {
			if (mkdirat(dir, upto + start, 0755) < 0 && errno != EEXIST)
				return -errno;
			next = open_how(root, upto, O_PATH | O_DIRECTORY, 0, resolve);
		}
		done = end;
		if (next == -ENOENT && links++ < LINKS_MAX) {
			if ((r = follow_dangling(dir, path, start, end)) < 0)
				return r;
			next = open_how(root, "/", O_PATH | O_DIRECTORY, 0, 0);
			done = 0;
		}
		if (next < 0)
			return next;
		close(dir);
		dir = next;
	}
	return dir;
}

int inroot_make_dir(int root, const char *path, bool real)
{
	uint64_t resolve = real ? RESOLVE_NO_SYMLINKS : 0;
	int fd = open_how(root, path, O_PATH | O_DIRECTORY, 0, resolve);

	return fd == -ENOENT ? make_dirs(root, path, resolve) : fd;
}

int inroot_parent(int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_ROOM];

	*name = slash ? slash + 1 : path;
	if (!**name)
		return -EISDIR;
	if (!slash || slash == path)
		return open_how(root, "/", O_PATH | O_DIRECTORY, 0, 0);
	if ((size_t)(slash - path) >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, slash - path);
	parent[slash - path] = '\0';
	return inroot_make_dir(root, parent, false);
}

/* One try. At a dangling link: -ENOENT, and path has the link's text in it. */
static int make_file(int root, char path[PATH_ROOM])
{
	const char *name;
	autoclose int dir = inroot_parent(root, path, &name);

	if (dir < 0)
		return dir;
	/* O_EXCL and O_NOFOLLOW: a link put here in the meantime is not followed */
	autoclose int made = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made < 0 && errno != EEXIST)
		return -errno;
	int fd = open_how(root, path, O_PATH, 0, 0), r;
	if (fd == -ENOENT && (r = follow_dangling(dir, path, (size_t)(name - path), strlen(path))) < 0)
		return r;
	return fd;
}

int inroot_make_file(int root, const char *wanted)
{
	char path[PATH_ROOM];
	int fd = open_how(root, wanted, O_PATH, 0, 0);

	if (fd != -ENOENT)
		return fd;
	if (strlen(wanted) >= sizeof(path))
		return -ENAMETOOLONG;
	strcpy(path, wanted);
	for (int i = 0; fd == -ENOENT && i <= LINKS_MAX; i++)
		fd = make_file(root, path);
	return fd;
}
