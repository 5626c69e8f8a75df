/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who uses volumes, by the records of all containers. */
#include "state/volumes.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "state/record_parts.h"

struct look {
	struct arena *arena;
	struct strv *pairs;
};

/* By what inspect shows of its mounts (state/record_wish.h). */
static void add_volumes(const struct record *rec, void *arg)
{
	struct look *l = arg;
	struct err ignored;
	json_object *mounts = rec->mounts ? json_from_text(rec->mounts, strlen(rec->mounts), &ignored) : NULL;
	size_t n = mounts ? json_object_array_length(mounts) : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *one = json_object_array_get_idx(mounts, i);
		const char *name = record_get_str(l->arena, one, "Name");

		if (!name)
			continue;
		strv_push(l->arena, l->pairs, name);
		strv_push(l->arena, l->pairs, arena_strdup(l->arena, rec->name));
	}
	json_object_put(mounts);
}

int volumes_used(struct state *st, struct arena *a, const char *but, struct strv *pairs, struct err *e)
{
	struct look l = { .arena = a, .pairs = pairs };

	*pairs = (struct strv){ 0 };
	return containers_each(st, but, add_volumes, &l, e) < 0 ? err_prefix(e, "see which volumes are in use") : 0;
}

/* ---- a container's own ---- */

static bool has_some(int volumes, const char *id)
{
	struct io_dir d = IO_DIR(volumes);

	for (const char *name; (name = io_dir_next(&d));)
		if (volume_is_of(name, id))
			return true;
	return false;
}

static int remove_some(struct state *st, struct arena *a, const char *id, struct err *e)
{
	autoclose int volumes = volumes_open(st, false, LOCK_EX, e);
	struct volume *list;
	struct strv used;
	unsigned broken;
	size_t n;
	int r = volumes;

	if (r < 0)
		return r;
	/* a container whose record can't be read may have them: they stay, and this one can be removed all the same */
	if (volumes_used(st, a, id, &used, &(struct err){ 0 }) < 0)
		return 0;
	if ((r = volumes_list(st, volumes, a, &list, &n, &broken, e)) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++)
		if (list[i].anonymous && volume_is_of(list[i].name, id) && !containers_user(&used, list[i].name))
			r = volumes_remove(st, volumes, list[i].name, e);
	flock(volumes, LOCK_UN);
	return r < 0 ? r : 1;
}

int volumes_remove_of(struct state *st, const char *id, struct err *e)
{
	struct arena a = { 0 };
	autoclose int volumes = volumes_open(st, false, 0, e);
	int r = 0;

	if (volumes == -ENOENT)
		return 0;
	if (volumes < 0)
		return volumes;
	if (has_some(volumes, id))
		r = remove_some(st, &a, id, e);
	arena_free(&a);
	return r == -ENOENT ? 0 : r;
}
