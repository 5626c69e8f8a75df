/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/add.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/stop.h"
#include "spec/image/config.h"
#include "spec/image/digest.h"

/* ---- bytes ---- */

/* A blob as it comes: from the origin, or from the store, where it is kept already. */
struct blob_source {
	int fd;
	bool stored;              /* else it is the origin's */
	struct blob_writer *keep; /* NULL: it is kept by the origin, or was */
};

static int open_source(struct image_add *add, const struct descriptor *blob, struct blob_source *from,
		       struct err *e)
{
	*from = (struct blob_source){ .fd = blob_open(add->images, blob->digest) };
	if ((from->stored = from->fd >= 0))
		return 0;
	if ((from->fd = add->origin.open(add->origin.arg, blob, e)) < 0)
		return from->fd;
	return add->origin.read ? 0 : blob_begin(add->images, blob->digest, blob->size, &from->keep, e);
}

/* All has come, or not. */
static int close_source(struct blob_source *from, int r, struct err *e)
{
	fd_close(&from->fd);
	if (r == 0 && from->keep)
		return blob_commit(from->keep, e);
	blob_drop(from->keep);
	return r;
}

static ssize_t read_source(struct image_add *add, const struct blob_source *from, void *data, size_t len,
			   struct err *e)
{
	ssize_t n;

	if (!from->stored && add->origin.read)
		return add->origin.read(add->origin.arg, from->fd, data, len, e);
	while ((n = read(from->fd, data, len)) < 0 && errno == EINTR && stop_check(e) == 0)
		;
	return n >= 0 ? n : e->no ? -e->no : err_set(e, "image-read", errno, "read the image");
}

/* What else is under way goes on meanwhile. */
static void await(struct image_add *add, int fd, short events)
{
	if (add->origin.await)
		add->origin.await(add->origin.arg, fd, events);
	else
		poll(&(struct pollfd){ .fd = fd, .events = events }, 1, -1);
}

/* To the unpacker. -EPIPE: it has failed, and says why itself. */
static int feed(struct image_add *add, int in, const char *data, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = write(in, data, len);

		if (n < 0 && errno == EAGAIN)
			await(add, in, POLLOUT);
		else if (n < 0 && errno != EINTR)
			return -EPIPE;
		if (stop_check(e) < 0)
			return -e->no;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* From the source into the store, and, where u is one, to be unpacked on the way. */
static int copy(struct image_add *add, const struct blob_source *from, const struct layer_unpack *u,
		struct err *e)
{
	char block[64 * 1024];
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = read_source(add, from, block, sizeof(block), e)) != 0) {
		if (n < 0)
			return (int)n;
		if ((r = stop_check(e)) == 0 && from->keep)
			r = blob_add(from->keep, block, (size_t)n, e);
		if (r == 0 && u)
			r = feed(add, u->in, block, (size_t)n, e);
	}
	return r;
}

/* Has it failed for what came, and can that be had of elsewhere? */
static bool may_be_had_again(struct image_add *add, const struct descriptor *blob, int r, struct err *e)
{
	struct err ignored;

	return r < 0 && stop_check(&ignored) == 0 && add->origin.again &&
	       add->origin.again(add->origin.arg, blob, e);
}

static int fetch_once(struct image_add *add, const struct descriptor *blob, struct err *e)
{
	struct blob_source from;
	int r = open_source(add, blob, &from, e);

	if (r == 0)
		r = copy(add, &from, NULL, e);
	return close_source(&from, r, e);
}

/* A blob, which is kept; nothing is done where it is there. */
static int fetch_any(struct image_add *add, const struct descriptor *blob, struct err *e)
{
	int r;

	if (blob_is(add->images, blob->digest))
		return 0;
	do
		r = fetch_once(add, blob, e);
	while (may_be_had_again(add, blob, r, e));
	return r;
}

/* One that is read as a whole. */
static int fetch(struct image_add *add, const struct descriptor *blob, struct err *e)
{
	if (blob->size > MANIFEST_BYTES_MAX)
		return err_set(e, "bad-manifest", E2BIG, "fetch %s of %llu bytes", blob->digest,
			       (unsigned long long)blob->size),
		       err_cause(e, "it may have %d MiB", MANIFEST_BYTES_MAX >> 20);
	return fetch_any(add, blob, e);
}

/* ---- layers ---- */

