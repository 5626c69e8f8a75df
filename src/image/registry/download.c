/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/download.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/stop.h"
#include "spec/image/digest.h"

enum { TICK = 100, PROGRESS = 1 << 20 };

/* ---- one blob ---- */

static void fail(struct download *d)
{
	blob_drop(d->writer);
	d->writer = NULL;
	d->state = DOWNLOAD_FAILED;
}

/* "bytes 100-199/200": where it begins. */
static bool begins_at(const struct http_transfer *t, uint64_t from)
{
	const char *range = http_header(t, "Content-Range", 0);
	const char *first = range ? str_after(range, "bytes ") : NULL;

	return first && strtoull(first, NULL, 10) == from;
}

/* All of it comes though only the rest was asked for: what we have is passed over. */
static int take(void *arg, const struct http_answer *answer, const void *data, size_t len)
{
	struct download *d = arg;
	size_t over;
	int r;

	if (d->first && answer->status == 206 && !begins_at(d->transfer, d->have))
		return err_set(&d->err, "registry-failed", EPROTO, "fetch %.19s", d->blob->digest),
		       err_cause(&d->err, "another part of it came than was asked for");
	if (d->first && answer->status != 206)
		d->skip = d->have;
	d->first = false;
	over = d->skip < len ? (size_t)d->skip : len;
	d->skip -= over;
	r = blob_add(d->writer, (const char *)data + over, len - over, &d->err);
	d->have = blob_written(d->writer);
	return r;
}

static void finish(struct download *d)
{
	struct blob_writer *w = d->writer;

	d->writer = NULL;
	d->state = blob_commit(w, &d->err) < 0 ? DOWNLOAD_FAILED : DOWNLOAD_DONE;
}

static int open_writer(struct downloads *all, struct download *d)
{
	int r = d->writer ? 0 : blob_begin(all->images, d->blob->digest, d->blob->size, &d->writer, &d->err);

	if (r == 0 && d->reader < 0 && (d->reader = blob_reader(d->writer)) < 0)
		r = err_set(&d->err, "state", -d->reader, "read what comes of %.19s", d->blob->digest);
	return r;
}

static void start(struct session *s, struct download *d)
{
	bool manifest = manifest_is(d->blob->media_type);
	struct http_request q = { .method = "GET", .take = take, .arg = d, .from = d->have };

	q.url = session_url(s, "%s/%s", manifest ? "manifests" : "blobs", d->blob->digest);
	q.accept = manifest ? d->blob->media_type : NULL;
	d->began = d->have ? d->began : d->place;
	d->first = true;
	d->skip = 0;
	d->state = DOWNLOAD_RUNS;
	d->transfer = session_start(s, &d->attempt, &q);
}

static void turn_to(struct download *d, size_t place)
{
	d->place = place;
	d->attempt = (struct attempt){ .what = d->attempt.what };
	d->err = (struct err){ 0 };
	d->state = DOWNLOAD_WAITS;
}

/* It could not be had there: the rest of another place, or not at all. What is not as it should be is fetched anew only when
 * its reader wants that (again()). */
static void next_place(struct downloads *all, struct download *d)
{
	if (d->place + 1 >= all->n_places || str_eq(d->err.code, "blob-digest"))
		return fail(d);
	turn_to(d, d->place + 1);
}

static void begin(struct downloads *all, struct download *d)
{
	struct session *s = &all->places[d->place];

	if (open_writer(all, d) < 0)
		fail(d);
	else if (d->have == d->blob->size)
		finish(d);
	else if (!s->server && session_open(s, &d->err) < 0)
		next_place(all, d);
	else
		start(s, d);
}

/* What came of it lets it be tried as often again: else a large blob over a bad line would never be whole. */
static void count_progress(struct download *d)
{
	if (d->have < d->progress + PROGRESS)
		return;
	d->progress = d->have;
	d->attempt.tries = d->attempt.renewed = 0;
}

/* It ended before its time, and the server had not said that it would. */
static bool is_cut(const struct download *d)
{
	const char *length = http_header(d->transfer, "Content-Length", 0);

	return d->have < d->blob->size && !length;
}

static void take_answer(struct downloads *all, struct download *d)
{
	struct session *s = &all->places[d->place];
	int status = d->transfer->answer.status;

	if (status != 200 && status != 206) {
		session_failed(s, d->transfer, d->attempt.what, &d->err);
		next_place(all, d);
	} else if (is_cut(d) && session_again(s, &d->attempt, d->transfer)) {
		d->state = DOWNLOAD_WAITS;
	} else {
		finish(d);
	}
}

static void end(struct downloads *all, struct download *d)
{
	struct session *s = &all->places[d->place];
	struct http_transfer *t = d->transfer;

	count_progress(d);
	switch (d->err.no ? ATTEMPT_FAILED : session_judge(s, &d->attempt, t, &d->err)) {
	case ATTEMPT_AGAIN:
		d->state = DOWNLOAD_WAITS;
		break;
	case ATTEMPT_FAILED:
		next_place(all, d);
		break;
	case ATTEMPT_ANSWERED:
		take_answer(all, d);
	}
	http_end(t);
	d->transfer = NULL;
}

/* ---- all of them ---- */

