/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/archive/archive.h"

static int failed(const char *name, const char *what, struct err *e)
{
	int no = errno;

	err_set(e, "copy-write", no, "%s %s", what, name);
	err_hint_for(e, ENOTEMPTY, "remove it first");
	err_hint_for(e, EINVAL,
		     "its owner may be none of the ids that there are here: /etc/subuid and /etc/subgid give more");
	return err_hint_for(e, EBUSY,
			    "something is mounted there: write into it with guise exec -i NAME tee");
}

/* What is of the owners: the archive's, with -a. Else in a container root's, on the host their who makes them. */
static int set_owner(const struct side *s, struct archive_entry *entry, int fd, const char *name, int flags)
{
	uid_t uid = s->keep && !s->single ? (uid_t)archive_entry_uid(entry) : 0;
	gid_t gid = s->keep && !s->single ? (gid_t)archive_entry_gid(entry) : 0;

	if (!s->keep && (!s->container || geteuid() != 0))
		return 0;
	return fchownat(fd, name, uid, gid, flags);
}

/* Somebody else's program becomes on the host nobody's that runs with more rights: its owner would be whoever copied. */
static mode_t mode_of(const struct side *s, mode_t mode)
{
	return mode & (s->container || s->keep ? 07777 : 01777);
}

/* Of a layer all but what means something to overlayfs, or to the machine's own labels. */
static bool is_wanted(const struct side *s, const char *name)
{
	if (str_after(name, "user.overlay."))
		return false;
	return str_after(name, "user.") || (str_eq(name, "security.capability") && (s->container || s->keep));
}

/* A file system may have none of them; then they are lost, as with cp(1). */
static int set_xattrs(const struct side *s, struct archive_entry *entry, int fd)
{
	const char *name;
	const void *value;
	size_t len;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &len) == ARCHIVE_OK)
		if (is_wanted(s, name) && fsetxattr(fd, name, value, len, 0) < 0 && errno != EOPNOTSUPP &&
		    errno != EPERM)
			return -1;
	return 0;
}

static void times_of(struct archive_entry *entry, struct timespec t[2])
{
	t[0] = (struct timespec){ .tv_nsec = UTIME_NOW };
	t[1] = archive_entry_mtime_is_set(entry) ?
		       (struct timespec){ archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) } :
		       (struct timespec){ .tv_nsec = UTIME_NOW };
}

/* ---- the kinds ---- */

/* What is in the way is no directory, or stays. */
static int make_room(int dir, const char *name, struct err *e)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR)
		return failed(name, "replace", e),
		       err_cause(e, "a directory can't be replaced by what is none"),
		       err_hint(e, "remove it first");
	return failed(name, "replace", e);
}

static int write_all(int fd, const char *data, size_t len, off_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n < 0 && errno != EINTR)
			return -1;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
		at += n > 0 ? n : 0;
	}
	return 0;
}

/* Block by block, each where it belongs: what lies between them stays a hole. */
static int write_content(const struct side *s, struct archive *a, int fd, const char *name, int64_t size,
			 struct err *e)
{
	const void *data;
	size_t len;
	la_int64_t at;
	int r;

	while ((r = archive_read_data_block(a, &data, &len, &at)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		if (limit_bytes(a, s->limits, e) < 0)
			return -e->no;
		if (write_all(fd, data, len, at) < 0)
			return failed(name, "write", e);
	}
	if (r != ARCHIVE_EOF)
		return archive_failed(a, "read the archive", e);
	return ftruncate(fd, size) < 0 ? failed(name, "write", e) : 0;
}

static int write_file(const struct side *s, struct archive *a, struct archive_entry *entry, int dir,
		      const char *name, struct err *e)
{
	struct timespec t[2];
	int r = make_room(dir, name, e);

	if (r < 0)
		return r;
	autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(name, "make", e);
	if ((r = write_content(s, a, fd, name, archive_entry_size(entry), e)) < 0)
		return r;
	times_of(entry, t);
	/* the owner first: to change them takes the set-user-id bits and capabilities away */
	if (set_owner(s, entry, fd, "", AT_EMPTY_PATH) < 0 || set_xattrs(s, entry, fd) < 0 ||
	    fchmod(fd, mode_of(s, archive_entry_perm(entry))) < 0 || futimens(fd, t) < 0)
		return failed(name, "write", e);
	return 0;
}

static int write_dir(const struct side *s, struct archive_entry *entry, int dir, const char *name,
		     struct err *e)
{
	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return failed(name, "make", e);
	autoclose int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return failed(name, "replace", e),
		       err_cause(e, "what is no directory can't be replaced by one"),
		       err_hint(e, "remove it first");
	if (fd < 0 || set_owner(s, entry, fd, "", AT_EMPTY_PATH) < 0 || set_xattrs(s, entry, fd) < 0)
		return failed(name, "write", e);
	return 0;
}

static int write_link(const struct side *s, struct archive_entry *entry, int dir, const char *name,
		      struct err *e)
{
	const char *to = archive_entry_symlink(entry);
	struct timespec t[2];
	int r = make_room(dir, name, e);

