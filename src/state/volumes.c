/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/mount.h"
#include "spec/name.h"
#include "state/layer.h"

enum { FILE_MAX = 1 << 20, NEW_LEN = 6 + 16 };
static const char being_made[] = ".new-", being_removed[] = ".gone-";

/* All whose name begins like that. */
static int sweep(int volumes, const char *prefix)
{
	struct io_dir d = IO_DIR(volumes);
	int r = lseek(volumes, 0, SEEK_SET) < 0 ? -errno : 0;

	for (const char *name; (name = io_dir_next(&d));) {
		int one = str_after(name, prefix) ? io_remove_tree(volumes, name) : 0;

		r = one < 0 ? one : r;
	}
	return r < 0 ? r : d.error;
}

int volumes_open(const struct state *st, bool make, int lock, struct err *e)
{
	autoclose int fd = state_open_dir(st, "volumes", make, lock, e);
	int r;

	/* nobody makes one now: what is there was left by one that was killed */
	if (fd >= 0 && lock == LOCK_EX && (r = sweep(fd, being_made)) < 0)
		return err_set(e, "state", -r, "remove what was half made in %s/volumes", st->data);
	return take_fd(&fd);
}

const char *volumes_path(const struct state *st, struct arena *a, const char *name)
{
	return arena_printf(a, "%s/volumes/%s", st->data, name);
}

/* ---- reading ---- */

static int no_volume(const struct state *st, const char *name, struct err *e)
{
	return err_set(e, "no-volume", ENOENT, "find volume %s", name), err_cause(e, "there is none"),
	       err_hint(e, "guise %svolume ls lists them", st->flag);
}

/* Without its file it is one that somebody made by hand, as --dry-run shows it. */
static int load(int volumes, struct arena *a, const char *name, struct volume *v, struct err *e)
{
	char *text;
	size_t len;
	struct stat s;
	int r = io_read_file(a, volumes, arena_printf(a, "%s/volume.json", name), FILE_MAX, &text, &len);

	*v = (struct volume){ 0 };
	if (r == -ENOENT &&
	    fstatat(volumes, arena_printf(a, "%s/_data", name), &s, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(s.st_mode))
		r = 0;
	else if (r == 0)
		r = volume_parse(a, text, len, v, e);
	v->name = name;
	return r;
}

int volumes_load(const struct state *st, int volumes, struct arena *a, const char *name, struct volume *v,
		 struct err *e)
{
	int r;

	/* before it is part of a path */
	if (name_volume(name, e) < 0)
		return -EINVAL;
	r = volumes < 0 ? -ENOENT : load(volumes, a, name, v, e);
	if (r == -ENOENT)
		return no_volume(st, name, e);
	if (r == -EINVAL)
		return err_prefix(e, "volume %s", name);
	return r < 0 ? err_set(e, "state", -r, "read volume %s", name) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->name, ((const struct volume *)b)->name);
}

int volumes_list(const struct state *st, int volumes, struct arena *a, struct volume **list, size_t *n,
		 unsigned *broken, struct err *e)
{
	struct io_dir d = IO_DIR(volumes);
	struct err ignored;

	*list = NULL;
	*n = *broken = 0;
	if (volumes < 0)
		return 0;
	if (lseek(volumes, 0, SEEK_SET) < 0)
		return err_set(e, "state", errno, "list %s/volumes", st->data);
	for (const char *name; (name = io_dir_next(&d));) {
		struct volume v;

		if (*name == '.')
			continue;
		if (volumes_load(st, volumes, a, arena_strdup(a, name), &v, &ignored) < 0)
			++*broken;
		else
			arena_push(a, *list, *n, v);
	}
	if (*n)
		qsort(*list, *n, sizeof(**list), by_name);
	return d.error < 0 ? err_set(e, "state", -d.error, "list %s/volumes", st->data) : 0;
}

