/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/str.h"
#include "cmd/archive/archive.h"
#include "kernel/fs/inroot.h"
#include "spec/copy.h"

struct directory {
	const char *path; /* below the destination */
	struct stat st;   /* its mode and time to be */
};

struct unpacking {
	struct side *side;
	struct arena *arena, *scratch; /* of what lasts, and of one entry's names */
	struct archive *in;
	int at;             /* where the paths of entries are looked up: the root, or the destination */
	const char *prefix; /* before them there: of a container, the destination */
	const char *as;     /* instead of the first name of each entry; NULL: that stays */
	bool drop;          /* the first name is left out, content that is merged */
	struct directory *dirs;
	size_t n_dirs;
	uint64_t entries;
};

/* ---- names ---- */

static int bad_name(const char *name, const char *cause, struct err *e)
{
	return err_set(e, "archive-name", EINVAL, "unpack %s", name ?: "an entry"), err_cause(e, "%s", cause);
}

/* A name in the archive → a path below the destination, without "." and empty names, "" for itself. */
static int clean_name(struct unpacking *u, const char *name, const char **path, struct err *e)
{
	struct str out = { .arena = u->scratch };
	size_t n;

	if (!name || !*name)
		return bad_name(name, "it has no name", e);
	for (bool first = true; *name; name += n) {
		name += strspn(name, "/");
		n = strcspn(name, "/");
		if (n == 2 && name[0] == '.' && name[1] == '.')
			return bad_name(name, "its name leads upwards", e);
		if (n == 0 || (n == 1 && name[0] == '.' && !(first && (u->as || u->drop))))
			continue;
		if (first && u->as)
			str_add(&out, u->as);
		else if (!first || !u->drop) {
			str_add(&out, out.len ? "/" : "");
			str_addn(&out, name, n);
		}
		first = false;
	}
	*path = str_get(&out);
	return 0;
}

/* The directory of a path below the destination, made where it is missing; *name: in it. */
static int open_parent(struct unpacking *u, const char *path, const char **name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *parent = arena_printf(u->scratch, "%s/%.*s", u->prefix, slash ? (int)(slash - path) : 0,
					  path);
	int fd;

	*name = slash ? slash + 1 : path;
	/* on the host no link below the destination is followed: the archive may have made it a moment ago */
	fd = inroot_make_dir(u->at, parent, !u->side->container);
	if (fd < 0)
		err_set(e, "copy-write", -fd, "open the directory of %s", path),
			err_hint_for(e, ELOOP, "a symbolic link is in the way: remove it first");
	return fd;
}

/* ---- entries ---- */

static int link_hard(struct unpacking *u, const char *to, int dir, const char *name, struct err *e)
{
	const char *path, *to_name;
	int r = clean_name(u, to, &path, e);

	if (r < 0)
		return r;
	autoclose int to_dir = open_parent(u, path, &to_name, e);
	return to_dir < 0 ? to_dir : write_hard_link(to_dir, to_name, dir, name, e);
}

static void remember_directory(struct unpacking *u, const char *path, struct archive_entry *entry)
{
	struct directory d = { .path = arena_strdup(u->arena, path) };

	d.st.st_mode = archive_entry_perm(entry);
	d.st.st_mtim = (struct timespec){ archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) };
	if (!archive_entry_mtime_is_set(entry))
		d.st.st_mtim.tv_nsec = UTIME_NOW;
	arena_push(u->arena, u->dirs, u->n_dirs, d);
}

static int unpack_entry(struct unpacking *u, struct archive_entry *entry, struct err *e)
{
	const char *path, *name, *hard = archive_entry_hardlink(entry);
	int r = clean_name(u, archive_entry_pathname(entry), &path, e);

	/* the destination itself stays as it is */
	if (r < 0 || !*path)
		return r;
	autoclose int dir = open_parent(u, path, &name, e);
	if (dir < 0)
		return dir;
	if (hard)
		return link_hard(u, hard, dir, name, e);
	r = write_entry(u->side, u->in, entry, dir, name, e);
	if (r == 0 && archive_entry_filetype(entry) == AE_IFDIR)
		remember_directory(u, path, entry);
	return r;
}

static int finish_directory(struct unpacking *u, const struct directory *d, struct err *e)
{
	char first[16 * 1024];
	struct arena scratch = ARENA_INIT(first);
	const char *name;

	u->scratch = &scratch;
	autoclose int dir = open_parent(u, d->path, &name, e);
	int r = dir < 0 ? dir : write_directory_end(u->side, dir, name, &d->st, e);
	arena_free(&scratch);
	return r;
}

/* Backwards: what is in a directory before it, whose mode may close it, and whose time it changes. */
static int finish_directories(struct unpacking *u, struct err *e)
{
	int r = 0;

	for (size_t i = u->n_dirs; r == 0 && i-- > 0;)
		r = finish_directory(u, &u->dirs[i], e);
	return r;
}

/* ---- where it comes to lie ---- */

static enum copy_there what_is_there(const struct place *p)
{
	return !p->exists ? COPY_NOTHING : S_ISDIR(p->st.st_mode) ? COPY_DIRECTORY : COPY_FILE;
}

