/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * An upper directory of overlayfs beside the lower one (overlayfs in the kernel's Documentation):
 *
 *     a device 0:0, or an empty file with the attribute "whiteout"    what has that name below is deleted
 *     a directory with the attribute "opaque"                         it is new: nothing of the one below is in it
 *     any other directory                                             both together
 *
 * The attributes are trusted.overlay.*, or user.overlay.* where a user mounted it.
 */
#include "run/engine/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "run/engine/image_view.h"
#include "run/engine/own_ids.h"
#include "state/layer.h"

enum { DEPTH_MAX = 2000 /* directories in each other: as many as a path has room for */ };

struct walk {
	struct arena *arena;
	struct changes *out;
	const struct plan *plan;
	struct str path;
	unsigned depth;
	size_t left_out; /* places of mounts, so far */
};

static void add(struct walk *w, char kind)
{
	struct change c = { kind, arena_strdup(w->arena, w->path.p) };

	arena_push(w->arena, w->out->v, w->out->n, c);
}

static int failed(struct walk *w, int no, struct err *e)
{
	return err_set(e, "layer", no, "read the layer at %s", str_get(&w->path));
}

static size_t enter(struct walk *w, const char *name)
{
	size_t len = w->path.len;

	str_addf(&w->path, "/%s", name);
	return len;
}

static void leave(struct walk *w, size_t len)
{
	w->path.len = len;
	w->path.p[len] = '\0';
}

/* To read its attributes takes a directory, which is opened, or a path: that of a descriptor is one of
 * /proc's. */
static bool has_attribute(int fd, const char *name)
{
	char path[64], attribute[64], value;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	snprintf(attribute, sizeof(attribute), "trusted.overlay.%s", name);
	if (getxattr(path, attribute, &value, 1) == 1)
		return value == 'y';
	snprintf(attribute, sizeof(attribute), "user.overlay.%s", name);
	return getxattr(path, attribute, &value, 1) == 1 && value == 'y';
}

static bool is_whiteout(int dir, const char *name, const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == 0;
	if (!S_ISREG(st->st_mode) || st->st_size)
		return false;
	autoclose int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && has_attribute(fd, "whiteout");
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int open_dir(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* What guise made for a mount to cover: not the container's, which can't have written there. */
static bool is_place_of_mount(const struct walk *w, const struct stat *st)
{
	struct mounted m;

	if (!S_ISDIR(st->st_mode) && (!S_ISREG(st->st_mode) || st->st_size))
		return false;
	for (size_t i = 0; i < w->plan->count; i++)
		if (step_makes_place(&w->plan->steps[i], &m) && str_eq(m.target, w->path.p))
			return true;
	return false;
}

static int walk_below(struct walk *w, int upper, int lower, bool hidden, struct err *e);

/* A directory in both. It is told only if it, or something in it, is another than before. */
static int walk_both(struct walk *w, int upper, int lower, const struct stat *st, struct stat below,
		     bool hidden, struct err *e)
{
	size_t at = w->out->n, left_out = w->left_out;
	int r;

	add(w, 'C');
	r = walk_below(w, upper, lower, hidden || has_attribute(upper, "opaque"), e);
	/* its time is that when guise made something in it */
	if (w->left_out > left_out)
		below.st_mtim = st->st_mtim;
	if (r == 0 && is_same(st, &below) && w->out->n == at + 1)
		w->out->n = at;
	return r;
}

/* One that is new. */
static int walk_added(struct walk *w, int upper, const struct stat *st, char kind, struct err *e)
{
	size_t at = w->out->n, left_out = w->left_out;
	int r;

	add(w, kind);
	r = walk_below(w, upper, -1, false, e);
	if (r < 0 || w->out->n > at + 1 || kind != 'A')
		return r;
	if (is_place_of_mount(w, st))
		w->left_out++;
	if (w->left_out > left_out)
		w->out->n = at;
	return 0;
}

/* below: what has that name in the lower directory; NULL: nothing has. */
static int walk_dir(struct walk *w, int dir, int lower_dir, const char *name, const struct stat *st,
		    const struct stat *below, bool hidden, struct err *e)
{
	autoclose int upper = open_dir(dir, name);
	autoclose int lower = below && S_ISDIR(below->st_mode) ? open_dir(lower_dir, name) : -1;

	if (upper < 0)
		return errno == ENOENT ? 0 : failed(w, errno, e);
	if (lower >= 0)
		return walk_both(w, upper, lower, st, *below, hidden, e);
	return walk_added(w, upper, st, below ? 'C' : 'A', e);
}

static int walk_entry(struct walk *w, int upper, int lower, const char *name, bool hidden, struct err *e)
{
	struct stat st, low;
	bool below = lower >= 0 && fstatat(lower, name, &low, AT_SYMLINK_NOFOLLOW) == 0;

	/* removed since the directory was read */
	if (fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(w, errno, e);
	if (S_ISDIR(st.st_mode))
		return walk_dir(w, upper, lower, name, &st, below ? &low : NULL, hidden, e);
	if (is_whiteout(upper, name, &st)) {
		if (below)
			add(w, 'D');
	} else if (below || !is_place_of_mount(w, &st)) {
		add(w, below ? 'C' : 'A');
	} else {
		w->left_out++;
	}
	return 0;
}

/* What is below a directory that is new, and has not come again. */
static int walk_hidden(struct walk *w, int upper, int lower, struct err *e)
{
	struct io_dir d = IO_DIR(lower);
	struct stat st;

	for (const char *name; (name = io_dir_next(&d));) {
		size_t len = enter(w, name);

		if (fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			add(w, 'D');
		leave(w, len);
	}
	return d.error ? failed(w, -d.error, e) : 0;
}

/* hidden: nothing of the lower directory is to be seen any more. */
static int walk_below(struct walk *w, int upper, int lower, bool hidden, struct err *e)
{
	struct io_dir *d = arena_new(w->arena, struct io_dir);
	int r = 0;

	if (w->depth++ == DEPTH_MAX)
		return failed(w, ELOOP, e), err_cause(e, "there are too many directories in each other");
	*d = (struct io_dir)IO_DIR(upper);
	for (const char *name; r == 0 && (name = io_dir_next(d));) {
		size_t len = enter(w, name);

		r = walk_entry(w, upper, lower, name, hidden, e);
		leave(w, len);
	}
	w->depth--;
	if (r == 0 && d->error)
		r = failed(w, -d->error, e);
	return r == 0 && hidden && lower >= 0 ? walk_hidden(w, upper, lower, e) : r;
}

/* The n-th overlay, over a directory of the host, which is closed. */
static int walk_layer(struct walk *w, int layer, unsigned n, int below, const char *at, struct err *e)
{
	char name[LAYER_NAME_MAX];
	autoclose int upper = open_dir(layer, layer_upper(name, n));
	autoclose int lower = below;

	str_add(&w->path, at);
	if (upper < 0 || lower < 0)
		return failed(w, errno, e);
	int r = walk_below(w, upper, lower, false, e);
	leave(w, 0);
	return r;
}

static int open_tree_of(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* An image's layers are seen together in a mount of one's own. */
static int walk_root(struct walk *w, const struct control *k, const struct step_root *root, int layer,
		     struct err *e)
{
	const char *why;
	int lower, r;

	if (!root->layers)
		return walk_layer(w, layer, 0, open_tree_of(root->source), "", e);
	if ((r = own_ids_mounts(w->arena, &why, e)) < 0)
		return r;
	lower = image_view(root, arena_printf(w->arena, "%s/mnt", k->st->path), e);
	return lower < 0 ? lower : walk_layer(w, layer, 0, lower, "", e);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

static int no_layer(const struct control *k, const struct step_root *root, struct err *e)
{
	err_set(e, "no-layer", ENOENT, "tell what container %s has changed", k->rec.name);
	if (!root || !root->overlay)
		return err_cause(e, "it uses its root in place, and what it changes is changed there"),
		       err_hint(e, "run it with --overlay");
	return err_cause(e, "its layer is in memory, where only it can see it"),
	       err_hint(e, "run it without --rm, and without --read-only");
}

int changes_read(const struct control *k, struct changes *changes, struct err *e)
{
	const struct step_root *root = plan_root(&k->rec.plan);
	struct walk w = {
		.arena = k->arena, .out = changes, .plan = &k->rec.plan, .path = { .arena = k->arena }
	};
	autoclose int layer = root && root->layer ? layer_open(&k->c) : -ENOENT;
	unsigned n = 0;
	int r = 0;

	*changes = (struct changes){ 0 };
	str_add(&w.path, "");
	if (layer < 0)
		return no_layer(k, root, e);
	/* directories of subordinate ids may be closed to all others */
	if ((r = own_ids_reach(k->arena, e)) < 0)
		return r;
	if (!root->empty)
		r = walk_root(&w, k, root, layer, e);
	n = !root->empty;
	for (size_t i = 0; r == 0 && i < root->below.n; i++)
		r = walk_layer(&w, layer, n++, open_tree_of(root->below.v[i]), root->below.v[i], e);
	if (changes->n)
		qsort(changes->v, changes->n, sizeof(*changes->v), compare);
	return r;
}
