/* SPDX-License-Identifier: GPL-2.0-or-later */

/* --volumes-from: the other's bind mounts and volumes, as its record has them. It need not run any more. */
#include "run/engine/probe_parts.h"

#include <json-c/json.h>
#include <string.h>
#include <sys/mount.h>

#include "base/json.h"
#include "spec/mount.h"

/* What the record's list of mounts that were asked for has there; NULL: nothing. The plan alone has guise's own,
 * too. */
static json_object *find_wish(struct arena *a, json_object *mounts, const char *target)
{
	struct str text = { .arena = a };

	json_add_utf8(&text, target);
	for (size_t i = 0; i < json_object_array_length(mounts); i++) {
		json_object *one = json_object_array_get_idx(mounts, i), *at;

		if (json_object_object_get_ex(one, "Destination", &at) &&
		    str_eq(json_object_get_string(at), text.p))
			return one;
	}
	return NULL;
}

/* A directory of guise's, or one of the host that the volume is. */
static bool is_own(struct arena *a, const struct spec_mount *m)
{
	const char *end = arena_printf(a, "/volumes/%s/_data", m->volume);
	size_t len = strlen(m->source), n = strlen(end);

	return len > n && str_eq(m->source + len - n, end);
}

static struct spec_mount mount_of(struct arena *a, const struct step_mount *m, json_object *wish,
				  bool readonly)
{
	json_object *volume;
	struct spec_mount out = { .type = "bind",
				  .source = m->source,
				  .target = m->target,
				  .attr = m->attr | m->rec_attr,
				  .recursive = m->recursive,
				  .attr_recursive = m->rec_attr,
				  .propagation = m->propagation };

	if (json_object_object_get_ex(wish, "Name", &volume)) {
		out.volume = arena_strdup(a, json_object_get_string(volume));
		out.type = is_own(a, &out) ? "volume" : "bind";
	}
	if (readonly) {
		out.attr |= MOUNT_ATTR_RDONLY;
		out.attr_recursive |= m->recursive;
	}
	return out;
}

/* One's own -v counts, and of several containers the last. `own`: how many are one's own. */
static void take_mount(struct arena *a, struct spec *s, size_t own, struct spec_mount m)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		if (!str_eq(s->mounts[i].target, m.target))
			continue;
		if (i >= own)
			s->mounts[i] = m;
		return;
	}
	arena_push(a, s->mounts, s->n_mounts, m);
}

static int take_volumes(struct arena *a, struct spec *s, size_t own, const struct record *rec, bool readonly,
			struct err *e)
{
	const struct step_mount *m;
	json_object *wish, *mounts = rec->mounts ? json_from_text(rec->mounts, strlen(rec->mounts), e) : NULL;

	if (rec->mounts && !mounts)
		return err_prefix(e, "read the mounts of container %s", rec->name);
	for (size_t at = 0; mounts && (m = plan_next_mount(&rec->plan, &at));)
		if (str_eq(m->type, "bind") && (wish = find_wish(a, mounts, m->target)))
			take_mount(a, s, own, mount_of(a, m, wish, readonly));
	json_object_put(mounts);
	return 0;
}

int probe_volumes(struct state *st, struct arena *a, struct spec *s, struct err *e)
{
	size_t own = s->n_mounts;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->volumes_from.n; i++) {
		const char *name = s->volumes_from.v[i], *end = strchrnul(name, ':');
		struct record rec;
		struct container c;

		if ((r = container_find(&c, st, a, arena_strndup(a, name, (size_t)(end - name)), e)) < 0)
			return r;
		if ((r = record_read(&c, a, &rec, e)) == 0)
			r = take_volumes(a, s, own, &rec, str_eq(end, ":ro"), e);
		container_close(&c);
	}
	return r < 0 || !s->volumes_from.n ? r : mount_sort(s->mounts, s->n_mounts, e);
}
