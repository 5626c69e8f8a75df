/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/push.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/stop.h"

#define CHUNK (UINT64_C(32) << 20)

enum { ANSWER_MAX = 64 * 1024 /* of those that say nothing of interest */, TICK = 100 };

struct upload {
	struct push *p;
	const struct descriptor *blob;
	const char *what;
	int file;        /* that has it; -1: it is in the store */
	const char *url; /* where to go on, as the registry says */
	int fd;
	uint64_t sent, most; /* that the registry has, and that it ever had */
};

static void tell(const struct push *p, const struct descriptor *blob, const char *what)
{
	if (p->tell)
		p->tell(p->arg, blob, what);
}

/* What has gone of the body that is being sent. */
static void tick(void *arg, uint64_t gone)
{
	struct upload *u = arg;
	struct push *p = u->p;
	uint64_t now = session_now();

	if (!p->tick || now - p->ticked < TICK)
		return;
	p->ticked = now;
	p->state.blob = u->blob;
	p->state.sent = u->sent + gone;
	p->tick(p->arg, &p->state);
}

/* ---- one blob ---- */

/* Where an answer says that the upload goes on: at the registry, or where it sends one, but never from TLS to none. */
static int take_location(struct upload *u, const struct http_transfer *t, struct err *e)
{
	struct session *s = &u->p->session;
	const char *location = http_header(t, "Location", 0);
	const char *url = location ? http_resolve(s->arena, t->answer.url, location) : NULL;

	if (!url || !http_may_follow(s->server, url, s->trust.lax))
		return err_set(e, "registry-failed", EPROTO, "%s", u->what),
		       err_cause(e, "%s says no place, or one without TLS, where the upload goes on",
				 s->name.domain);
	u->url = url;
	return 0;
}

/* 0: it answered with that status, or with `other`. */
static int ask(struct upload *u, struct http_request *q, int wanted, int other, struct http_transfer **t,
	       struct err *e)
{
	int r = session_ask(&u->p->session, u->what, q, t, e);

	if (r == 0 && (*t)->answer.status != wanted && (*t)->answer.status != other)
		r = session_failed(&u->p->session, *t, u->what, e);
	return r;
}

static int is_there(struct upload *u, bool *there, struct err *e)
{
	struct http_request q = { .method = "HEAD" };
	struct http_transfer *t;
	int r;

	q.url = session_url(&u->p->session, "blobs/%s", u->blob->digest);
	r = ask(u, &q, 200, 404, &t, e);
	*there = r == 0 && t->answer.status == 200;
	http_end(t);
	return r;
}

/* 201: mounted from that repository, if there is one; else 202, where it is to be sent. */
static int begin(struct upload *u, const char *from, bool *mounted, struct err *e)
{
	struct http_request q = { .method = "POST", .max = ANSWER_MAX };
	struct http_transfer *t;
	int r;

	q.url = session_url(&u->p->session, "blobs/uploads/");
	if (from) {
		q.url = http_with(u->p->arena, q.url, "mount", u->blob->digest);
		q.url = http_with(u->p->arena, q.url, "from", from);
	}
	r = ask(u, &q, 202, from ? 201 : 202, &t, e);
	*mounted = r == 0 && t->answer.status == 201;
	if (r == 0 && !*mounted)
		r = take_location(u, t, e);
	http_end(t);
	return r;
}

/* How much the registry has of it: "Range: 0-99". docker's says "0-0" where it has nothing. */
static void take_range(struct upload *u, const struct http_transfer *t)
{
	const char *range = http_header(t, "Range", 0);
	const char *last = range ? strchr(range, '-') : NULL;
	uint64_t n = last ? strtoull(last + 1, NULL, 10) : 0;

	if (last && n < u->blob->size)
		u->sent = n ? n + 1 : 0;
}

/* A chunk was cut: where are we? */
static int ask_range(struct upload *u, struct err *e)
{
	struct http_request q = { .method = "GET", .url = u->url, .max = ANSWER_MAX };
	struct http_transfer *t;
	int r = ask(u, &q, 204, 202, &t, e);

	if (r == 0) {
		take_range(u, t);
		r = take_location(u, t, e);
	}
	http_end(t);
	return r;
}

