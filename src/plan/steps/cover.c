/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Paths of the root file system that are hidden, or can only be read. As in plan/steps/mount.c, the
 * descriptors are left to exec. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "plan/live.h"
#include "plan/look.h"

/* What is to be covered: NAME in dir, or dir itself where name is "". */
struct covered {
	int dir;
	const char *name;
};

/* A path of /proc is looked up below the descriptor of our own procfs, everything else in the root. */
static struct covered find_covered(struct live *live, const char *path)
{
	const char *in_proc = str_after(path, "/proc/");

	if (in_proc && live->proc >= 0)
		return (struct covered){ live->proc, in_proc };
	return (struct covered){ inroot_open(live->root, path, O_PATH), "" };
}

static int mask_directory(struct live *live, const struct covered *place)
{
	/* one empty tmpfs for all; it must be attached before it can be copied (until Linux 6.15) */
	int fd = live->cover < 0 ? mount_new("tmpfs", "tmpfs", "size=0,nr_inodes=1", MOUNT_ATTR_RDONLY) :
				   mount_clone(live->cover, "", false);
	int r = fd < 0 ? fd : mount_attach(fd, place->dir, place->name);

	if (r == 0 && live->cover < 0)
		live->cover = fd;
	return r;
}

/* The null device that was made in the container's own /dev a moment ago, else the host's, which is still in
 * reach; by descriptor, and looked at: a path could have been replaced. */
static int clone_null(struct live *live)
{
	int fd = live->dev >= 0 ? mount_clone(live->dev, "null", false) : -ENOENT;
	struct stat st;

	if (fd < 0)
		fd = mount_clone(AT_FDCWD, "/dev/null", false);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)))
		return -ENXIO;
	return fd;
}

static int mask_file(struct live *live, const struct covered *place)
{
	int null = clone_null(live);

	return null < 0 ? null : mount_attach(null, place->dir, place->name);
}

static bool is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR;
}

static int mask_apply(const struct step *s, struct live *live, struct err *e)
{
	struct covered place = find_covered(live, s->mask.path);
	struct stat st;
	int r = place.dir;

	if (r >= 0)
		r = fstatat(place.dir, place.name, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	if (is_absent(r))
		return 0; /* nothing there, nothing to hide */
	if (r == 0)
		r = S_ISDIR(st.st_mode) ? mask_directory(live, &place) : mask_file(live, &place);
	return r < 0 ? err_set(e, "mask", -r, "mask %s", s->mask.path) : 0;
}

static void mask_show(const struct step *s, struct str *out)
{
	const char *p = str_shell(out, s->mask.path);

	str_addf(out,
		 "if [ -d \"$root\"%s ]; then mount -t tmpfs -o ro,size=0,nr_inodes=1 tmpfs \"$root\"%s\n", p,
		 p);
	str_addf(out, "elif [ -e \"$root\"%s ]; then mount --bind \"$root\"/dev/null \"$root\"%s; fi\n", p,
		 p);
}

/* What is not there needs no mask. A device like /dev/null, or a read-only tmpfs, does what ours does. */
static int mask_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct look l;
	int r = look_at(t, want->mask.path, true, &l);
	bool masked;

	if (is_absent(r))
		return READ_NEEDLESS;
	if (r < 0)
		return look_failed(r, want->mask.path, text);
	fd_close(&l.fd);
	masked = S_ISDIR(l.st.st_mode) ?
			 str_eq(l.mount->type, "tmpfs") && (l.mount->attr & MOUNT_ATTR_RDONLY) :
			 S_ISCHR(l.st.st_mode) && l.st.st_rdev == makedev(1, 3);
	if (masked && l.is_mounted)
		return READ_FOUND;
	str_addf(text, "%s can be seen, of a %s", want->mask.path, l.mount->type);
	return READ_MISSING;
}

static const struct field mask_fields[] = { FIELD(STR, mask, path, .compare = COMPARE_KEY), { 0 } };

/* Of a directory it is an empty one. */
static bool mask_mounts(const struct step *s, size_t n, struct mounted *m)
{
	*m = (struct mounted){ .target = s->mask.path, .source = "/dev/null" };
	return n == 0;
}

const struct step_ops step_mask = {
	.name = "mask",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = mask_fields,
	.apply = mask_apply,
	.show = mask_show,
	.read = mask_read,
	.mounts = mask_mounts,
};

static int readonly_apply(const struct step *s, struct live *live, struct err *e)
{
	struct covered place = find_covered(live, s->readonly.path);
	int copy = place.dir < 0 ? place.dir : mount_clone(place.dir, place.name, true);
	int r = copy;

	if (is_absent(copy))
		return 0;
	if (r >= 0)
		r = mount_set(copy, MOUNT_ATTR_RDONLY, 0, true);
	if (r >= 0)
		r = mount_attach(copy, place.dir, place.name);
	return r < 0 ? err_set(e, "readonly", -r, "make %s read-only", s->readonly.path) : 0;
}

static void readonly_show(const struct step *s, struct str *out)
{
	const char *p = str_shell(out, s->readonly.path);

	str_addf(out, "if [ -e \"$root\"%s ]; then mount --rbind \"$root\"%s \"$root\"%s && ", p, p, p);
	str_addf(out, "mount -o remount,bind,ro,nosuid,nodev,noexec \"$root\"%s; fi\n", p);
}

static int readonly_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct look l;
	int r = look_at(t, want->readonly.path, true, &l);

	if (is_absent(r))
		return READ_NEEDLESS;
	if (r < 0)
		return look_failed(r, want->readonly.path, text);
	fd_close(&l.fd);
	if (l.mount->attr & MOUNT_ATTR_RDONLY)
		return READ_FOUND;
	str_addf(text, "%s can be written to", want->readonly.path);
	return READ_MISSING;
}

static const struct field readonly_fields[] = { FIELD(STR, readonly, path, .compare = COMPARE_KEY), { 0 } };

static bool readonly_mounts(const struct step *s, size_t n, struct mounted *m)
{
	*m = (struct mounted){ .target = s->readonly.path };
	return n == 0;
}

const struct step_ops step_readonly = {
	.name = "readonly",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = readonly_fields,
	.apply = readonly_apply,
	.show = readonly_show,
	.read = readonly_read,
	.mounts = readonly_mounts,
};
