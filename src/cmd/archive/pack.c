/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "cmd/archive/archive.h"
#include "spec/copy.h"

enum {
	DEPTH_MAX = 2000, /* directories in each other: as many as a path has room for */
	BLOCK = 1 << 20,
	XATTRS_MAX = 64 * 1024,
};

struct packing {
	struct side *side;
	struct archive *out;
	struct archive_entry_linkresolver *links;
	struct archive_entry *entry;
	struct str path; /* of the entry, within the archive */
	char *block;
	unsigned depth;
};

static int failed(struct packing *k, int no, const char *what, struct err *e)
{
	return err_set(e, "copy-read", no, "%s %s", what, str_get(&k->path));
}

/* EPIPE: the other end has a reason of its own, and tells it. */
static int not_written(struct packing *k, struct err *e)
{
	int no = archive_errno(k->out);

	/* libarchive's words for what the kernel says are fewer than errno's */
	return no == EPIPE || no == ENOSPC || no == EIO || no == EDQUOT || no == EFBIG ?
		       err_set(e, "copy-write", no, "write the archive") :
		       archive_failed(k->out, "write the archive", e);
}

/* What of the extended attributes is a file's own, and not a security module's or an overlay's. */
static bool is_taken_along(const char *name)
{
	return str_after(name, "user.") || str_eq(name, "security.capability");
}

static void add_xattrs(struct packing *k, int fd)
{
	char names[XATTRS_MAX];
	ssize_t n = flistxattr(fd, names, sizeof(names));

	for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t len = is_taken_along(name) ? fgetxattr(fd, name, k->block, XATTRS_MAX) : -1;

		if (len >= 0)
			archive_entry_xattr_add_entry(k->entry, name, k->block, (size_t)len);
	}
}

/* Where the file has data, if it has holes. */
static void add_sparse(struct packing *k, int fd, const struct stat *st)
{
	off_t at = 0, end;

	if (st->st_blocks * 512 >= st->st_size)
		return;
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && at < st->st_size) {
		if ((end = lseek(fd, at, SEEK_HOLE)) < 0 || end > st->st_size)
			end = st->st_size;
		archive_entry_sparse_add_entry(k->entry, at, end - at);
		at = end;
	}
	/* nothing but a hole */
	if (archive_entry_sparse_count(k->entry) == 0)
		archive_entry_sparse_add_entry(k->entry, st->st_size, 0);
}

/* What is behind the end of a file that has become shorter meanwhile, or is a hole, are zeros. */
static int write_data(struct packing *k, int fd, off_t size, struct err *e)
{
	for (off_t at = 0; at < size;) {
		size_t want = size - at < BLOCK ? (size_t)(size - at) : BLOCK;
		ssize_t n = pread(fd, k->block, want, at);

		if (n < 0)
			return failed(k, errno, "read", e);
		if (n == 0) {
			memset(k->block, 0, want);
			n = (ssize_t)want;
		}
		if (archive_write_data(k->out, k->block, (size_t)n) < 0)
			return not_written(k, e);
		at += n;
	}
	return 0;
}

static int write_header(struct packing *k, struct err *e)
{
	/* a warning says that something of it can't be told, such as a time beyond all archives */
	return archive_write_header(k->out, k->entry) < ARCHIVE_WARN ? not_written(k, e) : 0;
}