/* It begins where the registry is not ("416 Requested Range Not Satisfiable"): the same, unless that was so too often. */
static int misplaced(struct upload *u, struct attempt *a, const struct http_transfer *t, struct err *e)
{
	struct session *s = &u->p->session;

	return session_again(s, a, t) ? 1 : session_failed(s, t, u->what, e);
}

/* One chunk, once: 0, or 1 where it is to be asked how far it came. */
static int send_once(struct upload *u, struct attempt *a, struct err *e)
{
	struct session *s = &u->p->session;
	uint64_t n = u->blob->size - u->sent < CHUNK ? u->blob->size - u->sent : CHUNK;
	struct http_request q = { .method = "PATCH",
				  .url = u->url,
				  .content_type = "application/octet-stream",
				  .send_file = true,
				  .body_fd = u->fd,
				  .body_from = u->sent,
				  .send = n,
				  .stall = HTTP_STALL_ANSWER,
				  .gave = tick,
				  .arg = u,
				  .max = ANSWER_MAX };
	struct http_transfer *t = NULL;
	enum attempt_end end;
	int r;

	q.content_range = arena_printf(s->arena, "%llu-%llu", (unsigned long long)u->sent,
				       (unsigned long long)(u->sent + n - 1));
	r = session_once(s, a, &q, &t, &end, e);
	if (r == 0 && end == ATTEMPT_AGAIN)
		r = 1;
	else if (r == 0 && t->answer.status != 202)
		r = t->answer.status == 416 ? misplaced(u, a, t, e) : session_failed(s, t, u->what, e);
	else if (r == 0 && (r = take_location(u, t, e)) == 0)
		u->sent += n;
	http_end(t);
	return r;
}

static int send_chunks(struct upload *u, struct err *e)
{
	struct attempt a = { .what = u->what };
	int r = 0;

	while (r == 0 && u->sent < u->blob->size) {
		if ((r = send_once(u, &a, e)) > 0)
			r = ask_range(u, e);
		/* what it has forgotten meanwhile is no progress */
		if (u->sent > u->most)
			a.tries = a.renewed = 0;
		u->most = u->sent > u->most ? u->sent : u->most;
	}
	return r;
}

/* The end of it: with all, of a small one, or with nothing more. 1: to be begun anew, since nobody knows what has come of it. */
static int commit_once(struct upload *u, struct attempt *a, struct err *e)
{
	struct http_request q = { .method = "PUT",
				  .content_type = "application/octet-stream",
				  .send_file = true,
				  .body_fd = u->fd,
				  .body_from = u->sent,
				  .send = u->blob->size - u->sent,
				  .stall = HTTP_STALL_ANSWER,
				  .gave = tick,
				  .arg = u,
				  .max = ANSWER_MAX };
	struct http_transfer *t;
	enum attempt_end end;
	int r;

	q.url = http_with(u->p->arena, u->url, "digest", u->blob->digest);
	r = session_once(&u->p->session, a, &q, &t, &end, e);
	if (r == 0 && end == ATTEMPT_ANSWERED && t->answer.status != 201 && t->answer.status != 204)
		r = session_failed(&u->p->session, t, u->what, e);
	http_end(t);
	return r < 0 ? r : end == ATTEMPT_AGAIN;
}

static int commit(struct upload *u, struct err *e)
{
	struct attempt a = { .what = u->what };
	bool mounted;
	int r;

	while ((r = commit_once(u, &a, e)) > 0) {
		u->sent = u->most = 0;
		if ((r = begin(u, NULL, &mounted, e)) < 0)
			return r;
		if (u->blob->size > CHUNK && (r = send_chunks(u, e)) < 0)
			return r;
	}
	return r;
}

static int open_blob(struct upload *u, struct err *e)
{
	struct stat st;

	u->fd = u->file < 0 ? blob_open(u->p->images, u->blob->digest) : fcntl(u->file, F_DUPFD_CLOEXEC, 0);
	if (u->fd < 0 || fstat(u->fd, &st) < 0 || (uint64_t)st.st_size != u->blob->size)
		return err_set(e, "image-broken", u->fd < 0 ? -u->fd : EBADMSG, "%s", u->what),
		       err_hint(e, "image prune --blobs may have given it up: guise pull fetches it again");
	return 0;
}

