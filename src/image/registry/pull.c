/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/pull.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "image/blob.h"

#define ACCEPT                                                                                               \
	"application/vnd.oci.image.index.v1+json,"                                                           \
	"application/vnd.oci.image.manifest.v1+json,"                                                        \
	"application/vnd.docker.distribution.manifest.list.v2+json,"                                         \
	"application/vnd.docker.distribution.manifest.v2+json"

struct manifest_text {
	const char *text, *media_type;
	size_t len;
};

/* ---- the manifest ---- */

static int too_large(const char *what, struct err *e)
{
	return err_set(e, "bad-manifest", E2BIG, "%s", what),
	       err_cause(e, "it may have %d MiB", MANIFEST_BYTES_MAX >> 20);
}

/* What is asked for by its digest must have it; what the registry says that it is counts for nothing. */
static int check_digest(struct session *s, const char *what, const struct manifest_text *m, struct err *e)
{
	if (!s->name.digest || blob_matches(s->name.digest, m->text, m->len))
		return 0;
	return err_set(e, "blob-digest", EBADMSG, "%s", what),
	       err_cause(e, "what %s sends has another digest", s->name.domain);
}

static int fetch_manifest(struct session *s, struct manifest_text *m, struct err *e)
{
	const char *what = arena_printf(s->arena, "fetch %s", reference_text(s->arena, &s->name)), *type;
	struct http_request q = { .method = "GET", .accept = ACCEPT, .max = MANIFEST_BYTES_MAX };
	struct http_transfer *t;
	int r;

	q.url = session_url(s, "manifests/%s", s->name.digest ?: s->name.tag);
	r = session_ask(s, what, &q, &t, e);
	if (t && t->answer.refused && t->answer.len == q.max)
		r = too_large(what, e);
	else if (r == 0 && t->answer.status != 200)
		r = session_failed(s, t, what, e);
	if (r == 0) {
		type = http_header(t, "Content-Type", 0);
		m->media_type = type ? arena_strndup(s->arena, type, strcspn(type, "; ")) : NULL;
		m->len = t->answer.len;
		m->text = arena_strndup(s->arena, t->answer.text, m->len);
		r = check_digest(s, what, m, e);
	}
	http_end(t);
	return r;
}

/* ---- from one registry, or its mirrors ---- */

/* The first place that has it. */
static int find_place(struct downloads *d, struct manifest_text *m, struct err *e)
{
	for (;; d->place++) {
		struct session *s = &d->places[d->place];
		int r = session_open(s, e);

		if (r == 0)
			r = fetch_manifest(s, m, e);
		if (r == 0 || d->place + 1 == d->n_places || str_eq(e->code, "interrupted"))
			return r;
		*e = (struct err){ 0 };
	}
}

/* What a person says of the registry that was named is not for a mirror of it. */
static void forget_named(struct session_options *o)
{
	o->creds = o->cert_dir = NULL;
}

static int pull_from(struct pull *p, struct http *http, const struct reference *name, const char **digest,
		     struct err *e)
{
	struct arena *a = p->add->arena;
	struct downloads d = { .arena = a, .images = p->add->images, .http = http };
	struct manifest_text m;
	struct reference *places;
	int r;

	registries_places(a, p->registries, name, &places, &d.n_places);
	d.places = arena_array(a, struct session, d.n_places);
	for (size_t i = 0; i < d.n_places; i++) {
		d.places[i] = (struct session){
			.arena = a, .http = http, .options = p->options, .name = places[i]
		};
		d.places[i].actions = "pull";
		if (!str_eq(places[i].domain, name->domain))
			forget_named(&d.places[i].options);
		d.places[i].options.lax |= registries_insecure(p->registries, places[i].domain);
		/* while there is another place, one that does not answer is not waited for */
		d.places[i].tries = i + 1 < d.n_places ? 1 : SESSION_TRIES;
	}
	d.tick = p->tick;
	d.tick_arg = p->tick_arg;
	p->add->origin = downloads_origin(&d);
	if ((r = find_place(&d, &m, e)) == 0)
		r = image_add(p->add, m.text, m.len, m.media_type, digest, e);
	downloads_end(&d);
	for (size_t i = 0; i < d.n_places; i++)
		session_close(&d.places[i]);
	return r;
}

/* Docker Hub denies what it has not. Any other that does, or wants another user ("registry-login"), may well have it. */
static bool has_none(const struct reference *name, const struct err *e)
{
	return str_eq(e->code, "registry-none") ||
	       (str_eq(name->domain, "docker.io") && str_eq(e->code, "registry-denied"));
}

/* Of which of them is that the user? */
static int check_named(const struct pull *p, const struct reference *name, size_t n, struct err *e)
{
	if (n == 1 || (!p->options.creds && !p->options.cert_dir))
		return 0;
	err_set(e, "no-registry", EINVAL, "pull %s", reference_text(p->add->arena, name));
	err_cause(e, "%s is for one registry, and %zu are searched",
		  p->options.creds ? "--creds" : "--cert-dir", n);
	return err_hint(e, "name the registry: REGISTRY/%s", name->path);
}

int pull_image(struct pull *p, const struct reference *name, struct reference *found, const char **digest,
	       struct err *e)
{
	struct http *http = http_new();
	struct reference *list;
	size_t n;
	int r = http ? registries_expand(p->add->arena, p->registries, name, &list, &n, e) :
		       err_set(e, "registry-unreachable", ENOSYS, "pull %s",
			       reference_text(p->add->arena, name));

	if (r == 0)
		r = check_named(p, name, n, e);
	for (size_t i = 0; r == 0 && i < n; i++) {
		*found = reference_tagged(list[i]);
		r = pull_from(p, http, found, digest, e);
		if (r == 0 || i + 1 == n || !has_none(found, e))
			break;
		*e = (struct err){ 0 };
		r = 0;
	}
	http_free(http);
	return r;
}