/* Of two reasons the one that came first: the unpacker ends early because of what it read, and the copy because of that;
 * but if what came was cut, the unpacker failed for that. */
static int add_layer_once(struct image_add *add, struct layer_stack *s, const struct descriptor *blob,
			  const char *diff_id, struct err *e)
{
	struct err unpacked = { 0 };
	struct blob_source from;
	struct layer_unpack u;
	int r = open_source(add, blob, &from, e), n, end;

	if (r < 0 || (r = layer_begin(s, diff_id, &u, e)) < 0)
		return close_source(&from, r, e);
	r = close_source(&from, copy(add, &from, &u, e), e);
	fd_close(&u.in);
	await(add, u.report, POLLIN);
	n = layer_unpacked(s, &u, r == 0, &unpacked);
	if (u.report >= 0)
		await(add, u.report, POLLIN);
	if (r == 0 && n == 0)
		r = stop_check(e);
	end = layer_end(s, diff_id, &u, r == 0 && n == 0, &unpacked);
	n = n < 0 ? n : end;
	if (n < 0 && (r == 0 || r == -EPIPE))
		return err_take(e, &unpacked);
	return r;
}

/* More bytes than may be unpacked are not even fetched. */
static int check_size(const struct image_add *add, const struct descriptor *blob, struct err *e)
{
	if (blob->size <= add->limits.bytes || blob_is(add->images, blob->digest))
		return 0;
	return err_set(e, "layer-large", EFBIG, "fetch a layer of %llu bytes",
		       (unsigned long long)blob->size),
	       err_cause(e, "it may unpack to %llu bytes", (unsigned long long)add->limits.bytes),
	       err_hint(e, "raise the limit with --max-layer-size, if you trust whoever made the image");
}

static int add_layer(struct image_add *add, struct layer_stack *s, const struct descriptor *blob,
		     const char *diff_id, struct err *e)
{
	int r = check_size(add, blob, e);

	if (r < 0)
		return r;
	do
		r = add_layer_once(add, s, blob, diff_id, e);
	while (may_be_had_again(add, blob, r, e));
	return r;
}

/* Those that have to be fetched, also below layers that are there. */
static void expect(struct image_add *add, const struct manifest *m)
{
	const struct descriptor **blobs = arena_array(add->arena, const struct descriptor *, m->n_layers);
	size_t n = 0;

	for (size_t i = 0; i < m->n_layers; i++)
		if (!blob_is(add->images, m->layers[i].digest))
			blobs[n++] = &m->layers[i];
	add->origin.expect(add->origin.arg, blobs, n);
}

static int add_layers(struct image_add *add, struct layer_stack *s, const struct manifest *m,
		      const struct image_config *c, struct err *e)
{
	int r = 0;

	if (add->origin.expect)
		expect(add, m);
	for (size_t i = 0; r == 0 && i < m->n_layers; i++) {
		bool there = layer_is_there(s, c->diff_ids.v[i]);

		if (add->tell)
			add->tell(add->tell_arg, &m->layers[i], there);
		if (!there)
			r = add_layer(add, s, &m->layers[i], c->diff_ids.v[i], e);
		/* given up to save room (sweep.h), or packed otherwise in another image: who saves it needs it */
		else if (add->origin.open && (r = check_size(add, &m->layers[i], e)) == 0)
			r = fetch_any(add, &m->layers[i], e);
		if (r < 0)
			err_prefix(e, "layer %zu of %zu", i + 1, m->n_layers);
	}
	return r;
}

/* ---- the image ---- */

/* See state/images.h. */
static int keep_users(struct image_add *add, const char *dir, struct layer_stack *s, struct err *e)
{
	static const char *const files[] = { "etc/passwd", "etc/group" };
	char *texts[ARRAY_LEN(files)] = { NULL };
	int r = layer_read(s, files, ARRAY_LEN(files), texts, e);

	if (r == 0)
		r = io_mkdirs(add->images, arena_printf(add->arena, "%s/etc", dir), 0700);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(files); i++)
		if (texts[i])
			r = io_write_file(add->images, arena_printf(add->arena, "%s/%s", dir, files[i]),
					  texts[i], strlen(texts[i]), 0644);
	return r < 0 && !e->no ? err_set(e, "state", -r, "keep the image's users") : r;
}