static int send_blob(struct upload *u, struct err *e)
{
	int r = open_blob(u, e);

	if (r == 0)
		tell(u->p, u->blob, "is sent");
	if (r == 0 && u->blob->size > CHUNK)
		r = send_chunks(u, e);
	if (r == 0)
		r = commit(u, e);
	fd_close(&u->fd);
	return r;
}

static int push_blob(struct push *p, const struct descriptor *blob, int file, struct err *e)
{
	struct upload u = { .p = p, .blob = blob, .file = file, .fd = -1 };
	bool there, mounted = false;
	int r;

	u.what = arena_printf(p->arena, "push %.19s", blob->digest);
	if ((r = stop_check(e)) < 0 || (r = is_there(&u, &there, e)) < 0)
		return r;
	if (there)
		return tell(p, blob, "is there"), 0;
	if ((r = begin(&u, p->session.from, &mounted, e)) < 0)
		return r;
	if (mounted)
		return tell(p, blob, "is mounted"), 0;
	return send_blob(&u, e);
}

/* ---- the image ---- */

/* The configuration last. */
static int push_blobs(struct push *p, const struct press *x, struct err *e)
{
	const struct manifest *m = &x->manifest;
	int r = 0;

	p->state = (struct push_state){ .n = m->n_layers + 1, .bytes = m->config.size };
	for (size_t i = 0; i < m->n_layers; i++)
		p->state.bytes += m->layers[i].size;
	for (; r == 0 && p->state.done < p->state.n; p->state.done++) {
		bool layer = p->state.done < m->n_layers;
		const struct descriptor *blob = layer ? &m->layers[p->state.done] : &m->config;

		r = push_blob(p, blob, layer ? x->files[p->state.done] : -1, e);
		p->state.bytes_done += blob->size;
	}
	return r;
}

static int push_manifest(struct push *p, const struct manifest *m, const char *text, struct err *e)
{
	struct session *s = &p->session;
	const char *what = arena_printf(p->arena, "push %s", reference_text(p->arena, &s->name));
	struct http_request q = {
		.method = "PUT", .body = text, .content_type = m->media_type, .max = ANSWER_MAX
	};
	struct http_transfer *t;
	int r;

	q.url = session_url(s, "manifests/%s", s->name.tag ?: s->name.digest);
	r = session_ask(s, what, &q, &t, e);
	if (r == 0 && t->answer.status != 201)
		r = session_failed(s, t, what, e);
	http_end(t);
	return r;
}

/* Compressed only when the registry has answered: that takes its time. */
static int push_open(struct push *p, struct press *x, const char **pushed, struct err *e)
{
	const char *digest = p->session.name.digest;
	int r = session_open(&p->session, e);

	if (r == 0)
		r = press_layers(x, e);
	*pushed = blob_digest(p->arena, x->text, x->len);
	if (r == 0 && digest && !str_eq(digest, *pushed))
		return err_set(e, "no-destination", EINVAL, "push %s",
			       reference_text(p->arena, &p->session.name)),
		       err_cause(e, "compressed, it has the digest %s", *pushed),
		       err_hint(e, "--compression-format none, or a name without a digest");
	if (r == 0)
		r = push_blobs(p, x, e);
	return r < 0 ? r : push_manifest(p, &x->manifest, x->text, e);
}

int push_image(struct push *p, const char *digest, const char **pushed, struct err *e)
{
	struct press x = { .images = p->images, .arena = p->arena, .format = p->format };
	char *text;
	int r = blob_read(p->images, p->arena, digest, &text, &x.len, e);

	x.text = text;
	if (r < 0 || (r = manifest_parse(p->arena, text, x.len, NULL, &x.manifest, e)) < 0)
		return r;
	if (!(p->session.http = http_new()))
		return err_set(e, "registry-unreachable", ENOSYS, "push the image");
	p->session.actions = "pull,push";
	p->session.tries = SESSION_TRIES;
	r = push_open(p, &x, pushed, e);
	press_end(&x);
	session_close(&p->session);
	http_free(p->session.http);
	return r;
}
