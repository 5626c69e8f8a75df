/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/save_to.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"

/* A pipe, a device, or what a link leads to. */
static int save_into(const struct save *s, const char *path, struct err *e)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd < 0 ? err_set(e, "file", errno, "write %s", path) : save_archive(s, fd, e);
}

/* A file beside the old one, whose the old one is, and for the same eyes; where that can't be had, -errno. */
static int open_beside(const char *beside, const struct stat *old)
{
	autoclose int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				old ? 0600 : 0644);

	if (fd < 0)
		return -errno;
	if (!old || (fchown(fd, old->st_uid, old->st_gid) == 0 && fchmod(fd, old->st_mode & 07777) == 0))
		return take_fd(&fd);
	unlink(beside);
	return -EPERM;
}

/* Beside it first: what was there stays until the new one is whole, and half an archive is none. */
static int save_to_file(const struct save *s, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *beside = arena_printf(s->arena, "%.*s.guise-save-%d", slash ? (int)(slash + 1 - path) : 0,
					  path, getpid());
	struct stat old;
	bool is_there = lstat(path, &old) == 0;
	int r;

	if (is_there && !S_ISREG(old.st_mode))
		return save_into(s, path, e);
	autoclose int fd = open_beside(beside, is_there ? &old : NULL);
	if (is_there &&
	    (fd == -EACCES || fd == -EPERM)) /* somebody else's, which may be written all the same */
		return save_into(s, path, e);
	if (fd < 0)
		return err_set(e, "file", -fd, "write %s", path);
	r = save_archive(s, fd, e);
	if (r == 0 && rename(beside, path) < 0)
		r = err_set(e, "file", errno, "write %s", path);
	if (r < 0)
		unlink(beside);
	return r;
}

static int save_to_directory(const struct save *s, const char *path, struct err *e)
{
	bool made = mkdir(path, 0755) == 0;
	autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	int r;

	if (dir < 0)
		return err_set(e, "file", errno, "make the directory %s", path);
	if (!made && io_dir_next(&d))
		return err_set(e, "file", ENOTEMPTY, "write to the directory %s", path),
		       err_hint(e, "name one that is not there yet");
	r = save_directory(s, dir, e);
	if (r < 0 && made)
		io_remove_tree(AT_FDCWD, path);
	return r;
}

int save_to(const struct save *s, const char *path, struct err *e)
{
	bool directory = s->transport == TRANSPORT_OCI || s->transport == TRANSPORT_DIR;

	if (s->transport == TRANSPORT_DIR && s->n > 1)
		return err_set(e, "save-many", EINVAL, "save %zu images", s->n),
		       err_cause(e, "this format holds one"), err_hint(e, "--format oci-dir holds several");
	if (directory && !path)
		return err_set(e, "save-directory", EINVAL, "save to standard output"),
		       err_cause(e, "this format is a directory"), err_hint(e, "--output names it");
	if (directory)
		return save_to_directory(s, path, e);
	if (path)
		return save_to_file(s, path, e);
	if (isatty(STDOUT_FILENO))
		return err_set(e, "terminal", EINVAL, "write an archive to a terminal"),
		       err_hint(e, "redirect it, or use --output FILE");
	return save_archive(s, STDOUT_FILENO, e);
}
