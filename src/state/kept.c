/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/state_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/upper.h"
#include "kernel/process/userns.h"
#include "state/state.h"

enum { ID_LEN = 64 };

/* What another may write, another may lie in, as of the state directory. */
static bool is_ours(int fd)
{
	struct stat s;

	return fstat(fd, &s) == 0 && s.st_uid == geteuid() && !(s.st_mode & 022);
}

int kept_open(struct state *st, bool make)
{
	char path[PATH_MAX];
	int r;

	if (st->kept >= 0)
		return 0;
	if (snprintf(path, sizeof(path), "%s/containers", st->data) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (make && (r = io_mkdirs(AT_FDCWD, path, 0700)) < 0)
		return r;
	st->kept = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (st->kept < 0)
		return -errno;
	if (is_ours(st->kept) && upper_is_possible(st->kept, geteuid() != 0 || userns_inside()))
		return 0;
	fd_close(&st->kept);
	return -EPERM;
}

int kept_link(struct state *st, const char *id)
{
	char to[PATH_MAX];

	if (snprintf(to, sizeof(to), "%s/containers/%s", st->data, id) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	return symlinkat(to, st->containers, id) < 0 ? -errno : 0;
}

/* A name that another has taken meanwhile is that one's. */
static void restore_name(struct state *st, const char *id)
{
	char path[ID_LEN + 8], name[256], link[264];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/name", id);
	n = readlinkat(st->kept, path, name, sizeof(name) - 1);
	if (n <= 0 || memchr(name, '/', (size_t)n))
		return;
	name[n] = '\0';
	snprintf(link, sizeof(link), "names/%s", name);
	if (symlinkat(id, st->fd, link) < 0)
		return;
}

void kept_restore(struct state *st)
{
	if (str_eq(st->data, st->path) || kept_open(st, false) < 0)
		return;
	struct io_dir d = IO_DIR(st->kept);

	if (lseek(st->kept, 0, SEEK_SET) < 0)
		return;
	for (const char *id; (id = io_dir_next(&d));)
		if (strspn(id, "0123456789abcdef") == ID_LEN && !id[ID_LEN] && kept_link(st, id) == 0)
			restore_name(st, id);
}

/* The link last: by it whoever finds this half done does it again. */
int kept_remove(struct state *st, const char *id)
{
	int r = kept_open(st, false);

	if (r == 0)
		r = io_remove_tree(st->kept, id);
	if (r == 0 && unlinkat(st->containers, id, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}
