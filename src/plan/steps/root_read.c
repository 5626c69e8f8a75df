/* SPDX-License-Identifier: GPL-2.0-or-later */

/* STEP_ROOT, read: is what a container has as / put together as planned? */
#include "plan/steps/steps.h"

#include <sys/mount.h>

#include "base/fd.h"
#include "plan/look.h"
#include "plan/target.h"

/* An overlay over the n-th lower directory, at that path inside. */
static int read_overlay(const struct step_root *s, struct target *t, const char *source, unsigned n,
			const char *path, struct str *text)
{
	char lower[ROOT_LAYER_NAME], upper[ROOT_LAYER_NAME], image[4096];
	const char *now;
	struct look l;
	int r = look_at_mount(t, path, &l);

	if (r < 0)
		return look_failed(r, path, text);
	fd_close(&l.fd);
	if (!str_eq(l.mount->type, "overlay")) {
		str_addf(text, "%s is a %s", path, l.mount->type);
		return READ_CHANGED;
	}
	if (s->layers && !n) {
		root_put_layers(image, "image/", s->layers);
		source = image;
	}
	root_layer_name(lower, "lower", n);
	root_layer_name(upper, "upper", n);
	now = mountinfo_option(t->arena, l.mount, "lowerdir");
	if (str_eq(now, s->from_host ? lower : source) &&
	    str_eq(mountinfo_option(t->arena, l.mount, "upperdir"), upper))
		return READ_FOUND;
	str_addf(text, "%s is a layer over %s", path, now ? now : "other directories");
	return READ_CHANGED;
}

/* A directory of the host, bound at that path. */
static int read_bound(const struct step_root *s, struct target *t, const char *source, const char *path,
		      uint64_t attr, struct str *text)
{
	struct look l;
	int r = look_at_mount(t, path, &l), same;

	if (r < 0)
		return look_failed(r, path, text);
	same = l.is_covered ? 1 : look_is_host_file(&l, source);
	fd_close(&l.fd);
	if (same > 0 && (l.mount->attr & attr) == attr)
		return READ_FOUND;
	if (same > 0)
		str_addf(text, "%s is not %s", path,
			 attr & MOUNT_ATTR_RDONLY ? "read-only" : "with mapped owners");
	else
		str_addf(text, "%s shows %s of %s", path, l.mount->root, l.mount->source);
	return READ_CHANGED;
}

/* The parts of a root that is put together: the first that is not as planned. */
static int read_below(const struct step_root *s, struct target *t, struct str *text)
{
	int f = READ_FOUND;
	struct look l;
	int r;

	for (size_t i = 0; f == READ_FOUND && i < s->below.n; i++)
		f = read_overlay(s, t, s->below.v[i], (unsigned)i + !s->empty, s->below.v[i], text);
	for (size_t i = 0; f == READ_FOUND && i < s->bound.n; i++)
		f = read_bound(s, t, s->bound.v[i], s->bound.v[i], MOUNT_ATTR_RDONLY, text);
	for (size_t i = 0; f == READ_FOUND && i < s->dirs.n; i++) {
		if ((r = look_at(t, s->dirs.v[i], true, &l)) < 0)
			f = look_failed(r, s->dirs.v[i], text);
		else
			fd_close(&l.fd);
	}
	return f;
}

/* One that is put together in an empty layer is that layer, a tmpfs or a directory on disk. */
static int read_empty(const struct step_root *s, struct target *t, struct str *text)
{
	struct look l;
	int r = look_at(t, "/", true, &l);

	if (r < 0)
		return look_failed(r, "/", text);
	fd_close(&l.fd);
	if (s->layer || str_eq(l.mount->type, "tmpfs"))
		return READ_FOUND;
	str_addf(text, "/ is a %s", l.mount->type);
	return READ_CHANGED;
}

/* Which directories it is of, nobody is told: they were named by descriptors. */
static int read_whole(struct target *t, struct str *text)
{
	struct look l;
	int r = look_at(t, "/", true, &l);

	if (r < 0)
		return look_failed(r, "/", text);
	fd_close(&l.fd);
	if (str_eq(l.mount->type, "overlay"))
		return READ_FOUND;
	str_addf(text, "/ is a %s", l.mount->type);
	return READ_CHANGED;
}

static int read_overlays(const struct step_root *s, struct target *t, struct str *text)
{
	if (s->whole)
		return read_whole(t, text);

	int r = s->empty ? read_empty(s, t, text) : read_overlay(s, t, s->source, 0, "/", text);

	return r == READ_FOUND ? read_below(s, t, text) : r;
}

int root_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct step_root *s = &want->root;
	struct look l;
	int r;

	if (s->overlay)
		return read_overlays(s, t, text);
	r = read_bound(s, t, s->source, "/", s->from_host ? MOUNT_ATTR_IDMAP : 0, text);
	if (r != READ_FOUND || (r = look_at(t, "/", true, &l)) < 0)
		return r;
	fd_close(&l.fd);
	have->root.propagation = step_propagation_of(l.mount, s->propagation);
	return READ_FOUND;
}
