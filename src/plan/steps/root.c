/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The root file system: the tree that becomes /, what is mounted into it, and the change of roots.
 *
 * Order, and why. All of it happens in INIT, in its own mount namespace, whose propagation is cut first so
 * that nothing shows on the host. The tree is mounted at one place below guise's run directory (the same
 * place in every container: each sees only its own), a bundle's on itself. The root of a user namespace
 * may not get there, through directories that are closed to others: it is born there instead, and the
 * place is its working directory, which no path leads to. Then come /proc, /dev and the rest, each
 * attached through live->root with openat2 (kernel/fs/inroot.h), because the image may hold any symbolic
 * link. The host's tree stays reachable until STEP_PIVOT, so that bind mounts find their sources; masks
 * come last before it, so that no later mount lies over them.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/overlay.h"
#include "plan/live.h"
#include "plan/look.h"
#include "plan/plan.h"

static int attach_at(int tree, const char *path, struct err *e)
{
	autoclose int place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = place < 0 ? -errno : mount_attach(tree, place, "");

	return r < 0 ? err_set(e, "root-mount", -r, "mount the root file system on %s", path) : 0;
}

static int attach_in_place(const struct step_root *s, int tree, struct err *e)
{
	int r;

	if (!s->born_there)
		return attach_at(tree, s->at, e);
	r = mount_attach(tree, AT_FDCWD, "");
	return r < 0 ? err_set(e, "root-mount", -r, "mount the root file system on %s", s->at) : 0;
}

static int root_tree(const struct step_root *s, struct live *live)
{
	if (s->from_host)
		return live->trees[0];
	return mount_clone(AT_FDCWD, s->born_there && str_eq(s->at, s->source) ? "" : s->source, true);
}

static int root_bind(const struct step_root *s, struct live *live, struct err *e)
{
	autoclose int tree = root_tree(s, live);
	int r;

	if (tree < 0)
		return err_set(e, "root-missing", -tree, "open root file system %s", s->source);
	if (s->propagation && (r = mount_propagate(tree, s->propagation)) < 0)
		return err_set(e, "mount-propagation", -r, "make %s %s", s->source,
			       mount_propagation_word(s->propagation));
	if (attach_in_place(s, tree, e) < 0)
		return -e->no;
	live->root = take_fd(&tree);
	return 0;
}

/* The working directory is the layer, s->root.at, while overlays are made, so that their options hold names
 * and no paths; with stpcpy(3) and not printf, whose pages a new process would have to touch first. */
void root_layer_name(char name[ROOT_LAYER_NAME], const char *kind, unsigned n)
{
	str_put_number(stpcpy(name, kind), n);
}

/* A layer on disk may have it from the run before. */
static int make_dir(const char *name, mode_t mode)
{
	return mkdir(name, mode) < 0 && errno != EEXIST ? -errno : 0;
}

static int no_dir(const struct step_root *s, const char *name, int r, struct err *e)
{
	return err_set(e, s->layer ? "root-layer" : "root-tmpfs", -r, "make %s/%s", s->at, name);
}

/* The n-th lower directory: the host's own, or HOST's idmapped tree of it, which needs a place. */
static int lower_of(const struct step_root *s, struct live *live, const char **source, unsigned n,
		    char name[ROOT_LAYER_NAME], struct err *e)
{
	if (!s->from_host)
		return 0;
	root_layer_name(name, "lower", n);
	*source = name;
	int r = make_dir(name, 0755);

	if (r < 0)
		return no_dir(s, name, r, e);
	return attach_at(live->trees[n], name, e);
}

char *root_put_layers(char *p, const char *prefix, uint64_t n)
{
	for (unsigned i = 0; i < n && i < ROOT_LAYERS_MAX; i++)
		p = str_put_number(stpcpy(stpcpy(p, i ? ":" : ""), prefix), i);
	*p = '\0';
	return p;
}

static int link_image(const struct step_root *s, struct live *live, struct err *e)
{
	int r = root_link_image(s, live->trees);

	return r < 0 ? no_dir(s, "image", r, e) : 0;
}

static int no_overlay(int no, const char *source, struct err *e)
{
	err_set(e, "root-overlay", no, "mount an overlay over %s", source);
	err_hint_for(e, ENODEV, "this kernel has no overlayfs: modprobe overlay");
	return err_hint_for(
		e, EINVAL,
		"its file system may not lie below an overlay, as a stack of overlays or a procfs may not");
}

