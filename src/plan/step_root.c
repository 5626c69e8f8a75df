/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The root file system: the tree that becomes /, what is mounted into it, and the change of roots.
 *
 * Order, and why. All of it happens in INIT, in its own mount namespace, whose propagation is cut
 * first so that nothing shows on the host. The tree is mounted at one place below guise's run directory
 * (the same place in every container: each sees only its own). Then come /proc, /dev and the rest, each
 * attached through live->root with openat2 (kernel/inroot.h), because the image may hold any symbolic
 * link. The host's tree stays reachable until STEP_PIVOT, so that bind mounts find their sources;
 * masks come last before it, so that no later mount lies over them.
 */
#include "plan/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/mount.h"
#include "plan/live.h"

/* ---- propagation ---- */

static int propagation_apply(const struct step *s, struct live *live, struct err *e)
{
	/* privileged: CAP_SYS_ADMIN over the new mount namespace. Without it the mounts of the container
	 * would appear on the host wherever / is a shared mount, as systemd makes it. */
	if (mount(NULL, "/", NULL, s->propagation.flags, NULL) < 0)
		return err_set(e, "mount-propagation", errno, "make / %s",
			       mount_propagation_word(s->propagation.flags));
	return 0;
}

static void propagation_show(const struct step *s, struct str *out)
{
	str_addf(out, "mount --make-%s /\n", mount_propagation_word(s->propagation.flags));
}

static const struct field propagation_fields[] = { FIELD(U64, propagation, flags), { 0 } };

const struct step_ops step_propagation = {
	.name = "propagation", .section = SECTION_ROOT, .side = SIDE_INIT, .fields = propagation_fields,
	.apply = propagation_apply, .show = propagation_show,
};

/* ---- root ---- */

static int open_root(struct live *live, const char *path, struct err *e)
{
	live->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (live->root < 0)
		return err_set(e, "root-open", errno, "open root file system %s", path);
	return 0;
}

static int root_bind(const struct step *s, struct live *live, struct err *e)
{
	autoclose int tree = mount_clone(AT_FDCWD, s->root.source, true);
	autoclose int at = open(s->root.at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (tree < 0)
		return err_set(e, "root-missing", -tree, "open root file system %s", s->root.source);
	if (s->root.idmap) {
		autoclose int userns = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

		if ((r = mount_idmap(tree, userns, false)) < 0)
			return err_set(e, "root-idmap", -r, "map the owners of %s", s->root.source),
			       err_hint(e, "the file system may not support idmapped mounts; chown the tree "
					   "to the mapped range, or run without --userns");
	}
	if (at < 0 || (r = mount_attach(tree, at)) < 0)
		return err_set(e, "root-mount", at < 0 ? errno : -r, "mount %s on %s", s->root.source, s->root.at);
	live->root = take_fd(&tree);
	return 0;
}

/* One overlay: lower directory `lower` of the host, its writable layer the n-th on the tmpfs at `at`. */
static int overlay_mount(const struct step *s, const char *lower, unsigned n, const char *target, struct err *e)
{
	char upper[256], work[256], options[4096];

	snprintf(upper, sizeof(upper), "%s/upper%u", s->root.at, n);
	snprintf(work, sizeof(work), "%s/work%u", s->root.at, n);
	if (snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s%s", lower, upper, work,
		     s->root.userxattr ? ",userxattr" : "") >= (int)sizeof(options))
		return err_set(e, "root-path", ENAMETOOLONG, "mount an overlay over %s", lower);
	if (mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0 || mount("overlay", target, "overlay", 0, options) < 0)
		return err_set(e, "root-overlay", errno, "mount an overlay over %s", lower),
		       err_hint(e, "the kernel may lack overlayfs, or %s may itself be a stack of overlays", lower);
	return 0;
}

