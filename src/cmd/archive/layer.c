/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/archive/layer.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "cmd/archive/layer_name.h"
#include "kernel/fs/inroot.h"
#include "spec/spec.h"

/* A directory's mode and times to be, set when all is in it. */
struct directory {
	const char *path;
	struct stat st;
};

struct layering {
	struct side *side;
	struct arena *arena, *scratch; /* of what lasts, and of one entry */
	struct layer_stream *stream;
	struct archive *tar;
	bool first; /* there is nothing below */
	const struct layer_limits *limits;
	struct layer_report *report;
	struct directory *dirs;
	size_t n_dirs;
};

/* ---- names ---- */

/* The directory of a path, made where it is missing; *name: in it. A link in the way is followed inside the root, as one
 * that the layer below has for a directory that moved. */
static int open_parent(struct layering *l, const char *path, const char **name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	int fd = inroot_make_dir(l->side->root,
				 arena_strndup(l->scratch, path, slash ? (size_t)(slash - path) : 0), false);

	*name = slash ? slash + 1 : path;
	return fd < 0 ? err_set(e, "copy-write", -fd, "open the directory of %s", path) : fd;
}

/* Whatever it is: 0 or -errno. */
static int remove_any(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? io_remove_tree(dir, name) : -errno;
}

/* ---- whiteouts ---- */

/* Did it come with this layer? (What hides something is a device 0,0 there: overlayfs.) */
static bool is_of_this_layer(const struct layering *l, const char *path, struct stat *st)
{
	autoclose int fd = l->first ? -1 : inroot_open(ARCHIVE_UPPER, path, O_PATH | O_NOFOLLOW);

	return l->first || (fd >= 0 && fstat(fd, st) == 0 && !(S_ISCHR(st->st_mode) && st->st_rdev == 0));
}

static int hide(struct layering *l, int dir, const char *name, const char *path, struct err *e);

/* All that a directory has of the layers below. */
static int hide_below(struct layering *l, const char *path, struct err *e)
{
	autoclose int dir = inroot_open(l->side->root, *path ? path : ".", O_RDONLY | O_DIRECTORY);
	struct io_dir d = IO_DIR(dir);
	struct strv names = { 0 };
	int r = 0;

	if (l->first || dir < 0)
		return 0;
	/* what is removed while it is listed may be listed or not (readdir(3)) */
	for (const char *name; (name = io_dir_next(&d));)
		strv_push(l->scratch, &names, arena_strdup(l->scratch, name));
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = hide(l, dir, names.v[i],
			 arena_printf(l->scratch, "%s%s%s", path, *path ? "/" : "", names.v[i]), e);
	return r;
}

static int hide(struct layering *l, int dir, const char *name, const char *path, struct err *e)
{
	struct stat st = { 0 };
	int r;

	if (is_of_this_layer(l, path, &st))
		return S_ISDIR(st.st_mode) ? hide_below(l, path, e) : 0;
	r = remove_any(dir, name);
	return r < 0 ? err_set(e, "copy-write", -r, "hide %s", path) : 0;
}

/* One of them; 0 where the entry is none. */
static int take_whiteout(struct layering *l, int dir, const char *name, const char *path, struct err *e)
{
	const char *parent = arena_strndup(l->scratch, path, (size_t)(name - path)), *hidden;
	int r = 0;

	switch (layer_name_hides(name, &hidden)) {
	case HIDES_NOTHING:
		return 0;
	case HIDES_PASSED_OVER:
		return 1;
	case HIDES_BAD:
		r = layer_name_bad(path, "it hides nothing that can be", e);
		break;
	case HIDES_ALL:
		r = hide_below(l, arena_strndup(l->scratch, parent, *parent ? strlen(parent) - 1 : 0), e);
		break;
	case HIDES_ONE:
		r = hide(l, dir, hidden, arena_printf(l->scratch, "%s%s", parent, hidden), e);
	}
	return r < 0 ? r : 1;
}

/* ---- entries ---- */

/* What lies there of before is replaced, but a directory by a directory. */
static int clear_way(int dir, const char *name, bool for_directory, struct err *e)
{
	struct stat st;
	int r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode) == for_directory)
		return 0;
	r = remove_any(dir, name);
	return r < 0 ? err_set(e, "copy-write", -r, "replace %s", name) : 0;
}

/* A hole costs nothing here, but does whoever reads the file. */
static void count_size(struct layering *l, int64_t size)
{
	if (__builtin_add_overflow(l->report->sizes, (uint64_t)size, &l->report->sizes))
		l->report->sizes = UINT64_MAX;
}