/* An overlay over a directory of the host, with the n-th writable layer. */
static int overlay_mount(const struct step_root *s, struct live *live, const char *source, unsigned n,
			 const char *target, struct err *e)
{
	char lower_name[ROOT_LAYER_NAME], upper[ROOT_LAYER_NAME], work[ROOT_LAYER_NAME], options[4096];
	const char *lower = source;
	struct stat st;
	char *p;
	int r = lower_of(s, live, &lower, n, lower_name, e);

	if (r < 0)
		return r;
	root_layer_name(upper, "upper", n);
	root_layer_name(work, "work", n);
	if (strlen(lower) + 128 > sizeof(options))
		return err_set(e, "root-path", ENAMETOOLONG, "mount an overlay over %s", source);
	p = stpcpy(options, "lowerdir=");
	if (s->layers && !n) {
		if (s->layers > ROOT_LAYERS_MAX || (r = link_image(s, live, e)) < 0)
			return r < 0 ? r : no_overlay(E2BIG, source, e);
		lower = "image/0";
		p = root_put_layers(p, "image/", s->layers);
	} else {
		p = stpcpy(p, lower);
	}
	p = stpcpy(stpcpy(p, ",upperdir="), upper);
	p = stpcpy(stpcpy(p, ",workdir="), work);
	stpcpy(p, s->userxattr ? ",userxattr" : "");
	/* /tmp stays 1777; in a user namespace most owners are not to be seen, but those of mapped trees and of images */
	if (stat(lower, &st) < 0)
		return no_overlay(errno, source, e);
	if ((r = overlay_make_dirs(AT_FDCWD, upper, work, &st,
				   !s->userxattr || s->from_host || (s->layers && !n))) < 0)
		return no_dir(s, upper, r, e);
	return mount("overlay", target, "overlay", 0, options) < 0 ? no_overlay(errno, source, e) : 0;
}

/* A directory of the host that cannot be covered, since other mounts lie below it and a user namespace may
 * not lay open what is under them. */
static int bind_readonly(const char *source, const char *target, struct err *e)
{
	autoclose int tree = mount_clone(AT_FDCWD, source, true);
	int r = tree < 0 ? tree : mount_set(tree, MOUNT_ATTR_RDONLY, 0, true);

	return r < 0 ? err_set(e, "root-mount", -r, "bind %s", source) : attach_at(tree, target, e);
}

/* Where the host's directory `below` lies in the new root; made there, if that started empty. */
static int place_below(const struct step_root *s, const char *below, char *target, size_t size, struct err *e)
{
	if (snprintf(target, size, "root%s", below) >= (int)size)
		return err_set(e, "root-path", ENAMETOOLONG, "make %s", below);
	int r = s->empty ? make_dir(target, 0755) : 0;

	return r < 0 ? no_dir(s, target, r, e) : 0;
}

static int root_below(const struct step_root *s, struct live *live, struct err *e)
{
	unsigned n = s->empty ? 0 : 1;
	char target[4096];
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->below.n; i++)
		if ((r = place_below(s, s->below.v[i], target, sizeof(target), e)) == 0)
			r = overlay_mount(s, live, s->below.v[i], n + (unsigned)i, target, e);
	for (size_t i = 0; r == 0 && i < s->bound.n; i++)
		if ((r = place_below(s, s->bound.v[i], target, sizeof(target), e)) == 0)
			r = bind_readonly(s->bound.v[i], target, e);
	for (size_t i = 0; r == 0 && i < s->dirs.n; i++)
		r = place_below(s, s->dirs.v[i], target, sizeof(target), e);
	return r;
}

/* Where the layers are: a mount of the directory on disk, which HOST has sent where INIT can't get there,
 * or a tmpfs. */
static int open_layer(const struct step_root *s, struct live *live, struct err *e)
{
	int fd;

	if (!s->layer) {
		fd = mount_new("tmpfs", "tmpfs", "mode=755", 0);
		return fd < 0 ? err_set(e, "root-tmpfs", -fd, "make a tmpfs for the root file system") : fd;
	}
	if (s->layer_tree)
		return take_fd(&live->trees[s->layer_tree - 1]);
	fd = mount_clone(AT_FDCWD, s->layer, false);
	return fd < 0 ? err_set(e, "root-layer", -fd, "open the container's layer %s", s->layer) : fd;
}

static int root_overlay(const struct step_root *s, struct live *live, struct err *e)
{
	autoclose int layer = open_layer(s, live, e);
	int r;

	if (layer < 0 || (r = attach_in_place(s, layer, e)) < 0)
		return -e->no;
	r = fchdir(layer) < 0 ? -errno : make_dir("root", 0755);
	if (r < 0)
		return no_dir(s, "root", r, e);
	if (!s->empty && (r = overlay_mount(s, live, s->source, 0, "root", e)) < 0)
		return r;
	/* pivot_root wants a mount point */
	if (s->empty && mount("root", "root", NULL, MS_BIND, NULL) < 0)
		return err_set(e, "root-tmpfs", errno, "bind %s/root", s->at);
	if ((r = root_below(s, live, e)) < 0)
		return r;
	live->root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return live->root < 0 ? err_set(e, "root-missing", errno, "open %s/root", s->at) : 0;
}