static int root_overlay(const struct step *s, struct live *live, struct err *e)
{
	char merged[256], target[4096];
	int r;

	snprintf(merged, sizeof(merged), "%s/root", s->root.at);
	if (mount("tmpfs", s->root.at, "tmpfs", 0, "mode=700") < 0)
		return err_set(e, "root-tmpfs", errno, "mount a tmpfs on %s", s->root.at);
	if (mkdir(merged, 0755) < 0)
		return err_set(e, "root-tmpfs", errno, "make %s", merged);
	if ((r = overlay_mount(s, s->root.source, 0, merged, e)) < 0)
		return r;
	for (size_t i = 0; i < s->root.below.n; i++) {
		if (snprintf(target, sizeof(target), "%s%s", merged, s->root.below.v[i]) >= (int)sizeof(target))
			return err_set(e, "root-path", ENAMETOOLONG, "mount below %s", merged);
		if ((r = overlay_mount(s, s->root.below.v[i], i + 1, target, e)) < 0)
			return r;
	}
	return open_root(live, merged, e);
}

static int root_apply(const struct step *s, struct live *live, struct err *e)
{
	return s->root.overlay ? root_overlay(s, live, e) : root_bind(s, live, e);
}

static void show_overlay(const struct step *s, const char *lower, size_t n, struct str *out)
{
	const char *at = s->root.at;

	str_addf(out, "mkdir %s/upper%zu %s/work%zu\n", at, n, at, n);
	str_addf(out, "mount -t overlay overlay -o lowerdir=");
	str_add_shell(out, lower);
	str_addf(out, ",upperdir=%s/upper%zu,workdir=%s/work%zu%s %s/root", at, n, at, n,
		 s->root.userxattr ? ",userxattr" : "", at);
	str_add_shell(out, n ? lower : "/");
	str_add(out, "\n");
}

static void root_show(const struct step *s, struct str *out)
{
	const char *at = s->root.at;

	str_addf(out, "mkdir -p %s\n", at);
	if (s->root.overlay) {
		str_addf(out, "mount -t tmpfs -o mode=700 tmpfs %s\nmkdir %s/root\n", at, at);
		show_overlay(s, s->root.source, 0, out);
		for (size_t i = 0; i < s->root.below.n; i++)
			show_overlay(s, s->root.below.v[i], i + 1, out);
		str_addf(out, "root=%s/root\n", at);
	} else {
		str_add(out, "mount --rbind ");
		str_add_shell(out, s->root.source);
		str_addf(out, " %s\nroot=%s\n", at, at);
		if (s->root.idmap)
			str_add(out, "# its owners are mapped by the user namespace (mount_setattr, MOUNT_ATTR_IDMAP)\n");
	}
	str_add(out, "cd \"$root\"\n");
}

static const struct field root_fields[] = {
	FIELD(STR, root, source), FIELD(STR, root, at), FIELD(BOOL, root, overlay), FIELD(BOOL, root, userxattr),
	FIELD(STRV, root, below), FIELD(BOOL, root, idmap), { 0 },
};

const struct step_ops step_root = {
	.name = "root", .section = SECTION_ROOT, .side = SIDE_INIT, .fields = root_fields,
	.apply = root_apply, .show = root_show,
};

/* ---- pivot ---- */

static int pivot_apply(const struct step *s, struct live *live, struct err *e)
{
	/* pivot_root(".", ".") puts the old root over the new one at the same place (pivot_root(2)):
	 * no directory for it has to exist in the image. What is then at "." is the old root, and lazily
	 * unmounting it takes the host's whole tree out of this namespace. */
	if (fchdir(live->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(e, "pivot-root", errno, "make the root file system the root (pivot_root)");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_set(e, "pivot-root", errno, "let go of the host's root file system");
	return 0;
}

static void pivot_show(const struct step *s, struct str *out)
{
	str_add(out, "cd \"$root\"\npivot_root . .\numount -l .\ncd /\n");
}

const struct step_ops step_pivot = {
	.name = "pivot", .section = SECTION_ROOT, .side = SIDE_INIT, .apply = pivot_apply, .show = pivot_show,
};

/* ---- remount ---- */

static int remount_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = mount_set(live->root, MOUNT_ATTR_RDONLY, 0, false);

	return r < 0 ? err_set(e, "root-readonly", -r, "make the root file system read-only") : 0;
}

static void remount_show(const struct step *s, struct str *out)
{
	str_add(out, "mount -o remount,bind,ro \"$root\"\n");
}

const struct step_ops step_remount = {
	.name = "remount", .section = SECTION_ROOT, .side = SIDE_INIT, .apply = remount_apply, .show = remount_show,
};