static void start_some(struct downloads *all)
{
	uint64_t now = session_now();
	size_t running = 0;

	for (size_t i = 0; i < all->n; i++)
		running += all->v[i]->state == DOWNLOAD_RUNS;
	for (size_t i = 0; i < all->n && running < DOWNLOADS_AT_ONCE; i++) {
		struct download *d = all->v[i];

		if (d->state != DOWNLOAD_WAITS || d->attempt.when > now)
			continue;
		begin(all, d);
		running += d->state == DOWNLOAD_RUNS;
	}
}

/* Till one is to be tried again, or ms. */
static int time_left(const struct downloads *all, int ms)
{
	uint64_t now = session_now();

	for (size_t i = 0; i < all->n; i++) {
		const struct download *d = all->v[i];
		uint64_t when = d->attempt.when;

		if (d->state == DOWNLOAD_WAITS && when > now && when - now < (uint64_t)ms)
			ms = (int)(when - now);
	}
	return ms;
}

static bool drive(struct downloads *all, int fd, short events, int ms)
{
	bool ready;

	start_some(all);
	ready = http_drive(all->http, fd, events, time_left(all, ms));
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i]->transfer && all->v[i]->transfer->done)
			end(all, all->v[i]);
	if (all->tick && session_now() - all->ticked >= TICK) {
		all->ticked = session_now();
		all->tick(all->tick_arg, all);
	}
	return ready;
}

static struct download *find(struct downloads *all, const char *digest)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i]->blob->digest, digest))
			return all->v[i];
	return NULL;
}

static struct download *add(struct downloads *all, const struct descriptor *blob)
{
	struct download *d = arena_new(all->arena, struct download);

	d->blob = blob;
	d->attempt.what = arena_printf(all->arena, "fetch %.19s", blob->digest);
	d->reader = -1;
	d->place = all->place;
	arena_push(all->arena, all->v, all->n, d);
	return d;
}

static void expect(void *arg, const struct descriptor *const *blobs, size_t n)
{
	struct downloads *all = arg;

	for (size_t i = 0; i < n; i++)
		if (!find(all, blobs[i]->digest))
			add(all, blobs[i]);
}

static int open_blob(void *arg, const struct descriptor *blob, struct err *e)
{
	struct downloads *all = arg;
	struct download *d = find(all, blob->digest) ?: add(all, blob);
	int r;

	while (d->reader < 0 && d->state != DOWNLOAD_FAILED)
		if ((r = stop_check(e)) < 0)
			return r;
		else
			drive(all, -1, 0, 1000);
	if (d->state == DOWNLOAD_FAILED)
		return err_take(e, &d->err);
	d->lent = true;
	return d->reader;
}

static ssize_t read_blob(void *arg, int fd, void *data, size_t len, struct err *e)
{
	struct downloads *all = arg;
	struct download *d = NULL;

	for (size_t i = 0; i < all->n; i++)
		d = all->v[i]->reader == fd ? all->v[i] : d;
	for (int ms = 0; stop_check(e) == 0; ms = 1000) {
		bool whole = d->state == DOWNLOAD_DONE;
		ssize_t n;

		if (d->state == DOWNLOAD_FAILED) {
			d->reader = -1; /* the caller's, as below */
			return err_take(e, &d->err);
		}
		if ((n = read(fd, data, len)) < 0)
			return err_set(e, "state", errno, "read what came of blob %.19s", d->blob->digest);
		if (whole && !n)
			d->reader = -1; /* it was the caller's */
		if (n > 0 || whole) {
			drive(all, -1, 0, 0);
			return n;
		}
		drive(all, -1, 0, ms);
	}
	return -e->no;
}

static void await(void *arg, int fd, short events)
{
	struct err ignored;

	while (!drive(arg, fd, events, 1000) && stop_check(&ignored) == 0)
		;
}

/* Who may have it right: the next one, or the same, if another has begun it. */
static size_t next_of(const struct download *d)
{
	return d->place + (d->began == d->place);
}

/* Was it that what came is not as it should be? It was not if all of it is, or could not be kept here. */
static bool came_wrong(struct downloads *all, const struct download *d)
{
	struct err ignored;

	while (d->state != DOWNLOAD_DONE && d->state != DOWNLOAD_FAILED && stop_check(&ignored) == 0)
		drive(all, -1, 0, 1000);
	return d->state == DOWNLOAD_FAILED && !str_eq(d->err.code, "state");
}

static void fetch_anew(struct download *d)
{
	size_t next = next_of(d);

	if (!d->lent)
		fd_close(&d->reader);
	d->reader = -1;
	d->lent = false;
	d->have = d->progress = 0;
	turn_to(d, next);
}

/* All of it once more, where some place may have it right. */
static bool again(void *arg, const struct descriptor *blob, struct err *e)
{
	struct downloads *all = arg;
	struct download *d = find(all, blob->digest);

	if (!d || (!d->why.no && next_of(d) >= all->n_places) || !came_wrong(all, d))
		return false;
	if (!d->why.no)
		d->why = *e;
	if (next_of(d) >= all->n_places)
		return err_take(e, &d->why), false;
	*e = (struct err){ 0 };
	fetch_anew(d);
	return true;
}

struct image_origin downloads_origin(struct downloads *all)
{
	return (struct image_origin){ .open = open_blob,
				      .arg = all,
				      .read = read_blob,
				      .again = again,
				      .expect = expect,
				      .await = await };
}

void downloads_end(struct downloads *all)
{
	for (size_t i = 0; i < all->n; i++) {
		http_end(all->v[i]->transfer);
		blob_drop(all->v[i]->writer);
		if (!all->v[i]->lent)
			fd_close(&all->v[i]->reader);
	}
	all->n = 0;
}