/* The mounts to come are the host's too, so they are made where one umount(2) takes all of them away. */
static int root_bind_here(const struct step_root *s, struct live *live, struct err *e)
{
	autoclose int tree = mount_clone(AT_FDCWD, s->source, true);
	int r = tree < 0 ? tree : mount_propagate(tree, MS_REC | MS_PRIVATE);

	if (r < 0)
		return err_set(e, "root-missing", -r, "bind root file system %s on itself", s->source);
	if ((r = attach_at(tree, s->source, e)) == 0)
		live->root = take_fd(&tree);
	return r;
}

static int root_stays(const struct step_root *s, struct live *live, struct err *e)
{
	if (s->bound_here)
		return root_bind_here(s, live, e);
	live->root = open(s->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return live->root < 0 ? err_set(e, "root-missing", errno, "open root file system %s", s->source) : 0;
}

static int root_apply(const struct step *s, struct live *live, struct err *e)
{
	if (s->root.stays)
		return root_stays(&s->root, live, e);
	return s->root.overlay && !s->root.whole ? root_overlay(&s->root, live, e) :
						   root_bind(&s->root, live, e);
}

/* The mount at the source that is bound there from that very place: ours, whose else. */
static bool is_bound_here(const struct step_root *s, struct live *live)
{
	struct mountinfo_list list;
	const struct mountinfo *top, *under;
	const char *place;
	struct statx x;

	if (statx(AT_FDCWD, s->source, 0, STATX_MNT_ID, &x) < 0 ||
	    mountinfo_read_self(live->arena, &list) < 0)
		return false;
	top = mountinfo_by_id(&list, x.stx_mnt_id);
	under = mountinfo_by_id(&list, s->over);
	if (!top || !under || top->parent != under->id || !str_eq(top->target, s->source))
		return false;
	place = arena_printf(live->arena, "%s%s", str_eq(under->root, "/") ? "" : under->root,
			     s->source + (str_eq(under->target, "/") ? 0 : strlen(under->target)));
	return str_eq(top->root, *place ? place : "/");
}

static int root_undo(const struct step *s, struct live *live, struct err *e)
{
	if (!s->root.bound_here || !is_bound_here(&s->root, live))
		return 0;
	if (umount2(s->root.source, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return err_set(e, "root-mount", errno, "unmount %s", s->root.source);
	return 0;
}

static void show_links(const struct step_root *s, const char *at, const char *source, struct str *out)
{
	if (!s->erofs.n)
		str_addf(out, "ln -sfn %s %s/image\n", source, at);
	for (unsigned i = 0; s->erofs.n && i < s->layers; i++) {
		if (root_is_erofs(&s->erofs, i))
			str_addf(
				out,
				"mkdir -p %s/image/%u && mount -t erofs -o ro,nosuid,nodev %s/%u %s/image/%u\n",
				at, i, source, i, at, i);
		else
			str_addf(out, "mkdir -p %s/image && ln -sfn %s/%u %s/image/%u\n", at, source, i, at,
				 i);
	}
}

/* In the directory of the layer, as apply does it. */
static void show_image(const struct step_root *s, struct str *out)
{
	char layers[4096];
	const char *at = str_shell(out, s->at);

	root_put_layers(layers, "image/", s->layers);
	str_addf(out, "mkdir -p %s/upper0 %s/work0 %s/root\n", at, at, at);
	show_links(s, at, str_shell(out, s->source), out);
	str_addf(out,
		 "(cd %s && chmod --reference=image/0 upper0 && chown --reference=image/0 upper0 &&\n"
		 "	mount -t overlay overlay -o lowerdir=%s,upperdir=upper0,workdir=work0%s root)\n",
		 at, layers, s->userxattr ? ",userxattr" : "");
}

static void show_overlay(const struct step_root *s, const char *lower, size_t n, struct str *out)
{
	const char *at = str_shell(out, s->at);

	str_addf(out, "mkdir -p %s/upper%zu %s/work%zu %s/root", at, n, at, n, at);
	str_add_shell(out, lower);
	str_add(out, "\nmount -t overlay overlay -o lowerdir=");
	str_add_shell(out, lower);
	str_addf(out, ",upperdir=%s/upper%zu,workdir=%s/work%zu%s %s/root", at, n, at, n,
		 s->userxattr ? ",userxattr" : "", at);
	if (n || s->empty)
		str_add_shell(out, lower);
	str_add(out, "\n");
}

static void show_root_overlay(const struct step_root *s, struct str *out)
{
	const char *at = str_shell(out, s->at);

	if (s->layer)
		str_addf(out, "mount --bind %s %s\nmkdir -p %s/root\n", str_shell(out, s->layer), at, at);
	else
		str_addf(out, "mount -t tmpfs -o mode=755 tmpfs %s\nmkdir %s/root\n", at, at);
	if (s->empty)
		str_addf(out, "mount --bind %s/root %s/root\n", at, at);
	else if (s->layers)
		show_image(s, out);
	else
		show_overlay(s, s->source, 0, out);
	for (size_t i = 0; i < s->below.n; i++)
		show_overlay(s, s->below.v[i], i + !s->empty, out);
	for (size_t i = 0; i < s->bound.n; i++) {
		const char *dir = str_shell(out, s->bound.v[i]);

		str_addf(out, "mkdir -p %s/root%s && mount --rbind -o ro %s %s/root%s\n", at, dir, dir, at,
			 dir);
	}
	for (size_t i = 0; i < s->dirs.n; i++)
		str_addf(out, "mkdir %s%s/root%s\n", s->layer ? "-p " : "", at, str_shell(out, s->dirs.v[i]));
	str_addf(out, "root=%s/root\n", at);
}

static void root_show(const struct step *s, struct str *out)
{
	const char *source = str_shell(out, s->root.source),
		   *at = str_shell(out, s->root.stays ? "" : s->root.at);

	if (s->root.bound_here)
		str_addf(out, "mount --rbind --make-rprivate %s %s\n", source, source);
	if (s->root.stays) {
		str_addf(out, "root=%s\ncd \"$root\"\n", source);
		return;
	}
	str_addf(out, "mkdir -p %s\n", at);
	if (s->root.overlay) {
		show_root_overlay(&s->root, out);
	} else {
		str_addf(out, "mount --rbind %s %s\n", source, at);
		if (s->root.propagation)
			str_addf(out, "mount --make-%s %s\n", mount_propagation_word(s->root.propagation),
				 at);
		str_addf(out, "root=%s\n", at);
	}
	str_add(out, "cd \"$root\"\n");
}

static void root_outcome(const struct plan *p, const struct step *s, struct step *out)
{
	if (s->root.overlay || plan_last(p, STEP_PROPAGATION) > s)
		out->root.propagation = 0;
	out->root.propagation &= ~(uint64_t)MS_REC;
}

/* The trees are looked for by their names; the rest is how it was made. */
static const struct field root_fields[] = {
	FIELD(STR, root, source, .compare = COMPARE_KEY),
	FIELD(MAYBE, root, at, .compare = COMPARE_NOT),
	FIELD(BOOL, root, born_there, .compare = COMPARE_NOT),
	FIELD(BOOL, root, overlay, .compare = COMPARE_KEY),
	FIELD(U64, root, layers, .compare = COMPARE_KEY),
	FIELD(STRV, root, erofs, .compare = COMPARE_NOT), /* what is below an overlay is mounted nowhere */
	FIELD(BOOL, root, userxattr, .compare = COMPARE_NOT),
	FIELD(BOOL, root, empty, .compare = COMPARE_KEY),
	FIELD(STRV, root, below, .compare = COMPARE_KEY),
	FIELD(STRV, root, bound, .compare = COMPARE_KEY),
	FIELD(STRV, root, dirs, .compare = COMPARE_KEY),
	FIELD(BOOL, root, from_host, .compare = COMPARE_KEY),
	FIELD(BOOL, root, whole, .compare = COMPARE_KEY),
	FIELD(U64, root, propagation, .compare = COMPARE_GIVEN, .label = "the propagation of /",
	      .show = step_show_propagation),
	FIELD(BOOL, root, stays, .compare = COMPARE_NOT),
	FIELD(MAYBE, root, layer, .compare = COMPARE_NOT),
	FIELD(U64, root, layer_tree, .compare = COMPARE_NOT),
	FIELD(BOOL, root, bound_here, .compare = COMPARE_NOT),
	FIELD(U64, root, over, .compare = COMPARE_NOT),
	{ 0 },
};

static bool root_mounts(const struct step *s, size_t n, struct mounted *m)
{
	const struct strv *below = &s->root.below, *bound = &s->root.bound;

	if (n > below->n + bound->n)
		return false;
	*m = (struct mounted){ .target = n == 0        ? "/" :
					 n <= below->n ? below->v[n - 1] :
							 bound->v[n - 1 - below->n] };
	return true;
}

const struct step_ops step_root = {
	.name = "root",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.script = SCRIPT_ROOT,
	.fields = root_fields,
	.apply = root_apply,
	.show = root_show,
	.read = root_read,
	.outcome = root_outcome,
	.undo = root_undo,
	.mounts = root_mounts,
};

const struct step_root *plan_root(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_ROOT);

	return s ? &s->root : NULL;
}
