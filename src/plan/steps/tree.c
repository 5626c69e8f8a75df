/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What INIT finds of the host: how its mounts are connected with it, and the trees that only HOST can
 * make. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "kernel/fs/erofs.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "kernel/process/fdpass.h"
#include "kernel/process/userns.h"
#include "plan/live.h"
#include "plan/look.h"
#include "plan/plan.h"

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

uint64_t step_propagation_of(const struct mountinfo *m, uint64_t want)
{
	if (m->shared)
		return MS_SHARED;
	if (m->unbindable)
		return MS_UNBINDABLE;
	return m->master || want == MS_SLAVE ? MS_SLAVE : MS_PRIVATE;
}

void step_show_propagation(uint64_t propagation, struct str *out)
{
	str_add(out, mount_propagation_word(propagation));
}

static void propagation_outcome(const struct plan *p, const struct step *s, struct step *out)
{
	out->propagation.flags = s->propagation.flags & ~(uint64_t)MS_REC;
}

/* By the root, which has a propagation of its own if the plan says so; of the mounts that the plan makes
 * in it STEP_MOUNT compares it. Only who makes a root unbindable knows whether the tree that became it is. */
static int propagation_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct step *root = plan_last(t->plan, STEP_ROOT);
	struct look l;
	int r;

	if (t->step != plan_last(t->plan, STEP_PROPAGATION) || (root > t->step && root->root.propagation)) {
		str_add(text, "a later step changes it");
		return READ_UNKNOWN;
	}
	if ((r = look_at(t, "/", true, &l)) < 0)
		return look_failed(r, "/", text);
	fd_close(&l.fd);
	have->propagation.flags = step_propagation_of(l.mount, want->propagation.flags);
	if (want->propagation.flags == MS_UNBINDABLE && have->propagation.flags == MS_PRIVATE)
		have->propagation.flags = MS_UNBINDABLE;
	return READ_FOUND;
}

static const struct field propagation_fields[] = {
	FIELD(U64, propagation, flags, .label = "the propagation of /", .show = step_show_propagation),
	{ 0 },
};

const struct step_ops step_propagation = {
	.name = "propagation",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = propagation_fields,
	.apply = propagation_apply,
	.show = propagation_show,
	.read = propagation_read,
	.outcome = propagation_outcome,
};

/* ---- tree ---- */

static bool is_erofs(const struct step_tree *s)
{
	return str_eq(s->type, "erofs");
}

/*
 * A detached mount that HOST makes and sends, because INIT could not:
 *  - only privilege over a file system may map its owners (mount_setattr(2), MOUNT_ATTR_IDMAP), and INIT
 *    in its user namespace has none;
 *  - a bind mount that shall stay connected with the host's mounts (rslave, rshared) must be copied before
 *    STEP_PROPAGATION cuts INIT's copies off;
 *  - a directory on the way to the source may be closed to the ids of a user namespace;
 *    (of a new file system, too: it has to be one of the host's user namespace);
 *  - an EROFS image is mounted by a loop device where the kernel is old, which no container may open;
 *  - open_tree(2) copies mounts of the caller's own namespace only, and another container's /dev/shm is in
 *    another one.
 */