/* To read what a descriptor of O_PATH is of, whatever has its name by now. */
static int reopen(struct packing *k, int fd, int flags)
{
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%d", fd);
	r = openat(k->side->self, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	return r < 0 ? -errno : r;
}

static void fill_entry(struct packing *k, const struct stat *st)
{
	archive_entry_clear(k->entry);
	archive_entry_copy_pathname(k->entry, str_get(&k->path));
	archive_entry_set_mode(k->entry, st->st_mode);
	archive_entry_set_uid(k->entry, st->st_uid);
	archive_entry_set_gid(k->entry, st->st_gid);
	archive_entry_set_mtime(k->entry, st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	archive_entry_set_size(k->entry, S_ISREG(st->st_mode) ? st->st_size : 0);
	archive_entry_set_dev(k->entry, st->st_dev);
	archive_entry_set_ino64(k->entry, (int64_t)st->st_ino);
	archive_entry_set_nlink(k->entry, (unsigned)st->st_nlink);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		archive_entry_set_rdev(k->entry, st->st_rdev);
}

static int pack_file(struct packing *k, int fd, const struct stat *st, struct err *e)
{
	struct archive_entry *none = NULL;
	autoclose int in = reopen(k, fd, 0);
	int r;

	if (in < 0)
		return failed(k, -in, "open", e);
	if (st->st_nlink > 1)
		archive_entry_linkify(k->links, &k->entry, &none);
	if (!archive_entry_hardlink(k->entry)) {
		add_xattrs(k, in);
		add_sparse(k, in, st);
	}
	r = write_header(k, e);
	return r < 0 || archive_entry_hardlink(k->entry) ? r : write_data(k, in, st->st_size, e);
}

static int pack_link(struct packing *k, int fd, struct err *e)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(fd, "", to, sizeof(to) - 1);

	if (n < 0)
		return failed(k, errno, "read the link", e);
	to[n] = '\0';
	archive_entry_copy_symlink(k->entry, to);
	return write_header(k, e);
}

/* A file system of the kernel's: what is in it is about the machine, and has no size. */
static bool is_kernel_s(int fd)
{
	static const long magic[] = { PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
				      CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC,
				      TRACEFS_MAGIC,       SECURITYFS_MAGIC,   BPF_FS_MAGIC };
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(magic); i++)
		if (st.f_type == magic[i])
			return true;
	return false;
}

static int pack_entry(struct packing *k, int dir, const char *name, struct err *e);

static int pack_below(struct packing *k, int fd, struct err *e)
{
	struct io_dir *d = malloc(sizeof(*d));
	size_t len = k->path.len;
	int r = 0;

	if (!d)
		return failed(k, ENOMEM, "read", e);
	*d = (struct io_dir)IO_DIR(fd);
	for (const char *name; r == 0 && (name = io_dir_next(d));) {
		str_addf(&k->path, len ? "/%s" : "%s", name);
		r = pack_entry(k, fd, name, e);
		k->path.p[k->path.len = len] = '\0';
	}
	if (r == 0 && d->error)
		r = failed(k, -d->error, "read", e);
	free(d);
	return r;
}

static int pack_dir(struct packing *k, int fd, struct err *e)
{
	autoclose int in = is_kernel_s(fd) ? -1 : reopen(k, fd, O_DIRECTORY);
	int r;

	if (in < 0 && !is_kernel_s(fd))
		return failed(k, -in, "open", e);
	if (in >= 0)
		add_xattrs(k, in);
	if ((r = write_header(k, e)) < 0 || in < 0 || k->side->listed)
		return r;
	if (k->depth++ == DEPTH_MAX)
		return failed(k, ELOOP, "read", e),
		       err_cause(e, "there are too many directories in each other");
	r = pack_below(k, in, e);
	k->depth--;
	return r;
}

static int pack_entry(struct packing *k, int dir, const char *name, struct err *e)
{
	autoclose int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	/* removed since the directory was read */
	if (fd < 0 && errno == ENOENT && k->depth)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return failed(k, errno, "open", e);
	fill_entry(k, &st);
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return pack_file(k, fd, &st, e);
	case S_IFDIR:
		return pack_dir(k, fd, e);
	case S_IFLNK:
		return pack_link(k, fd, e);
	case S_IFSOCK:
		archive_note(str_get(&k->path), "it is a socket, which no archive can hold");
		return 0;
	default:
		return write_header(k, e);
	}
}