/* One of a layer below is copied into this one, once for each of its names. */
static void count_copied(struct layering *l, int dir, const char *name, const char *path)
{
	struct stat st;

	if (!is_of_this_layer(l, path, &st) && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		count_size(l, st.st_size);
}

static int link_hard(struct layering *l, const char *to, int dir, const char *name, struct err *e)
{
	const char *path, *to_name;
	int r = layer_name_clean(l->scratch, to, &path, e);

	if (r < 0)
		return r;
	autoclose int to_dir = open_parent(l, path, &to_name, e);
	if (to_dir < 0)
		return to_dir;
	count_copied(l, to_dir, to_name, path);
	return write_hard_link(to_dir, to_name, dir, name, e);
}

static void remember_directory(struct layering *l, const char *path, struct archive_entry *entry)
{
	struct directory d = { .path = arena_strdup(l->arena, path) };

	d.st.st_mode = archive_entry_perm(entry);
	d.st.st_mtim = (struct timespec){ archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) };
	if (!archive_entry_mtime_is_set(entry))
		d.st.st_mtim.tv_nsec = UTIME_NOW;
	arena_push(l->arena, l->dirs, l->n_dirs, d);
}

static int write_one(struct layering *l, struct archive_entry *entry, int dir, const char *name,
		     const char *path, struct err *e)
{
	bool is_dir = !archive_entry_hardlink(entry) && archive_entry_filetype(entry) == AE_IFDIR;
	int r = *name ? clear_way(dir, name, is_dir, e) : 0;

	if (r < 0)
		return r;
	if (archive_entry_hardlink(entry))
		return link_hard(l, archive_entry_hardlink(entry), dir, name, e);
	r = write_entry(l->side, l->tar, entry, dir, *name ? name : ".", e);
	if (r == 0 && archive_entry_filetype(entry) == AE_IFREG)
		count_size(l, archive_entry_size(entry));
	if (r == 0 && is_dir)
		remember_directory(l, path, entry);
	return r;
}

/* The root's own entry has its mode and owner. */
static int take_entry(struct layering *l, struct archive_entry *entry, struct err *e)
{
	const char *path, *name;
	int r = layer_name_clean(l->scratch, archive_entry_pathname(entry), &path, e);

	if (r < 0)
		return r;
	if (!*path && archive_entry_filetype(entry) != AE_IFDIR)
		return layer_name_bad("/", "it is no directory", e);
	autoclose int dir = open_parent(l, path, &name, e);
	if (dir < 0)
		return dir;
	r = take_whiteout(l, dir, name, path, e);
	return r ? (r < 0 ? r : 0) : write_one(l, entry, dir, name, path, e);
}

static int finish_directory(struct layering *l, const struct directory *d, struct err *e)
{
	char first[16 * 1024];
	struct arena scratch = ARENA_INIT(first);
	const char *name;

	l->scratch = &scratch;
	autoclose int dir = open_parent(l, d->path, &name, e);
	int r = dir < 0 ? dir : write_directory_end(l->side, dir, *name ? name : ".", &d->st, e);
	arena_free(&scratch);
	return r;
}

/* Backwards: what is in a directory before it, whose mode may close it, and whose time it changes. */
static int finish_directories(struct layering *l, struct err *e)
{
	int r = 0;

	for (size_t i = l->n_dirs; r == 0 && i-- > 0;)
		r = finish_directory(l, &l->dirs[i], e);
	return r;
}

/* ---- the layer ---- */

/* One entry, or the end: 1. */
static int unpack_next(struct layering *l, struct err *e)
{
	char first[16 * 1024];
	struct arena scratch = ARENA_INIT(first);
	struct archive_entry *entry;
	int n = archive_read_next_header(l->tar, &entry), r;

	if (n == ARCHIVE_EOF)
		return 1;
	/* a warning says that a part of it is none that libarchive knows */
	if (n < ARCHIVE_WARN)
		return archive_failed(l->tar, "read the layer", e);
	l->scratch = &scratch;
	if ((r = limit_entries(++l->report->entries, l->limits, e)) == 0)
		r = take_entry(l, entry, e);
	arena_free(&scratch);
	return r;
}

int unpack_layer(struct side *s, const char *diff_id, const struct layer_limits *limits,
		 struct layer_report *report, struct err *e)
{
	static char first[64 * 1024];
	struct arena a = ARENA_INIT(first);
	struct layering l = { .side = s, .arena = &a, .limits = limits, .report = report };
	int r = layer_stream_open(&l.stream, diff_id, limits, &l.tar, e);

	l.first = fcntl(ARCHIVE_UPPER, F_GETFD) < 0;
	*report = (struct layer_report){ 0 };
	while (r == 0)
		r = unpack_next(&l, e);
	if (r > 0)
		r = finish_directories(&l, e);
	if (r == 0)
		r = layer_stream_end(l.stream, diff_id, &report->bytes, e);
	if (r < 0)
		r = layer_stream_blame(l.stream, e);
	report->devices = s->devices;
	layer_stream_close(l.stream);
	arena_free(&a);
	return r;
}