static int open_mapping(const struct step_tree *s, struct live *live)
{
	char path[64];
	int fd;

	if (s->uid_map)
		return userns_for_maps(s->uid_map, s->gid_map);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", live->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int tree_idmap(const struct step_tree *s, struct live *live, int tree, struct err *e)
{
	autoclose int userns = open_mapping(s, live);
	int r = userns < 0 ? userns : mount_idmap(tree, userns, s->idmap_recursive);

	if (r < 0)
		return err_set(e, "root-idmap", -r, "map the owners of the files in %s", s->source),
		       err_hint_for(e, EINVAL,
				    "its file system has no idmapped mounts (ext4, xfs, btrfs, tmpfs have); "
				    "run with --userns host, or from a directory on another one");
	return 0;
}

static int clone_elsewhere(const struct step_tree *s)
{
	int pid;

	return sscanf(s->mnt_ns, "/proc/%d/ns/mnt", &pid) == 1 ? mount_clone_in(pid, s->source) : -EINVAL;
}

static int make_tree(const struct step_tree *s)
{
	if (is_erofs(s))
		return erofs_mount(AT_FDCWD, s->source);
	if (s->type)
		return mount_new(s->type, s->source, s->data, 0);
	if (s->mnt_ns)
		return clone_elsewhere(s);
	return s->nofollow ? mount_clone_nofollow(AT_FDCWD, s->source, s->recursive) :
			     mount_clone(AT_FDCWD, s->source, s->recursive);
}

static int image_apply(const struct step_tree *s, struct live *live, struct err *e)
{
	autoclose int userns = open_mapping(s, live);
	autoclose int tree = userns < 0 ? -1 : step_tree_image(s, userns, e);

	if (userns < 0)
		return err_set(e, "root-idmap", -userns, "open the user namespace of process %d", live->pid);
	if (tree < 0)
		return tree;
	return fdpass_send(live->sync, tree) < 0 ?
		       err_set(e, "process", errno, "hand over the tree %s", s->source) :
		       0;
}

static int tree_apply(const struct step *s, struct live *live, struct err *e)
{
	if (s->tree.layers)
		return image_apply(&s->tree, live, e);
	autoclose int tree = make_tree(&s->tree);

	if (tree < 0 && is_erofs(&s->tree))
		return err_set(e, "root-erofs", -tree, "mount the EROFS image %s", s->tree.source),
		       err_hint_for(e, ENODEV, "this kernel has no EROFS: modprobe erofs");
	if (tree < 0)
		return err_set(e, "mount-source", -tree, "%s %s", s->tree.type ? "make a" : "open",
			       s->tree.type ? s->tree.type : s->tree.source);
	if (s->tree.idmap && tree_idmap(&s->tree, live, tree, e) < 0)
		return -e->no;
	return fdpass_send(live->sync, tree) < 0 ?
		       err_set(e, "process", errno, "hand over the tree %s", s->tree.source) :
		       0;
}

static void tree_show(const struct step *s, struct str *out)
{
	for (size_t i = 0; i < s->tree.erofs.n; i++)
		str_addf(out, "# mount -t erofs -o ro,nosuid,nodev %s/%s\n",
			 str_shell_comment(out, s->tree.source), s->tree.erofs.v[i]);
	if (s->tree.layers)
		str_addf(
			out,
			"# %s: each of its %llu layers, and the one above them, its owners mapped by the user namespace\n",
			str_shell_comment(out, s->tree.source), (unsigned long long)s->tree.layers);
	else if (s->tree.idmap)
		str_addf(out, "# %s%s, its owners mapped by %s (mount_setattr, MOUNT_ATTR_IDMAP)\n",
			 s->tree.type ? "a new " : "",
			 str_shell_comment(out, s->tree.type ? s->tree.type : s->tree.source),
			 s->tree.uid_map ? "maps of its own" : "the user namespace");
	else if (is_erofs(&s->tree))
		str_addf(out, "# %s, an EROFS image, mounted\n", str_shell_comment(out, s->tree.source));
	else if (s->tree.mnt_ns)
		str_addf(out, "# %s as it is in the mount namespace %s\n",
			 str_shell_comment(out, s->tree.source), str_shell_comment(out, s->tree.mnt_ns));
	else
		str_addf(out, "# %s, as the host has it\n", str_shell_comment(out, s->tree.source));
}

/* The source as it is where it comes from: the host, or another container. */
static int source_stat(const struct step_tree *s, struct target *t, struct stat *st)
{
	const char *ns = s->mnt_ns, *end = ns ? strstr(ns, "ns/mnt") : NULL;

	if (!ns)
		return stat(s->source, st) < 0 ? -errno : 0;
	/* "/proc/12/ns/mnt": its process's root, where nothing is followed out of it */
	autoclose int root = end ? open(arena_printf(t->arena, "%.*sroot", (int)(end - ns), ns),
					O_PATH | O_DIRECTORY | O_CLOEXEC) :
				   -1;
	autoclose int fd = root < 0 ? -ENOENT : inroot_open(root, s->source, O_PATH);

	return fd < 0 ? fd : fstat(fd, st) < 0 ? -errno : 0;
}

/* The container's mount that shows that file or directory. */
static const struct mountinfo *find_mount(struct target *t, const struct stat *st)
{
	for (size_t i = 0; i < t->mounts.n; i++) {
		const struct mountinfo *m = &t->mounts.v[i];
		struct look l;

		if (makedev(m->major, m->minor) != st->st_dev || look_at(t, m->target, false, &l) < 0)
			continue;
		fd_close(&l.fd);
		if (l.is_mounted && l.st.st_dev == st->st_dev && l.st.st_ino == st->st_ino)
			return l.mount;
	}
	return NULL;
}

/* Is the root put together of overlays? What lies below those is mounted nowhere else. */
static bool is_below_overlay(const struct target *t)
{
	const struct step_root *root = t->plan ? plan_root(t->plan) : NULL;

	return root && root->overlay;
}

/* A tree by itself is nowhere to be seen; what it became in the container is. */
static int tree_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct mountinfo *m;
	struct stat st;
	int r = target_root(t);

	if (r < 0)
		return look_failed(r, "/", text);
	if (t->plan && plan_fills_volume(t->plan, want->tree.source)) {
		str_add(text, "by it the volume was filled, which is mounted by another");
		return READ_UNKNOWN;
	}
	if (want->tree.type) {
		str_add(text, "what was made of it is checked where it is mounted");
		return READ_UNKNOWN;
	}
	if ((r = source_stat(&want->tree, t, &st)) < 0) {
		str_addf(text, "where it came from, %s is gone", want->tree.source);
		return READ_UNKNOWN;
	}
	m = find_mount(t, &st);
	if (m && (!want->tree.idmap || m->attr & MOUNT_ATTR_IDMAP))
		return READ_FOUND;
	if (m) {
		str_addf(text, "%s shows it with the host's owners", m->target);
		return READ_CHANGED;
	}
	if (want->tree.idmap && is_below_overlay(t)) {
		str_add(text,
			"it is below an overlay, which does not tell how the owners of its layers are mapped");
		return READ_UNKNOWN;
	}
	str_addf(text, "no mount of the container shows %s", want->tree.source);
	return READ_MISSING;
}

