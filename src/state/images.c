/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/home.h"
#include "base/io.h"
#include "spec/image/digest.h"
#include "spec/image/registries.h"

enum { ID_MIN = 3, REGISTRIES_MAX = 1 << 20 };

/* Nobody but guise gets in: a layer may hold set-user-id programs, of whoever made the image. */
int images_open(const struct state *st, bool make, int lock, struct err *e)
{
	static const char *const dirs[] = { "blobs", "layers", "manifests", "names", "new", "sizes" };
	autoclose int fd = state_open_dir(st, "images", make, lock, e);

	for (size_t i = 0; fd >= 0 && make && i < ARRAY_LEN(dirs); i++)
		if (mkdirat(fd, dirs[i], 0700) < 0 && errno != EEXIST)
			return err_set(e, "state", errno, "make %s/images/%s", st->data, dirs[i]);
	return take_fd(&fd);
}

/* ---- images ---- */

static int no_image(const char *text, struct err *e)
{
	err_set(e, "no-image", ENOENT, "find image %s", text);
	err_cause(e, "there is none here");
	return err_hint(e, "guise images lists those there are; guise pull %s fetches it", text);
}

/* Where a link leads nowhere there still is a layer, of which it will be said that it is missing. */
static void find_layers(int images, struct arena *a, const char *dir, struct image *image)
{
	const char *link;
	struct stat st;

	while (link = arena_printf(a, "%s/%u", dir, image->n_layers),
	       faccessat(images, link, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		if (fstatat(images, link, &st, 0) == 0 && S_ISREG(st.st_mode))
			strv_push(a, &image->erofs, arena_printf(a, "%u", image->n_layers));
		image->n_layers++;
	}
}

int images_load(const struct state *st, int images, struct arena *a, const char *digest, struct image *image,
		struct err *e)
{
	const char *dir = arena_printf(a, "manifests/%s", digest_hex(digest));
	const char *id = io_read_link(a, images, arena_printf(a, "%s/config", dir));

	if (!id || !digest_is(id))
		return no_image(digest, e);
	*image = (struct image){ .digest = digest,
				 .id = id,
				 .path = arena_printf(a, "%s/images/%s", st->data, dir) };
	find_layers(images, a, dir, image);
	return 0;
}

static int by_digest(const void *a, const void *b)
{
	return strcmp(((const struct image *)a)->digest, ((const struct image *)b)->digest);
}

/* The algorithm of what is named by its digits. */
static const char *digest_of(struct arena *a, const char *hex)
{
	const char *digest = arena_printf(a, "%s:%s", strlen(hex) == DIGEST_HEX_MAX ? "sha512" : "sha256",
					  hex);

	return digest_is(digest) ? digest : NULL;
}

int images_list(const struct state *st, int images, struct arena *a, struct image **list, size_t *n,
		struct err *e)
{
	autoclose int dir = openat(images, "manifests", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	struct image image;
	struct err ignored;

	*list = NULL;
	*n = 0;
	if (dir < 0)
		return err_set(e, "state", errno, "open the directory of images");
	for (const char *hex; (hex = io_dir_next(&d));) {
		const char *digest = digest_of(a, hex);

		/* one that is just being removed is passed over */
		if (digest && images_load(st, images, a, digest, &image, &ignored) == 0)
			arena_push(a, *list, *n, image);
	}
	if (*n)
		qsort(*list, *n, sizeof(**list), by_digest);
	return 0;
}

static int ambiguous(const char *text, struct err *e)
{
	err_set(e, "image-ambiguous", EEXIST, "find image %s", text);
	err_cause(e, "several ids begin so");
	return err_hint(e, "write more of it: guise images --no-trunc shows them whole");
}

/* By its id, the digest of its manifest, or the beginning of its id. One image may be there in several packings, which are
 * the same to whoever runs it. */
static int find_by_id(const struct state *st, int images, struct arena *a, const char *text,
		      struct image *image, struct err *e)
{
	const char *hex = digest_is(text) ? digest_hex(text) : str_after(text, "sha256:") ?: text;
	size_t len = strlen(hex), n;
	struct image *list;
	int r = images_list(st, images, a, &list, &n, e);

	if (r < 0 || len < ID_MIN || hex[strspn(hex, "0123456789abcdef")])
		return r < 0 ? r : -ENOENT;
	image->id = NULL;
	for (size_t i = 0; i < n; i++) {
		bool is = strncmp(digest_hex(list[i].id), hex, len) == 0 ||
			  str_eq(digest_hex(list[i].digest), hex);

		if (is && image->id && !str_eq(image->id, list[i].id))
			return ambiguous(text, e);
		if (is)
			*image = list[i];
	}
	return image->id ? 0 : -ENOENT;
}

static const char *path_of_name(struct arena *a, const struct reference *name)
{
	return arena_printf(a, "names/%s/%s/%s%s", name->domain, name->path, name->digest ? "@" : ":",
			    name->digest ?: name->tag);
}

/* What a name may mean here, each with a tag: a short one is first of all one of this machine's (podman's rule), then that of
 * a registry. */
static int candidates(struct arena *a, const char *text, struct reference **list, size_t *n, struct err *e)
{
	struct reference name, *of_registries;
	struct registries r;
	size_t count;
	int no = reference_parse(a, text, &name, e);

	if (no < 0 || (no = images_registries(a, &r, e)) < 0 ||
	    (no = registries_expand(a, &r, &name, &of_registries, &count, e)) < 0)
		return no;
	*list = arena_array(a, struct reference, count + 1);
	*n = 0;
	if (!name.domain)
		(*list)[(*n)++] = reference_tagged(reference_in(a, name, "localhost"));
	for (size_t i = 0; i < count; i++)
		(*list)[(*n)++] = reference_tagged(of_registries[i]);
	return 0;
}

static int find_by_name(const struct state *st, int images, struct arena *a, const char *text,
			struct image *image, struct err *e)
{
	struct reference *list;
	size_t n;
	int r = candidates(a, text, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *digest = io_read_link(a, images, path_of_name(a, &list[i]));

		if (digest && digest_is(digest))
			return images_load(st, images, a, digest, image, e);
	}
	return r < 0 ? r : -ENOENT;
}

const char *images_whole_name(int images, struct arena *a, const char *text, const struct image *image)
{
	struct reference *list;
	size_t n;

	/* 64 digits are no name, but an id */
	if (candidates(a, text, &list, &n, &(struct err){ 0 }) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *digest = io_read_link(a, images, path_of_name(a, &list[i]));

		if (!digest)
			continue;
		if (list[i].digest)
			list[i].tag = NULL;
		return str_eq(digest, image->digest) ? reference_text(a, &list[i]) : NULL;
	}
	return NULL;
}

int images_find(const struct state *st, int images, struct arena *a, const char *text, struct image *image,
		struct err *e)
{
	struct err of_name = { 0 };
	int r = find_by_name(st, images, a, text, image, &of_name);

	if (r == 0)
		return 0;
	/* 64 digits are no name, but an id */
	if (images >= 0 && (r = find_by_id(st, images, a, text, image, e)) != -ENOENT)
		return r;
	return of_name.no && !str_eq(of_name.code, "no-image") ? err_take(e, &of_name) : no_image(text, e);
}

int images_config(int images, struct arena *a, const struct image *image, struct image_config *c,
		  struct err *e)
{
	char *text;
	size_t len;
	int r = io_read_file(a, images, arena_printf(a, "blobs/%s", digest_hex(image->id)),
			     MANIFEST_BYTES_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "image-broken", -r, "read the configuration of image %.19s", image->id),
		       err_hint(e, "fetch it again: guise pull");
	return image_config_parse(a, text, len, c, e);
}

/* ---- names ---- */

static int walk_names(int dir, struct arena *a, const char *path, struct image_name **list, size_t *n)
{
	struct io_dir d = IO_DIR(dir);
	int r = 0;

	for (const char *name; r == 0 && (name = io_dir_next(&d));) {
		bool last = *name == ':' || *name == '@';
		const char *text = arena_printf(a, "%s%s%s", path, *path && !last ? "/" : "", name);
		struct image_name one = { text, last ? io_read_link(a, dir, name) : NULL };
		autoclose int below = -1;

		if (one.digest && digest_is(one.digest))
			arena_push(a, *list, *n, one);
		if (last)
			continue;
		below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = below < 0 ? -errno : walk_names(below, a, text, list, n);
		r = r == -ENOENT ? 0 : r;
	}
	return r;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct image_name *)a)->text, ((const struct image_name *)b)->text);
}