	if (r < 0)
		return r;
	times_of(entry, t);
	if (!to)
		errno = EILSEQ;
	if (!to || symlinkat(to, dir, name) < 0 || set_owner(s, entry, dir, name, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(dir, name, t, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(name, "make", e);
	return 0;
}

static int write_fifo(const struct side *s, struct archive_entry *entry, int dir, const char *name,
		      struct err *e)
{
	struct timespec t[2];
	int r = make_room(dir, name, e);

	if (r < 0)
		return r;
	times_of(entry, t);
	/* the umask is 0 */
	if (mkfifoat(dir, name, archive_entry_perm(entry) & 0777) < 0 ||
	    set_owner(s, entry, dir, name, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(dir, name, t, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(name, "make", e);
	return 0;
}

/* 0,0 is what hides something in an overlay. */
static int write_device(struct side *s, struct archive_entry *entry, int dir, const char *name, struct err *e)
{
	mode_t mode = archive_entry_filetype(entry) | archive_entry_perm(entry);
	struct timespec t[2];
	int r = make_room(dir, name, e);

	if (r < 0)
		return r;
	times_of(entry, t);
	if (archive_entry_rdev(entry) == 0)
		return 0;
	if (mknodat(dir, name, mode, archive_entry_rdev(entry)) < 0 && errno == EPERM)
		return s->devices++, 0;
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ||
	    set_owner(s, entry, dir, name, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(dir, name, t, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(name, "make", e);
	return 0;
}

int write_entry(struct side *s, struct archive *a, struct archive_entry *entry, int dir, const char *name,
		struct err *e)
{
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return write_file(s, a, entry, dir, name, e);
	case AE_IFDIR:
		return write_dir(s, entry, dir, name, e);
	case AE_IFLNK:
		return write_link(s, entry, dir, name, e);
	case AE_IFIFO:
		return write_fifo(s, entry, dir, name, e);
	case AE_IFCHR:
	case AE_IFBLK:
		if (s->layer)
			return write_device(s, entry, dir, name, e);
		[[fallthrough]];
	default:
		/* it would open the machine's disks to whoever gets at it, or takes a capability that would */
		archive_note(archive_entry_pathname(entry), "it is a device, and none is made");
		return 0;
	}
}

int write_hard_link(int to_dir, const char *to_name, int dir, const char *name, struct err *e)
{
	struct stat to, there;
	int r;

	if (fstatat(to_dir, to_name, &to, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(to_name, "link to", e);
	if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && to.st_dev == there.st_dev &&
	    to.st_ino == there.st_ino)
		return 0;
	if ((r = make_room(dir, name, e)) < 0)
		return r;
	return linkat(to_dir, to_name, dir, name, 0) < 0 ? failed(name, "make", e) : 0;
}

int write_directory_end(const struct side *s, int dir, const char *name, const struct stat *st, struct err *e)
{
	const struct timespec t[2] = { { .tv_nsec = UTIME_NOW }, st->st_mtim };
	autoclose int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* whoever works there meanwhile may have taken it away */
	if (fd < 0)
		return 0;
	if (fchmod(fd, mode_of(s, st->st_mode)) < 0 || futimens(fd, t) < 0)
		return failed(name, "write", e);
	return 0;
}