static const struct field tree_fields[] = {
	FIELD(STR, tree, source, .compare = COMPARE_KEY),
	FIELD(MAYBE, tree, mnt_ns, .compare = COMPARE_KEY),
	FIELD(MAYBE, tree, type, .compare = COMPARE_KEY),
	FIELD(MAYBE, tree, data, .compare = COMPARE_NOT),
	FIELD(BOOL, tree, idmap, .compare = COMPARE_KEY),
	FIELD(BOOL, tree, recursive, .compare = COMPARE_NOT),
	FIELD(BOOL, tree, nofollow, .compare = COMPARE_NOT),
	FIELD(BOOL, tree, idmap_recursive, .compare = COMPARE_NOT),
	FIELD(MAYBE, tree, uid_map, .compare = COMPARE_NOT),
	FIELD(MAYBE, tree, gid_map, .compare = COMPARE_NOT),
	FIELD(U64, tree, layers, .compare = COMPARE_NOT),
	FIELD(MAYBE, tree, layer, .compare = COMPARE_NOT),
	FIELD(STRV, tree, erofs, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_tree = {
	.name = "tree",
	.section = SECTION_ROOT,
	.side = SIDE_HOST,
	.fields = tree_fields,
	.apply = tree_apply,
	.show = tree_show,
	.read = tree_read,
};