uint64_t volumes_size(int volumes, struct arena *a, const char *name)
{
	autoclose int data = openat(volumes, arena_printf(a, "%s/_data", name),
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return data < 0 ? 0 : layer_size_below(data);
}

bool volumes_is_fresh(int volumes, const char *name)
{
	char path[NAME_MAX + 16];

	snprintf(path, sizeof(path), "%.253s/fresh", name);
	if (faccessat(volumes, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	snprintf(path, sizeof(path), "%.253s/filling", name);
	return faccessat(volumes, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- making ---- */

static int new_name(const char *prefix, char name[NEW_LEN + 1])
{
	char unique[16 + 1];
	int r = io_random_hex(unique, 16);

	if (r == 0)
		stpcpy(stpcpy(name, prefix), unique);
	return r;
}

static int put_marker(int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : 0;
}

static int make_content(int dir, const struct volume *v)
{
	struct arena a = { 0 };
	struct str out = { .arena = &a };
	int r;

	volume_write(v, &out);
	r = io_write_file(dir, "volume.json", out.p, out.len, 0600);
	arena_free(&a);
	if (r < 0)
		return r;
	if (mkdirat(dir, "_data", 0755) < 0)
		return -errno;
	return put_marker(dir, "fresh");
}

/* The root of a user namespace gets to _data by a mount of it, whatever these modes are. */
static int make_new(int volumes, const char *name, const struct volume *v)
{
	if (mkdirat(volumes, name, 0755) < 0)
		return -errno;
	autoclose int dir = openat(volumes, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = dir < 0 ? -errno : make_content(dir, v);

	if (r == 0 && renameat2(volumes, name, volumes, v->name, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0)
		io_remove_tree(volumes, name);
	return r;
}

int volumes_make(const struct state *st, int volumes, struct volume *v, struct err *e)
{
	char name[NEW_LEN + 1];
	int r = new_name(being_made, name);

	v->created = time(NULL);
	if (r == 0)
		r = make_new(volumes, name, v);
	if (r == -EEXIST)
		return err_set(e, "volume-exists", EEXIST, "create volume %s", v->name),
		       err_cause(e, "there is one of that name"),
		       err_hint(e, "guise %svolume inspect %s shows it, guise %svolume rm %s removes it",
				st->flag, v->name, st->flag, v->name);
	return r < 0 ? err_set(e, "state", -r, "make volume %s in %s/volumes", v->name, st->data) : 0;
}

/* ---- a tmpfs ---- */

static bool is_mounted(int volumes, const char *data)
{
	struct statx here, above;

	return statx(volumes, data, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &here) == 0 &&
	       statx(volumes, "", AT_EMPTY_PATH, STATX_MNT_ID, &above) == 0 &&
	       here.stx_mnt_id != above.stx_mnt_id;
}

/* It is new each time, and filled anew. */
int volumes_mount(const struct state *st, int volumes, struct arena *a, const struct volume *v, struct err *e)
{
	struct spec_mount m = { 0 };
	const char *data = arena_printf(a, "%s/_data", v->name);
	int r;

	if (!str_eq(v->type, "tmpfs") || is_mounted(volumes, data))
		return 0;
	if ((r = volume_mount(a, v, &m, e)) < 0)
		return r;
	autoclose int dir = openat(volumes, v->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int place = openat(dir, "_data", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int fd = mount_new("tmpfs", "tmpfs", m.data, m.attr & ~(uint64_t)MOUNT_ATTR_RDONLY);
	r = place < 0 ? -errno : fd < 0 ? fd : put_marker(dir, "fresh");
	if (r == 0)
		r = mount_attach(fd, place, "");
	if (r == 0)
		return 0;
	err_set(e, "volume-mount", -r, "mount the tmpfs of volume %s on %s", v->name,
		volumes_path(st, a, data));
	return err_hint_for(e, EPERM, "on the host only root mounts; guise run --tmpfs makes one inside");
}

/* ---- removing ---- */

int volumes_remove(const struct state *st, int volumes, const char *name, struct err *e)
{
	char path[NAME_MAX + 16], mounted[PATH_MAX], gone[NEW_LEN + 1];
	int r = new_name(being_removed, gone);

	snprintf(path, sizeof(path), "%.253s/_data", name);
	if (snprintf(mounted, sizeof(mounted), "%s/volumes/%s", st->data, path) >= (int)sizeof(mounted))
		r = -ENAMETOOLONG;
	if (r == 0 && is_mounted(volumes, path) && umount2(mounted, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		r = -errno;
	if (r == 0 && renameat(volumes, name, volumes, gone) < 0)
		r = -errno;
	if (r == -ENOENT)
		return no_volume(st, name, e);
	return r < 0 ? err_set(e, "state", -r, "remove volume %s", name) : 0;
}

int volumes_sweep(const struct state *st, int volumes, struct err *e)
{
	int r = sweep(volumes, being_removed);

	if (r == 0)
		return 0;
	err_set(e, "volume-remove", -r, "remove what is left of volumes in %s/volumes", st->data);
	return err_hint_for(e, EACCES,
			    "it has files of subordinate ids; unshare --map-auto --map-root-user rm -r "
			    "%s/volumes/%s* removes them",
			    st->data, being_removed);
}