static int find_destination(struct unpacking *u, struct place *p, struct err *e)
{
	int r = place_find(u->side->root, u->side->path, true, p, e);

	fd_close(&p->dir);
	return r;
}

/* In a container from its root, so that links in the destination lead where they do for its processes. */
static int begin_at(struct unpacking *u, const char *path, struct err *e)
{
	u->at = u->side->root;
	u->prefix = path;
	if (u->side->container)
		return 0;
	u->prefix = "";
	u->at = inroot_open(u->side->root, path, O_PATH | O_DIRECTORY);
	return u->at < 0 ? err_set(e, "copy-path", -u->at, "open %s", path) : 0;
}

/* "DIR/NAME" without its name. */
static const char *directory_of(struct unpacking *u, const char *path)
{
	const char *end = path + strlen(path);

	while (end > path + 1 && end[-1] == '/')
		end--;
	while (end > path && end[-1] != '/')
		end--;
	return arena_printf(u->arena, "%.*s/", (int)(end - path), path);
}

static int begin_placed(struct unpacking *u, struct archive_entry *first, struct err *e)
{
	const char *name = archive_entry_pathname(first);
	bool content = str_eq(name, ".") || str_eq(name, "./");
	enum copy_place place;
	struct place p;
	int r = find_destination(u, &p, e);

	if (r < 0 || (r = copy_decide(archive_entry_filetype(first) == AE_IFDIR, content, u->side->path,
				      what_is_there(&p), &place, e)) < 0)
		return r;
	if (place == COPY_AS) {
		u->as = arena_strdup(u->arena, p.name);
		return begin_at(u, directory_of(u, p.path), e);
	}
	u->drop = place == COPY_MERGE;
	return begin_at(u, arena_strdup(u->arena, p.path), e);
}

static int begin_in_directory(struct unpacking *u, struct err *e)
{
	struct place p;
	int r = find_destination(u, &p, e);

	if (r < 0)
		return r;
	if (what_is_there(&p) != COPY_DIRECTORY)
		return err_set(e, "copy-destination", p.exists ? ENOTDIR : ENOENT, "unpack in %s",
			       u->side->path),
		       err_hint(e, "an archive is unpacked in a directory that exists");
	return begin_at(u, arena_strdup(u->arena, p.path), e);
}

/* ---- the archive ---- */

static int open_archive(struct unpacking *u, bool packed_here, struct err *e)
{
	u->in = archive_read_new();
	if (!u->in)
		return err_set(e, "archive", ENOMEM, "read the archive");
	archive_read_support_format_tar(u->in);
	/* of filters those that start no program */
	if (!packed_here) {
		archive_read_support_format_empty(u->in);
		archive_read_support_filter_gzip(u->in);
		archive_read_support_filter_bzip2(u->in);
		archive_read_support_filter_xz(u->in);
		archive_read_support_filter_zstd(u->in);
	}
	if (archive_read_open_fd(u->in, STDIN_FILENO, 64 * 1024) != ARCHIVE_OK)
		return archive_failed(u->in, "read the archive", e);
	return 0;
}

/* One entry, or the end: 1. */
static int unpack_next(struct unpacking *u, bool *begun, struct err *e)
{
	char first[16 * 1024];
	struct arena scratch = ARENA_INIT(first);
	struct archive_entry *entry;
	int n = archive_read_next_header(u->in, &entry), r = 0;

	if (n == ARCHIVE_EOF)
		return *begun ? 1 : err_set(e, "archive", EPIPE, "read the archive");
	/* a warning says that a part of it is none that libarchive knows */
	if (n < ARCHIVE_WARN)
		return archive_failed(u->in, "read the archive", e);
	u->scratch = &scratch;
	if ((r = limit_bytes(u->in, u->side->limits, e)) == 0)
		r = limit_entries(++u->entries, u->side->limits, e);
	if (r == 0 && !*begun)
		r = begin_placed(u, entry, e);
	*begun = true;
	if (r == 0)
		r = unpack_entry(u, entry, e);
	arena_free(&scratch);
	return r;
}

static int unpack_all(struct unpacking *u, bool placed, struct err *e)
{
	bool begun = !placed;
	int r = placed ? 0 : begin_in_directory(u, e);

	while (r == 0)
		r = unpack_next(u, &begun, e);
	return r < 0 ? r : finish_directories(u, e);
}

/* What is behind the end of an archive is read, too, lest who writes it fails. */
static void drain(void)
{
	static char rest[64 * 1024];
	ssize_t n;

	while ((n = read(STDIN_FILENO, rest, sizeof(rest))) > 0 || (n < 0 && errno == EINTR))
		;
}

int unpack(struct side *s, bool placed, struct err *e)
{
	static char first[64 * 1024];
	struct arena a = ARENA_INIT(first);
	struct unpacking u = { .side = s, .arena = &a, .at = -1 };
	int r = open_archive(&u, placed, e);

	if (r == 0)
		r = unpack_all(&u, placed, e);
	if (r == 0)
		drain();
	archive_read_free(u.in);
	arena_free(&a);
	return r;
}
