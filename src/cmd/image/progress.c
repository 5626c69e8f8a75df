/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/engine/words.h"
#include "cmd/image/take.h"
#include "spec/image/digest.h"

enum { MEASURE = 1000 /* ms */ };

static void clear(struct progress *p)
{
	if (p->lines)
		fprintf(stderr, "\033[%uA\r\033[J", p->lines);
	p->lines = 0;
}

/* Begun anew where there is less than there was: of what is fetched or sent once more. */
static void measure(struct progress_mark *m, uint64_t have, uint64_t now)
{
	if (!m->when || have < m->have)
		*m = (struct progress_mark){ have, now, 0 };
	if (now - m->when < MEASURE)
		return;
	m->speed = (have - m->have) * 1000 / (now - m->when);
	m->have = have;
	m->when = now;
}

static struct progress_mark *mark_of(struct progress *p, size_t i)
{
	while (p->n_marks <= i)
		arena_push(p->arena, p->marks, p->n_marks, (struct progress_mark){ 0 });
	return &p->marks[i];
}

static void draw_one(struct progress *p, struct arena *a, const struct descriptor *blob,
		     const struct progress_mark *m, uint64_t have)
{
	fprintf(stderr, "%.12s: %s of %s%s\n", digest_hex(blob->digest), words_bytes(a, have),
		words_bytes(a, blob->size),
		m->speed ? arena_printf(a, ", %s/s", words_bytes(a, m->speed)) : "");
	p->lines++;
}

static void draw_all(struct progress *p, struct arena *a, size_t done, size_t n, const char *where,
		     uint64_t have, uint64_t size)
{
	fprintf(stderr, "%zu of %zu are %s, %s of %s\n", done, n, where, words_bytes(a, have),
		words_bytes(a, size));
	p->lines++;
}

/* ---- pull ---- */

static void draw_pull(void *arg, struct downloads *all)
{
	struct progress *p = arg;
	uint64_t have = 0, size = 0, now = session_now();
	char first[4096];
	struct arena a = ARENA_INIT(first);
	size_t done = 0;

	clear(p);
	for (size_t i = 0; i < all->n; i++) {
		const struct download *d = all->v[i];

		measure(mark_of(p, i), d->have, now);
		have += d->have;
		size += d->blob->size;
		done += d->state == DOWNLOAD_DONE;
		if (d->state == DOWNLOAD_RUNS)
			draw_one(p, &a, d->blob, mark_of(p, i), d->have);
	}
	if (p->lines)
		draw_all(p, &a, done, all->n, "here", have, size);
	arena_free(&a);
}

static void tell_layer(void *arg, const struct descriptor *layer, bool there)
{
	clear(arg);
	take_tell_layer(NULL, layer, there);
}

void progress_begin(struct progress *p, struct pull *pull)
{
	*p = (struct progress){ .arena = pull->add->arena };
	if (!pull->add->tell || !isatty(STDERR_FILENO))
		return;
	pull->tick = draw_pull;
	pull->tick_arg = p;
	pull->add->tell = tell_layer;
	pull->add->tell_arg = p;
}

/* ---- push ---- */

static void draw_push(void *arg, const struct push_state *s)
{
	struct progress *p = arg;
	char first[4096];
	struct arena a = ARENA_INIT(first);

	measure(mark_of(p, s->done), s->sent, session_now());
	clear(p);
	draw_one(p, &a, s->blob, mark_of(p, s->done), s->sent);
	draw_all(p, &a, s->done, s->n, "there", s->bytes_done + s->sent, s->bytes);
	arena_free(&a);
}

static void tell_blob(void *arg, const struct descriptor *blob, const char *what)
{
	clear(arg);
	fprintf(stderr, "%.12s: %s\n", digest_hex(blob->digest), what);
}

void progress_begin_push(struct progress *p, struct push *push)
{
	*p = (struct progress){ .arena = push->arena };
	push->tell = tell_blob;
	push->tick = isatty(STDERR_FILENO) ? draw_push : NULL;
	push->arg = p;
}

void progress_end(struct progress *p)
{
	clear(p);
}
