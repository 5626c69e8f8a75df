/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "image/local_parts.h"
#include "run/engine/archive.h"
#include "spec/image/digest.h"

/* ---- files ---- */

/* A file of the directory, whole; -ENOENT with e as it was. */
int local_read(struct local *l, const char *path, char **text, size_t *len, struct err *e)
{
	autoclose int fd = local_open_file(l, path);
	int r = fd < 0 ? fd : io_read_fd(l->arena, fd, MANIFEST_BYTES_MAX, text, len);

	return r == -ENOENT || r >= 0 ? r : err_set(e, "image-read", -r, "read %s of %s", path, l->path);
}

/* By the kernel's own word it stays below the directory. */
int local_open_file(struct local *l, const char *path)
{
	int fd = openat(l->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static const char *blob_path(struct local *l, const char *digest)
{
	if (l->transport == TRANSPORT_DIR)
		return digest_hex(digest);
	return arena_printf(l->arena, "blobs/%.6s/%s", digest, digest_hex(digest));
}

static int open_blob(void *arg, const struct descriptor *blob, struct err *e)
{
	struct local *l = arg;
	const char *path = local_docker_path(l, blob->digest) ?: blob_path(l, blob->digest);
	int fd = local_open_file(l, path);

	if (fd >= 0)
		return fd;
	return err_set(e, "image-read", -fd, "read %s of %s", path, l->path),
	       err_hint_for(e, ENOENT, "a part of the image is missing there");
}

struct image_origin local_origin(struct local *l)
{
	return (struct image_origin){ open_blob, l };
}

bool local_image(struct local *l, size_t i, struct local_image *image)
{
	if (i >= l->n_images)
		return false;
	*image = l->images_there[i];
	return true;
}

void local_add(struct local *l, const char *text, size_t len, const char *media_type, struct strv names)
{
	struct local_image image = { text, media_type, len, names };

	arena_push(l->arena, l->images_there, l->n_images, image);
}

/* ---- an image layout ---- */

static const char *whole_name(struct local *l, struct reference name)
{
	name = reference_tagged(reference_in(l->arena, name, "docker.io"));
	return reference_text(l->arena, &name);
}

/* docker's short names are those of its hub, in an archive as on a command line. */
bool local_is_name(struct local *l, const char *text)
{
	struct reference there;

	return text && reference_parse(l->arena, text, &there, &(struct err){ 0 }) == 0 &&
	       str_eq(whole_name(l, there), whole_name(l, *l->name));
}

int local_no_name(struct local *l, const struct str *names, struct err *e)
{
	err_set(e, "no-image-file", ENOENT, "find %s in %s",
		l->tag  ? l->tag :
		l->name ? reference_text(l->arena, l->name) :
			  "an image",
		l->path);
	return err_cause(e, names->len ? "it has %s" : "it has no image with a name%s", str_get(names));
}

static bool is_wanted(struct local *l, const struct manifest_entry *entry, size_t of)
{
	if (l->name)
		return local_is_name(l, entry->full_name ?: entry->name);
	return l->tag ? str_eq(entry->name, l->tag) || (!entry->name && of == 1 && str_eq(l->tag, "latest")) :
			true;
}

static int no_entry(struct local *l, const struct manifest *index, struct err *e)
{
	struct str names = { .arena = l->arena };

	for (size_t i = 0; i < index->n_entries; i++) {
		const struct manifest_entry *entry = &index->entries[i];
		const char *name = l->name ? entry->full_name ?: entry->name : entry->name;

		if (name)
			str_addf(&names, "%s%s", names.len ? ", " : "", name);
	}
	return local_no_name(l, &names, e);
}

/* Its index names images, by what is called a tag there and may be a whole name, too; one of several platforms is an
 * index again. */
static int read_layout(struct local *l, struct err *e)
{
	struct manifest index;
	char *text;
	size_t len;
	int r = local_read(l, "index.json", &text, &len, e);

	if (r < 0)
		return r;
	if ((r = manifest_parse(l->arena, text, len, "application/vnd.oci.image.index.v1+json", &index, e)) <
	    0)
		return err_prefix(e, "%s/index.json", l->path), r;
	for (size_t i = 0; r >= 0 && i < index.n_entries; i++) {
		struct strv names = { 0 };

		if (!is_wanted(l, &index.entries[i], index.n_entries))
			continue;
		if (index.entries[i].full_name || index.entries[i].name)
			strv_push(l->arena, &names, index.entries[i].full_name ?: index.entries[i].name);
		r = local_read(l, blob_path(l, index.entries[i].manifest.digest), &text, &len, e);
		if (r >= 0)
			local_add(l, text, len, index.entries[i].manifest.media_type, names);
	}
	if (r == -ENOENT)
		return err_set(e, "image-read", ENOENT, "read a manifest of %s", l->path);
	return r < 0 ? r : l->n_images ? 0 : no_entry(l, &index, e);
}

/* skopeo's dir: the manifest, and blobs by their digits. */
static int read_dir(struct local *l, struct err *e)
{
	char *text;
	size_t len;
	int r = local_read(l, "manifest.json", &text, &len, e);

	if (r >= 0)
		local_add(l, text, len, NULL, (struct strv){ 0 });
	return r;
}

static int read_any(struct local *l, struct err *e)
{
	int r;

	if (l->transport == TRANSPORT_DIR)
		r = read_dir(l, e);
	else if ((r = read_layout(l, e)) == -ENOENT && !e->no && l->transport == TRANSPORT_DOCKER_ARCHIVE)
		r = local_read_docker(l, e);
	if (r != -ENOENT || e->no)
		return r;
	return err_set(e, "no-image-file", ENOENT, "find an image in %s", l->path),
	       err_cause(e,
			 l->transport == TRANSPORT_DIR ? "it has no manifest.json" : "it has no index.json");
}

/* ---- opening ---- */

/* Into a directory that guise-archive may write in, as any user's: nothing of an archive is believed. */
static int unpack(struct local *l, const struct layer_limits *limits, struct err *e)
{
	autoclose int file = open(l->path, O_RDONLY | O_CLOEXEC);
	struct archive_end end = { .root = -1, .process = -1, .path = "/", .limits = limits };
	int r;

	if (file < 0)
		return err_set(e, "no-image-file", errno, "open %s", l->path);
	snprintf(l->beside, sizeof(l->beside), "new/archive-%d", getpid());
	io_remove_tree(l->images, l->beside);
	if (mkdirat(l->images, l->beside, 0700) < 0 ||
	    (l->dir = openat(l->images, l->beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, "state", errno, "make a directory to unpack %s in", l->path);
	end.root = l->dir;
	r = archive_unpack(&end, file, e);
	return r < 0 ? err_prefix(e, "%s", l->path), r : 0;
}

static int open_dir(struct local *l, struct err *e)
{
	l->dir = open(l->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return l->dir < 0 ? err_set(e, "no-image-file", errno, "open %s", l->path) : 0;
}

int local_open(int images, struct arena *a, const struct image_source *source,
	       const struct layer_limits *limits, struct local **local, struct err *e)
{
	bool archive = source->transport == TRANSPORT_OCI_ARCHIVE ||
		       source->transport == TRANSPORT_DOCKER_ARCHIVE;
	struct local *l = arena_new(a, struct local);
	int r;

	*l = (struct local){
		.images = images, .arena = a, .transport = source->transport, .path = source->path
	};
	l->dir = -1;
	l->tag = source->tag;
	l->name = source->name.path ? &source->name : NULL;
	*local = l;
	r = archive ? unpack(l, limits, e) : open_dir(l, e);
	return r < 0 ? r : read_any(l, e);
}

void local_close(struct local *l)
{
	if (!l)
		return;
	fd_close(&l->dir);
	if (*l->beside)
		io_remove_tree(l->images, l->beside);
}