int images_names(int images, struct arena *a, struct image_name **list, size_t *n, struct err *e)
{
	autoclose int dir = openat(images, "names", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	*list = NULL;
	*n = 0;
	r = dir < 0 ? -errno : walk_names(dir, a, "", list, n);
	if (r == 0 && *n)
		qsort(*list, *n, sizeof(**list), by_text);
	return r < 0 ? err_set(e, "state", -r, "read the names of images") : 0;
}

/* The link is made beside it, and renamed. */
int images_name(int images, struct arena *a, const struct reference *name, const char *digest, struct err *e)
{
	const char *path = path_of_name(a, name);
	const char *dir = arena_strndup(a, path, (size_t)(strrchr(path, '/') - path));
	const char *beside = arena_printf(a, "new/name-%d", getpid());
	int r = io_mkdirs(images, dir, 0700);

	if (r == 0) {
		unlinkat(images, beside, 0);
		if (symlinkat(digest, images, beside) < 0 || renameat(images, beside, images, path) < 0)
			r = -errno;
	}
	return r < 0 ? err_set(e, "state", -r, "name an image %s", reference_text(a, name)) : 0;
}

/* Directories that are empty then go, too. */
int images_unname(int images, struct arena *a, const struct reference *name, struct err *e)
{
	char *path = arena_strdup(a, path_of_name(a, name));

	if (unlinkat(images, path, 0) < 0)
		return errno == ENOENT ?
			       no_image(reference_text(a, name), e) :
			       err_set(e, "state", errno, "remove the name %s", reference_text(a, name));
	for (char *slash; (slash = strrchr(path, '/')) && slash != strchr(path, '/');) {
		*slash = '\0';
		if (unlinkat(images, path, AT_REMOVEDIR) < 0)
			break;
	}
	return 0;
}

/* ---- registries.json ---- */

int images_registries(struct arena *a, struct registries *r, struct err *e)
{
	const char *files[] = { home_config(a, "guise/registries.json"), "/etc/guise/registries.json" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char *text;
		size_t len;
		int no = files[i] ? io_read_given(a, files[i], REGISTRIES_MAX, &text, &len) : -ENOENT;

		if (no == 0)
			return registries_parse(a, files[i], text, len, r, e);
		if (no != -ENOENT && no != -ENOTDIR)
			return err_set(e, "bad-registries", -no, "read %s", files[i]);
	}
	registries_init(a, r);
	return 0;
}
