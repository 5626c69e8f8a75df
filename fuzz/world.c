/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world of --from: packets walk through it, what is wrong with it is found, and its map drawn in every form. What was
 * written is read back.
 */
#include <stdint.h>
#include <string.h>

#include "observe/report/map.h"

static int load(struct arena *a, const char *text, size_t len, struct world *w)
{
	struct err e;

	return world_load_text(a, arena_strndup(a, text, len), len, w, &e);
}

/* Between the first namespaces, there and back. */
static void walk_about(struct arena *a, const struct world *w)
{
	for (size_t i = 0; i < w->n_netns && i < 4; i++)
		for (size_t j = 0; j < w->n_netns && j < 4; j++) {
			struct walk_packet p = { .netns = w->netns[i].inode,
						 .proto = IPPROTO_TCP,
						 .dport = 80 };
			struct walk way;

			if (!w->netns[j].n_addrs)
				continue;
			p.dst = w->netns[j].addrs[w->netns[j].n_addrs - 1].ip;
			walk(w, &p, a, &way);
		}
}

static void draw(struct arena *a, const struct world *w)
{
	struct map_look narrow = { .width = 60, .ascii = true }, wide = { .width = 120, .color = true };
	struct str out = { .arena = a };
	struct findings f;
	struct map m;

	findings(w, NULL, a, &f);
	map_make(w, &f, a, &m);
	map_text(&m, &narrow, &out);
	map_text(&m, &wide, &out);
	map_svg(&m, &out);
	map_dot(&m, &out);
	map_json(&m, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct str once = { .arena = &a }, twice = { .arena = &a };
	struct world w, again;

	if (load(&a, (const char *)data, size, &w) == 0) {
		world_write(&w, &once);
		walk_about(&a, &w);
		draw(&a, &w);
		if (load(&a, once.p, once.len, &again) < 0)
			__builtin_trap();
		world_write(&again, &twice);
		if (strcmp(once.p, twice.p) != 0)
			__builtin_trap();
	}
	arena_free(&a);
	return 0;
}
