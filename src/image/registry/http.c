/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/http.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

enum { TEXT_OF_BAD = 16 * 1024, BUFFER = 256 * 1024, CONNECT_SECONDS = 30 };

struct http {
	CURLM *multi;
};

struct http_parts {
	struct http *http;
	CURL *easy;
	struct http_request q;
	struct curl_slist *headers;
	char *url;      /* where it is now */
	bool elsewhere; /* it was led to another host */
	unsigned hops;
	size_t header_bytes, room;
	uint64_t sent;
	char *field; /* the last header that was asked for */
	char why[CURL_ERROR_SIZE];
};

/* ---- what comes ---- */

static bool is_good(int status)
{
	return status >= 200 && status < 300;
}

static int status_of(const struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->parts->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

static size_t take_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)data;
	t->parts->header_bytes += size * n;
	if (t->parts->header_bytes <= HTTP_HEADER_MAX)
		return size * n;
	t->answer.refused = true;
	return 0;
}

/* Keep what comes, up to the bound; of a bad answer the beginning. False: it is too much. */
static bool keep(struct http_transfer *t, const char *data, size_t len, bool good)
{
	struct http_answer *a = &t->answer;
	size_t max = good ? t->parts->q.max : TEXT_OF_BAD;
	size_t fits = len < max - a->len ? len : max - a->len;

	if (a->len + fits + 1 > t->parts->room) {
		size_t room = 2 * (a->len + fits + 1);
		char *text = realloc(a->text, room);

		if (!text)
			return false;
		a->text = text;
		t->parts->room = room;
	}
	memcpy(a->text + a->len, data, fits);
	a->len += fits;
	a->text[a->len] = '\0';
	return fits == len || !good;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	bool good;

	t->answer.status = status_of(t);
	good = is_good(t->answer.status);
	if (good && t->parts->q.take ? t->parts->q.take(t->parts->q.arg, &t->answer, data, size * n) == 0 :
				       keep(t, data, size * n, good))
		return size * n;
	t->answer.refused = true;
	return 0;
}

/* ---- what goes ---- */

static size_t give_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	struct http_parts *p = t->parts;
	uint64_t left = p->q.send - p->sent;
	size_t want = size * n < left ? size * n : (size_t)left;
	ssize_t got = want ? pread(p->q.body_fd, data, want, (off_t)(p->q.body_from + p->sent)) : 0;

	if (got < 0 || (want && !got))
		return CURL_READFUNC_ABORT;
	p->sent += (uint64_t)got;
	if (p->q.gave)
		p->q.gave(p->q.arg, p->sent);
	return (size_t)got;
}

/* A connection that was kept may have gone, and libcurl begins again. */
static int seek_body(void *arg, curl_off_t offset, int from)
{
	struct http_transfer *t = arg;

	if (from != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	t->parts->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* ---- a transfer's options ---- */

static void add_header(struct http_parts *p, const char *name, const char *value)
{
	char *line = NULL;
	struct curl_slist *list;

	if (!value || asprintf(&line, "%s%s", name, value) < 0)
		return;
	if ((list = curl_slist_append(p->headers, line)))
		p->headers = list;
	free(line);
}

static void set_headers(struct http_parts *p)
{
	char range[48];

	curl_slist_free_all(p->headers);
	p->headers = NULL;
	snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)p->q.from);
	add_header(p, "Accept: ", p->q.accept);
	add_header(p, "Content-Type: ", p->q.content_type);
	add_header(p, "Content-Range: ", p->q.content_range);
	add_header(p, "Range: ", p->q.from ? range : NULL);
	add_header(p, "Authorization: ", p->elsewhere ? NULL : p->q.authorization);
	add_header(p, "Expect:", "");
	curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
}

/* Whom it goes to, and by which way: no proxy has anything to do with the loopback. */
static void set_peer(struct http_parts *p)
{
	const struct trust *t = p->q.trust;
	CURL *c = p->easy;

	curl_easy_setopt(c, CURLOPT_URL, p->url);
	curl_easy_setopt(c, CURLOPT_PROXY, http_url_is_loopback(p->url) ? "" : NULL);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, t->lax ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, t->lax ? 0L : 2L);
	/* who it is led to has no business with whom the registry knows */
	curl_easy_setopt(c, CURLOPT_SSLCERT, p->elsewhere ? NULL : t->cert);
	curl_easy_setopt(c, CURLOPT_SSLKEY, p->elsewhere ? NULL : t->key);
	if (t->ca) {
		struct curl_blob blob = { (void *)t->ca, t->ca_len, CURL_BLOB_NOCOPY };

		curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob);
	}
}