static int pack_place(struct packing *k, struct err *e)
{
	const char *path = k->side->path;
	char base[NAME_MAX + 1];
	struct place p;
	int r = place_find(k->side->root, path, k->side->follow || copy_is_directory(path), &p, e);
	autoclose int dir = p.dir;

	if (r < 0)
		return r;
	str_add(&k->path, place_base(path, base));
	if (!p.exists)
		return err_set(e, "copy-path", ENOENT, "find %s", path);
	if (copy_is_directory(path) && !S_ISDIR(p.st.st_mode))
		return err_set(e, "copy-path", ENOTDIR, "find %s", path);
	autoclose int fd = openat(dir, p.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && is_kernel_s(fd))
		return err_set(e, "copy-kernel", EOPNOTSUPP, "copy %s", path),
		       err_cause(e, "what is there is no files, but what the kernel tells of the machine"),
		       err_hint(e, "read it with guise exec NAME cat");
	return pack_entry(k, dir, p.name, e);
}

/* All that is in the root, without an entry for itself, as docker export has it. */
static int pack_root(struct packing *k, struct err *e)
{
	autoclose int fd = openat(k->side->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	k->depth = 1;
	return fd < 0 ? err_set(e, "copy-read", errno, "open the root") : pack_below(k, fd, e);
}

/* ---- a layer ---- */

static int pack_whiteout(struct packing *k, const char *path, struct err *e)
{
	const struct stat nothing = { .st_mode = S_IFREG, .st_nlink = 1 };
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0;

	str_addf(&k->path, "%.*s.wh.%s", (int)dir, path, path + dir);
	fill_entry(k, &nothing);
	return write_header(k, e);
}

/* What a container that runs has removed since it was listed is left out. */
static int pack_listed(struct packing *k, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct place p;
	int r = place_find(k->side->root, path, false, &p, &(struct err){ 0 });
	autoclose int dir = p.dir;

	if (r < 0 || !p.exists || !path[1])
		return 0;
	if (str_after(slash ? slash + 1 : path, ".wh."))
		return archive_note(path, "in a layer a name like this hides another"), 0;
	str_add(&k->path, path + 1);
	return pack_entry(k, dir, p.name, e);
}

static int pack_changes(struct packing *k, struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	int r = 0;

	k->depth = 1;
	while (r == 0 && getdelim(&line, &room, '\0', stdin) > 2) {
		k->path.len = 0;
		r = *line == 'D' ? pack_whiteout(k, line + 2, e) : pack_listed(k, line + 1, e);
	}
	free(line);
	return r;
}

static int begin(struct packing *k, struct err *e)
{
	k->out = archive_write_new();
	k->links = archive_entry_linkresolver_new();
	k->entry = archive_entry_new();
	k->block = malloc(BLOCK);
	if (!k->out || !k->links || !k->entry || !k->block)
		return err_set(e, "archive", ENOMEM, "make an archive");
	archive_entry_linkresolver_set_strategy(k->links, ARCHIVE_FORMAT_TAR);
	/* whole blocks are for tapes */
	if (archive_write_set_format_pax(k->out) != ARCHIVE_OK ||
	    archive_write_set_options(k->out, "xattrheader=SCHILY") != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(k->out, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(k->out, STDOUT_FILENO) != ARCHIVE_OK)
		return archive_failed(k->out, "make an archive", e);
	return 0;
}

int pack(struct side *s, struct err *e)
{
	char first[16 * 1024];
	struct arena a = ARENA_INIT(first);
	struct packing k = { .side = s, .path = { .arena = &a } };
	int r = begin(&k, e);

	if (r == 0)
		r = s->listed ? pack_changes(&k, e) : s->alone ? pack_root(&k, e) : pack_place(&k, e);
	if (r == 0 && archive_write_close(k.out) != ARCHIVE_OK)
		r = not_written(&k, e);
	/* of one that failed nothing is freed, for that would write what makes it look whole */
	if (r < 0)
		return r;
	archive_write_free(k.out);
	archive_entry_linkresolver_free(k.links);
	archive_entry_free(k.entry);
	free(k.block);
	arena_free(&a);
	return 0;
}
