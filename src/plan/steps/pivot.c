/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The end of the work on the root file system: it becomes /, and what had to be writable until then is no
 * more. See plan/steps/root.c for the order. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/hide.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "plan/live.h"
#include "plan/look.h"

/* ---- pivot ---- */

static int pivot_root_here(struct err *e)
{
	/* pivot_root(".", ".") puts the old root over the new one at the same place (pivot_root(2)):
	 * no directory for it has to exist in the image. What is then at "." is the old root, and lazily
	 * unmounting it takes the host's whole tree out of this namespace. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(e, "pivot-root", errno, "make the root file system the root (pivot_root)"),
		       err_hint_for(
			       e, EINVAL,
			       "an initial root file system in memory cannot be changed: use --no-pivot");
	if (umount2(".", MNT_DETACH) < 0)
		return err_set(e, "pivot-root", errno, "let go of the host's root file system");
	return 0;
}

/* Without the move, the host's tree is still there for who breaks out of a chroot. */
static int pivot_move(struct live *live, struct err *e)
{
	struct statx root;
	int r = statx(live->root, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) < 0 ? -errno : 0;

	if (r == 0)
		r = hide_kernel_views(live->arena, root.stx_mnt_id);
	if (r < 0)
		return err_set(e, "pivot-root", -r, "hide the host's /proc and /sys");
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_set(e, "pivot-root", errno, "move the root file system to /");
	return 0;
}

static int pivot_chroot(struct err *e)
{
	return chroot(".") < 0 ?
		       err_set(e, "pivot-root", errno, "make the root file system the root (chroot)") :
		       0;
}

static int pivot_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = fchdir(live->root) < 0 ? err_set(e, "pivot-root", errno, "go to the root file system") : 0;

	if (r == 0 && s->pivot.how == PIVOT_MOVE)
		r = pivot_move(live, e);
	if (r == 0)
		r = s->pivot.how == PIVOT_ROOT ? pivot_root_here(e) : pivot_chroot(e);
	if (r == 0 && chdir("/") < 0)
		r = err_set(e, "pivot-root", errno, "go to /");
	fd_close(&live->cwd);
	return r;
}

static void pivot_show(const struct step *s, struct str *out)
{
	str_add(out, "cd \"$root\"\n");
	if (s->pivot.how == PIVOT_ROOT)
		str_add(out, "pivot_root . .\numount -l .\ncd /\n");
	else
		str_addf(out, "%s# and chroot: what follows is done below it\n",
			 s->pivot.how == PIVOT_MOVE ? "umount -l /proc /sys\nmount --move . /\n" : "");
}

/* The first process's root is the root of its mount namespace: nothing lies above it. What is mounted
 * there, STEP_ROOT compares. */
static int pivot_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[32], now[4096];
	struct statx its, root;
	int r = target_root(t);
	ssize_t n;

	if (want->pivot.how != PIVOT_ROOT)
		return READ_UNKNOWN; /* the namespace has another root */
	if (r < 0)
		return look_failed(r, "/", text);
	snprintf(path, sizeof(path), "/proc/%d/root", t->pid);
	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &its) < 0 ||
	    statx(t->root, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &root) < 0)
		return look_failed(-errno, path, text);
	if (its.stx_mnt_id == root.stx_mnt_id && its.stx_ino == root.stx_ino)
		return READ_FOUND;
	n = readlink(path, now, sizeof(now) - 1);
	str_addf(text, "the root of its first process is %.*s", n < 0 ? 0 : (int)n, now);
	return READ_CHANGED;
}

static const struct field pivot_fields[] = { FIELD(U64, pivot, how, .compare = COMPARE_KEY), { 0 } };

const struct step_ops step_pivot = {
	.name = "pivot",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.script = SCRIPT_PIVOT,
	.fields = pivot_fields,
	.apply = pivot_apply,
	.show = pivot_show,
	.read = pivot_read,
};

/* ---- remount ---- */

static int remount_apply(const struct step *s, struct live *live, struct err *e)
{
	const char *path = s->remount.path;
	autoclose int opened = path ? inroot_open(live->root, path, O_PATH) : -1;
	int fd = path ? opened : live->root, r = fd;
	if (r >= 0 && s->remount.data)
		r = mount_reconfigure(fd, s->remount.data);
	if (r >= 0 && (s->remount.attr || s->remount.attr_clear))
		r = mount_set(fd, s->remount.attr, s->remount.attr_clear, false);
	return r < 0 ? err_set(e, "remount", -r, "change the options of %s",
			       path ? path : "the root file system") :
		       0;
}

static void remount_show(const struct step *s, struct str *out)
{
	char words[128];

	mount_attr_words(s->remount.attr, words);
	str_addf(out, "mount -o remount%s%s", s->remount.data ? "," : ",bind",
		 s->remount.data ? str_shell(out, s->remount.data) : "");
	str_addf(out, "%s%s", *words ? "," : "", words);
	step_show_cleared(s->remount.attr, s->remount.attr_clear, out);
	str_add(out, " \"$root\"");
	if (s->remount.path)
		str_add_shell(out, s->remount.path);
	str_add(out, "\n");
}

static void remount_outcome(const struct plan *p, const struct step *s, struct step *out)
{
	out->remount.path = s->remount.path ? s->remount.path : "/";
	out->remount.attr_clear = s->remount.attr_clear & ~s->remount.attr & ~(uint64_t)MOUNT_ATTR__ATIME;
}

static int remount_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct look l;
	int r = look_at(t, want->remount.path, true, &l);

	if (r < 0)
		return look_failed(r, want->remount.path, text);
	fd_close(&l.fd);
	have->remount.attr = have->remount.attr_clear = l.mount->attr;
	return READ_FOUND;
}

/* data: the kernel has a file system's options in words of its own */
static const struct field remount_fields[] = {
	FIELD(MAYBE, remount, path, .compare = COMPARE_NAME),
	FIELD(MAYBE, remount, data, .compare = COMPARE_NOT),
	FIELD(U64, remount, attr, .compare = COMPARE_BITS, .label = "it is", .show = step_show_attr),
	FIELD(U64, remount, attr_clear, .compare = COMPARE_NO_BITS, .label = "it is", .show = step_show_attr),
	{ 0 },
};

const struct step_ops step_remount = {
	.name = "remount",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = remount_fields,
	.apply = remount_apply,
	.show = remount_show,
	.read = remount_read,
	.outcome = remount_outcome,
};
