/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who is made of images, by the records of all containers. */
#include "state/images.h"

struct look {
	struct arena *arena;
	struct strv *pairs;
};

static void add_image(const struct record *r, void *arg)
{
	struct look *l = arg;

	if (!r->image)
		return;
	strv_push(l->arena, l->pairs, arena_strdup(l->arena, r->image));
	strv_push(l->arena, l->pairs, arena_strdup(l->arena, r->name));
}

int images_used(struct state *st, struct arena *a, struct strv *pairs, struct err *e)
{
	struct look l = { .arena = a, .pairs = pairs };

	*pairs = (struct strv){ 0 };
	return containers_each(st, NULL, add_image, &l, e) < 0 ?
		       err_prefix(e, "see which images containers are made of") :
		       0;
}