static void set_body(struct http_transfer *t)
{
	struct http_parts *p = t->parts;
	CURL *c = p->easy;

	if (p->q.send_file) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(c, CURLOPT_READDATA, t);
		curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, seek_body);
		curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)p->q.send);
		curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER);
	} else if (p->q.body || str_eq(p->q.method, "POST")) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->q.body ?: "");
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(p->q.body ?: ""));
	}
	if (str_eq(p->q.method, "HEAD"))
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, p->q.method);
}

static void set_options(struct http_transfer *t)
{
	struct http_parts *p = t->parts;
	CURL *c = p->easy;

	curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "guise/" GUISE_VERSION);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(p->q.stall ?: HTTP_STALL));
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, p->why);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	set_peer(p);
	set_body(t);
	set_headers(p);
}

/* ---- the end of a transfer ---- */

static void finish(struct http_transfer *t, const char *failure)
{
	t->done = true;
	t->answer.status = status_of(t);
	t->answer.url = t->parts->url;
	t->answer.failure = failure;
}

/* Of a redirect: on to the next place, or the end of it where that is none to go to. */
static void follow(struct http_transfer *t)
{
	struct http_parts *p = t->parts;
	char *to = NULL;

	curl_easy_getinfo(p->easy, CURLINFO_REDIRECT_URL, &to);
	to = to ? strdup(to) : NULL;
	if (!to || ++p->hops > HTTP_HOPS_MAX || !http_may_follow(p->url, to, p->q.trust->lax)) {
		free(to);
		t->answer.refused = true;
		return finish(t, p->hops > HTTP_HOPS_MAX ? "it leads from one place to another without end" :
							   "it leads to a place without TLS, or to none");
	}
	p->elsewhere = p->elsewhere || !http_same_origin(p->url, to);
	free(p->url);
	p->url = to;
	p->header_bytes = t->answer.len = 0;
	curl_multi_remove_handle(p->http->multi, p->easy);
	set_peer(p);
	set_headers(p);
	curl_multi_add_handle(p->http->multi, p->easy);
}

static bool leads_on(const struct http_transfer *t)
{
	int status = status_of(t);
	bool reads = str_eq(t->parts->q.method, "GET") || str_eq(t->parts->q.method, "HEAD");

	return reads && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

static void end_of(struct http_transfer *t, CURLcode code)
{
	const char *why = *t->parts->why ? t->parts->why : curl_easy_strerror(code);

	if (code == CURLE_OK && leads_on(t))
		return follow(t);
	t->answer.untrusted = code == CURLE_PEER_FAILED_VERIFICATION;
	t->answer.no_tls = code == CURLE_SSL_CONNECT_ERROR;
	t->answer.no_connection = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
	if (code == CURLE_OPERATION_TIMEDOUT && status_of(t))
		why = "nothing more comes";
	finish(t, code == CURLE_OK ? NULL : t->answer.refused ? "more comes than may" : why);
}

/* ---- for others ---- */

struct http *http_new(void)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && (h->multi = curl_multi_init()))
		return h;
	free(h);
	return NULL;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	free(h);
}

struct http_transfer *http_start(struct http *h, const struct http_request *q)
{
	struct http_transfer *t = calloc(1, sizeof(*t));
	struct http_parts *p = calloc(1, sizeof(*p));

	if (!t || !p || !(p->easy = curl_easy_init()) || !(p->url = strdup(q->url)) ||
	    !(t->answer.text = calloc(1, 1)))
		abort(); /* as an arena would */
	t->parts = p;
	p->http = h;
	p->q = *q;
	p->room = 1;
	set_options(t);
	curl_multi_add_handle(h->multi, p->easy);
	return t;
}

void http_end(struct http_transfer *t)
{
	if (!t)
		return;
	curl_multi_remove_handle(t->parts->http->multi, t->parts->easy);
	curl_easy_cleanup(t->parts->easy);
	curl_slist_free_all(t->parts->headers);
	free(t->parts->url);
	free(t->parts->field);
	free(t->parts);
	free(t->answer.text);
	free(t);
}

bool http_drive(struct http *h, int fd, short events, int ms)
{
	struct curl_waitfd also = { .fd = fd,
				    .events = (events & POLLIN ? CURL_WAIT_POLLIN : 0) |
					      (events & POLLOUT ? CURL_WAIT_POLLOUT : 0) };
	int running, left;
	bool ended = false;

	curl_multi_perform(h->multi, &running);
	for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
		struct http_transfer *t = NULL;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		end_of(t, m->data.result);
		ended = true;
	}
	if (ended)
		ms = 0;
	curl_multi_poll(h->multi, &also, fd >= 0, ms, NULL);
	return fd >= 0 && poll(&(struct pollfd){ .fd = fd, .events = events }, 1, 0) > 0;
}

const char *http_header(const struct http_transfer *t, const char *name, size_t i)
{
	struct curl_header *header;

	if (curl_easy_header(t->parts->easy, name, i, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	free(t->parts->field);
	return t->parts->field = strdup(header->value);
}
