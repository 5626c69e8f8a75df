/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "spec/image/digest.h"

enum { MEASURE = 1000 /* ms */ };

static void clear(struct progress *p)
{
	if (p->lines)
		fprintf(stderr, "\033[%uA\r\033[J", p->lines);
	p->lines = 0;
}

static const char *size_text(struct arena *a, uint64_t n)
{
	return n < 1000000    ? arena_printf(a, "%.1f kB", (double)n / 1e3) :
	       n < 1000000000 ? arena_printf(a, "%.1f MB", (double)n / 1e6) :
				arena_printf(a, "%.2f GB", (double)n / 1e9);
}

static void measure(struct progress_mark *m, uint64_t have, uint64_t now)
{
	if (!m->when)
		*m = (struct progress_mark){ have, now, 0 };
	if (now - m->when < MEASURE)
		return;
	m->speed = (have - m->have) * 1000 / (now - m->when);
	m->have = have;
	m->when = now;
}

static void draw_one(struct progress *p, struct arena *a, const struct download *d, uint64_t speed)
{
	fprintf(stderr, "%.12s: %s of %s, %s/s\n", digest_hex(d->blob->digest), size_text(a, d->have),
		size_text(a, d->blob->size), size_text(a, speed));
	p->lines++;
}

static void draw(void *arg, struct downloads *all)
{
	struct progress *p = arg;
	uint64_t have = 0, size = 0, now = session_now();
	char first[4096];
	struct arena a = ARENA_INIT(first);
	size_t done = 0;

	while (p->n_marks < all->n)
		arena_push(p->arena, p->marks, p->n_marks, (struct progress_mark){ 0 });
	clear(p);
	for (size_t i = 0; i < all->n; i++) {
		const struct download *d = all->v[i];

		measure(&p->marks[i], d->have, now);
		have += d->have;
		size += d->blob->size;
		done += d->state == DOWNLOAD_DONE;
		if (d->state == DOWNLOAD_RUNS)
			draw_one(p, &a, d, p->marks[i].speed);
	}
	if (p->lines) {
		fprintf(stderr, "%zu of %zu are here, %s of %s\n", done, all->n, size_text(&a, have),
			size_text(&a, size));
		p->lines++;
	}
	arena_free(&a);
}

static void tell_layer(void *arg, const struct descriptor *layer, bool there)
{
	clear(arg);
	fprintf(stderr, "%.12s: %s\n", digest_hex(layer->digest), there ? "is here" : "unpacking");
}

void progress_begin(struct progress *p, struct pull *pull)
{
	*p = (struct progress){ .arena = pull->add->arena };
	if (!pull->add->tell || !isatty(STDERR_FILENO))
		return;
	pull->tick = draw;
	pull->tick_arg = p;
	pull->add->tell = tell_layer;
	pull->add->tell_arg = p;
}

void progress_end(struct progress *p)
{
	clear(p);
}
