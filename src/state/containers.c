/* SPDX-License-Identifier: GPL-2.0-or-later */

/* All containers' records, for who must know what is used. */
#include <errno.h>

#include "state/state.h"

static int look_at(struct state *st, const char *id, container_fn *fn, void *arg, struct err *e)
{
	struct arena a = { 0 };
	struct err one = { 0 };
	struct container c;
	struct record r;
	int n = container_open(&c, st, &a, id, &one);

	if (n == 0 && (n = record_read(&c, &a, &r, &one)) == 0) {
		r.name = container_name(&c, st, &a, r.name);
		fn(&r, arg);
	}
	container_close(&c);
	arena_free(&a);
	/* it is just being made, or removed */
	if (n == 0 || n == -ENOENT)
		return 0;
	err_take(e, &one);
	return err_hint(e, "guise %srm --force %.12s removes what there is of it", st->flag, id);
}

int containers_each(struct state *st, const char *but, container_fn *fn, void *arg, struct err *e)
{
	struct arena a = { 0 };
	struct strv ids;
	int r = container_list(st, &a, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++)
		if (!str_eq(ids.v[i], but))
			r = look_at(st, ids.v[i], fn, arg, e);
	arena_free(&a);
	return r;
}

const char *containers_user(const struct strv *pairs, const char *what)
{
	for (size_t i = 0; i + 1 < pairs->n; i += 2)
		if (str_eq(pairs->v[i], what))
			return pairs->v[i + 1];
	return NULL;
}