/* Made beside, and renamed: who sees it has all of it. */
static int make_image(struct image_add *add, const char *digest, const struct manifest *m,
		      struct layer_stack *s, struct err *e)
{
	const char *beside = arena_printf(add->arena, "new/image-%d", getpid());
	const char *to = arena_printf(add->arena, "manifests/%s", digest_hex(digest));
	int r;

	io_remove_tree(add->images, beside);
	r = mkdirat(add->images, beside, 0700) < 0 ||
	    symlinkat(m->config.digest, add->images, arena_printf(add->arena, "%s/config", beside)) < 0;
	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = symlinkat(arena_printf(add->arena, "../../%s", s->below[s->n - 1 - i]), add->images,
			      arena_printf(add->arena, "%s/%zu", beside, i)) < 0;
	if (r)
		return err_set(e, "state", errno, "make image %.19s", digest);
	if ((r = keep_users(add, beside, s, e)) < 0)
		return r;
	if (renameat2(add->images, beside, add->images, to, RENAME_NOREPLACE) == 0)
		return 0;
	r = -errno;
	io_remove_tree(add->images, beside);
	return r == -EEXIST ? 0 : err_set(e, "state", -r, "keep image %.19s", digest);
}

static int read_config(struct image_add *add, const struct manifest *m, struct image_config *c, struct err *e)
{
	char *text;
	size_t len;
	int r = fetch(add, &m->config, e);

	if (r < 0 || (r = blob_read(add->images, add->arena, m->config.digest, &text, &len, e)) < 0 ||
	    (r = image_config_parse(add->arena, text, len, c, e)) < 0)
		return r;
	if (c->diff_ids.n == m->n_layers && m->n_layers)
		return 0;
	err_set(e, "bad-image-config", EINVAL, "read the image's configuration");
	return m->n_layers ?
		       err_cause(e, "it has %zu layers, and the manifest %zu", c->diff_ids.n, m->n_layers) :
		       err_cause(e, "it has no layers, so there is nothing to run");
}

static int add_manifest(struct image_add *add, const struct manifest *m, const char *text, size_t len,
			const char **digest, struct err *e)
{
	struct layer_stack s = {
		.images = add->images, .arena = add->arena, .limits = add->limits, .erofs = add->erofs
	};
	struct image_config c;
	int r = add->erofs ? erofs_make_possible(e) : 0;

	*digest = blob_digest(add->arena, text, len);
	if (r == 0)
		r = read_config(add, m, &c, e);
	if (r == 0)
		r = add_layers(add, &s, m, &c, e);
	add->devices += s.devices;
	if (r < 0 || (r = blob_store(add->images, *digest, text, len, e)) < 0)
		return r;
	return make_image(add, *digest, m, &s, e);
}

/* ---- an index ---- */

static int no_platform(struct image_add *add, const struct manifest *index, struct err *e)
{
	struct str there = { .arena = add->arena };

	for (size_t i = 0; i < index->n_entries; i++)
		str_addf(&there, "%s%s", i ? ", " : "",
			 platform_text(add->arena, &index->entries[i].platform));
	err_set(e, "no-platform", ENOENT, "find the image for %s", platform_text(add->arena, &add->platform));
	err_cause(e, "it is made for %s", there.len ? there.p : "no platform");
	return err_hint(e, "--platform names another one");
}

int image_add(struct image_add *add, const char *text, size_t len, const char *media_type,
	      const char **digest, struct err *e)
{
	const struct manifest_entry *entry;
	struct manifest m;
	char *inner;
	int r = manifest_parse(add->arena, text, len, media_type, &m, e);

	if (r < 0)
		return r;
	if (!m.index)
		return add_manifest(add, &m, text, len, digest, e);
	if (!(entry = manifest_choose(&m, &add->platform)))
		return no_platform(add, &m, e);
	if ((r = fetch(add, &entry->manifest, e)) < 0 ||
	    (r = blob_read(add->images, add->arena, entry->manifest.digest, &inner, &len, e)) < 0)
		return r;
	if ((r = manifest_parse(add->arena, inner, len, entry->manifest.media_type, &m, e)) < 0)
		return r;
	if (m.index)
		return err_set(e, "bad-manifest", EINVAL, "read an index"),
		       err_cause(e, "it leads to another index, and not to an image");
	return add_manifest(add, &m, inner, len, digest, e);
}
