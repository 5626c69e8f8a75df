/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/volumes.h"

#include <errno.h>
#include <sys/file.h>

#include "base/fd.h"
#include "run/engine/volumes_from.h"
#include "state/volumes.h"

static bool needs_some(const struct spec *s)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (s->mounts[i].volume)
			return true;
	return s->volumes_from.n > 0;
}

/* Another may make it at the same time: then it is that one. */
static int find_or_make(struct state *st, struct arena *a, int volumes, bool make, struct volume *v,
			struct err *e)
{
	struct volume wanted = *v;
	int r = volumes_load(st, volumes, a, wanted.name, v, e);

	if (r != -ENOENT)
		return r;
	*v = wanted;
	r = make ? volumes_make(st, volumes, v, e) : 0;
	return r == -EEXIST ? volumes_load(st, volumes, a, wanted.name, v, e) : r;
}

static int prepare_one(struct state *st, struct arena *a, const char *id, int volumes, bool make,
		       struct spec_mount *m, struct err *e)
{
	struct volume v = { .name = m->volume, .anonymous = !*m->volume };
	int r;

	if (v.anonymous)
		m->volume = v.name = volume_anonymous(a, id, m->target);
	if ((r = find_or_make(st, a, volumes, make, &v, e)) < 0)
		return r;
	if (make && (r = volumes_mount(st, volumes, a, &v, e)) < 0)
		return r;
	m->source = arena_printf(a, "%s/_data", volumes_path(st, a, v.name));
	/* a directory of the host is never filled, and mounted as any other */
	if (v.type && !str_eq(v.type, "tmpfs")) {
		m->type = "bind";
		return volume_mount(a, &v, m, e);
	}
	if (!v.created || volumes_is_fresh(volumes, v.name))
		m->fill = volumes_path(st, a, v.name);
	return 0;
}

int volumes_prepare(struct state *st, struct arena *a, const char *id, struct spec *s, bool make, int *lock,
		    struct err *e)
{
	int r = 0;

	*lock = -1;
	if (!needs_some(s))
		return 0;
	autoclose int volumes = volumes_open(st, make, LOCK_SH, e);
	if (volumes < 0 && volumes != -ENOENT)
		return volumes;
	/* behind the lock: what another has stays, from here on */
	r = volumes_from(st, a, s, e);
	for (size_t i = 0; r == 0 && i < s->n_mounts; i++)
		if (s->mounts[i].volume)
			r = prepare_one(st, a, id, volumes, make, &s->mounts[i], e);
	if (r == 0)
		*lock = take_fd(&volumes);
	return r;
}
