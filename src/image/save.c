/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/stop.h"
#include "image/tar.h"
#include "spec/image/digest.h"
#include "spec/image/manifest.h"

#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define INDEX  "application/vnd.oci.image.index.v1+json"

/* A file to be written: a text, or a blob. */
struct file {
	const char *name, *text, *digest;
	uint64_t size;
};

struct saving {
	const struct save *save;
	struct arena *arena;
	struct file *files;
	size_t n;
	struct str index, docker; /* index.json and manifest.json, while they grow */
};

/* ---- which files ---- */

static void add_text(struct saving *x, const char *name, const char *text)
{
	struct file file = { .name = name, .text = text, .size = strlen(text) };

	arena_push(x->arena, x->files, x->n, file);
}

static const char *blob_path(struct saving *x, const char *digest)
{
	if (x->save->transport == TRANSPORT_DIR)
		return digest_hex(digest);
	return arena_printf(x->arena, "blobs/%.6s/%s", digest, digest_hex(digest));
}

/* Once, whoever shares it. */
static int add_blob(struct saving *x, const struct save_image *image, const char *digest, struct err *e)
{
	struct file file = { .name = blob_path(x, digest), .digest = digest };
	autoclose int fd = -1;
	struct stat st;

	for (size_t i = 0; i < x->n; i++)
		if (str_eq(x->files[i].name, file.name))
			return 0;
	fd = blob_open(x->save->images, digest);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		file.size = (uint64_t)st.st_size;
		arena_push(x->arena, x->files, x->n, file);
		return 0;
	}
	return err_set(e, "image-blobs", fd < 0 ? -fd : errno, "read blob %.19s of image %.12s", digest,
		       digest_hex(image->image.id)),
	       err_hint(e, "image prune --blobs may have given it up: guise pull fetches it again");
}

static int add_blobs(struct saving *x, const struct save_image *image, const struct manifest *m,
		     struct err *e)
{
	int r = add_blob(x, image, m->config.digest, e);

	for (size_t i = 0; r == 0 && i < m->n_layers; i++)
		r = add_blob(x, image, m->layers[i].digest, e);
	return r;
}

/* "org.opencontainers.image.ref.name" (annotations.md), and what containerd and docker have beside it; NULL: without. */
static void add_annotations(struct str *index, const char *tag, const char *name)
{
	if (!tag && !name)
		return;
	str_add(index, ",\"annotations\":{");
	if (name) {
		str_add(index, "\"io.containerd.image.name\":");
		json_add_string(index, name);
	}
	if (tag) {
		str_addf(index, "%s\"org.opencontainers.image.ref.name\":", name ? "," : "");
		json_add_string(index, tag);
	}
	str_add(index, "}");
}

/* An entry of the index. */
static void add_entry(struct saving *x, const struct save_image *image, const struct manifest *m, size_t len,
		      const char *tag, const char *name)
{
	str_addf(&x->index, "%s{\"mediaType\":", x->index.len ? "," : "");
	json_add_string(&x->index, m->media_type);
	str_addf(&x->index, ",\"digest\":\"%s\",\"size\":%zu", image->image.digest, len);
	add_annotations(&x->index, tag, name);
	str_add(&x->index, "}");
}

static void add_entries(struct saving *x, const struct save_image *image, const struct manifest *m,
			size_t len)
{
	if (image->tag || !image->names.n)
		add_entry(x, image, m, len, image->tag, NULL);
	for (size_t i = 0; i < image->names.n; i++) {
		const char *name = image->names.v[i], *colon = strchr(name, '@') ? NULL : strrchr(name, ':');

		add_entry(x, image, m, len, colon ? colon + 1 : NULL, name);
	}
}

/* docker has names with a tag alone there: one with a digest would make it refuse all of the archive. */
static void add_docker(struct saving *x, const struct save_image *image, const struct manifest *m)
{
	bool first = true;

	str_addf(&x->docker, "%s{\"Config\":\"%s\",\"RepoTags\":[", x->docker.len ? "," : "",
		 blob_path(x, m->config.digest));
	for (size_t i = 0; i < image->names.n; i++) {
		if (strchr(image->names.v[i], '@'))
			continue;
		str_add(&x->docker, first ? "" : ",");
		json_add_string(&x->docker, image->names.v[i]);
		first = false;
	}
	str_add(&x->docker, "],\"Layers\":[");
	for (size_t i = 0; i < m->n_layers; i++)
		str_addf(&x->docker, "%s\"%s\"", i ? "," : "", blob_path(x, m->layers[i].digest));
	str_add(&x->docker, "]}");
}

static int add_image(struct saving *x, const struct save_image *image, struct err *e)
{
	struct manifest m;
	size_t len;
	char *text;
	int r = blob_read(x->save->images, x->arena, image->image.digest, &text, &len, e);

	if (r < 0 || (r = manifest_parse(x->arena, text, len, NULL, &m, e)) < 0)
		return r;
	if (x->save->transport == TRANSPORT_DIR) {
		add_text(x, "version", "Directory Transport Version: 1.1\n");
		add_text(x, "manifest.json", text);
		return add_blobs(x, image, &m, e);
	}
	add_entries(x, image, &m, len);
	add_docker(x, image, &m);
	r = add_blob(x, image, image->image.digest, e);
	return r < 0 ? r : add_blobs(x, image, &m, e);
}

/* What tells of the others goes first, so that whoever reads a stream knows what comes. */
static int find_files(struct saving *x, struct err *e)
{
	bool layout = x->save->transport != TRANSPORT_DIR;
	bool docker = x->save->transport == TRANSPORT_DOCKER_ARCHIVE;
	size_t first = x->n;
	int r = 0;

	if (layout) {
		add_text(x, "oci-layout", LAYOUT);
		add_text(x, "index.json", "");
	}
	if (docker)
		add_text(x, "manifest.json", "");
	for (size_t i = 0; r == 0 && i < x->save->n; i++)
		r = add_image(x, &x->save->list[i], e);
	if (r < 0 || !layout)
		return r;
	x->files[first + 1].text =
		arena_printf(x->arena, "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[%s]}",
			     str_get(&x->index));
	x->files[first + 1].size = strlen(x->files[first + 1].text);
	if (docker) {
		x->files[first + 2].text = arena_printf(x->arena, "[%s]", str_get(&x->docker));
		x->files[first + 2].size = strlen(x->files[first + 2].text);
	}
	return 0;
}

/* ---- their content ---- */

static int write_failed(int r, struct err *e)
{
	return err_set(e, "copy-write", -r, "write the image");
}

/* Who reads a pipe may never go on: a signal ends that. */
static int write_block(int out, const char *p, size_t n, struct err *e)
{
	while (n) {
		int r = stop_check(e);
		ssize_t done = r < 0 ? 0 : write(out, p, n);

		if (r < 0)
			return r;
		if (done < 0 && errno != EINTR)
			return write_failed(-errno, e);
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

static int copy_blob(struct saving *x, const struct file *file, int out, struct err *e)
{
	autoclose int in = blob_open(x->save->images, file->digest);
	char block[64 * 1024];
	uint64_t left = file->size;
	int r = 0;

	if (in < 0)
		return err_set(e, "image-blobs", -in, "read blob %.19s", file->digest);
	while (r == 0 && left) {
		ssize_t n = read(in, block, left < sizeof(block) ? (size_t)left : sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, "image-broken", n < 0 ? errno : EIO, "read blob %.19s",
				       file->digest);
		r = write_block(out, block, (size_t)n, e);
		left -= (uint64_t)n;
	}
	return r;
}

static int write_content(struct saving *x, const struct file *file, int out, struct err *e)
{
	int r;

	if (file->digest)
		return copy_blob(x, file, out, e);
	r = io_write_all(out, file->text, (size_t)file->size);
	return r < 0 ? write_failed(r, e) : 0;
}

static int begin(struct saving *x, const struct save *s, struct err *e)
{
	*x = (struct saving){ .save = s, .arena = s->arena };
	x->index.arena = s->arena;
	x->docker.arena = s->arena;
	return find_files(x, e);
}

int save_archive(const struct save *s, int out, struct err *e)
{
	struct saving x;
	int r = begin(&x, s, e), n = 0;

	for (size_t i = 0; r == 0 && i < x.n; i++) {
		n = tar_file(out, x.files[i].name, x.files[i].size);
		r = n < 0 ? write_failed(n, e) : write_content(&x, &x.files[i], out, e);
		if (r == 0 && (n = tar_pad(out, x.files[i].size)) < 0)
			r = write_failed(n, e);
	}
	if (r == 0 && (n = tar_end(out)) < 0)
		r = write_failed(n, e);
	return r;
}

static int write_one(struct saving *x, const struct file *file, int dir, struct err *e)
{
	const char *slash = strrchr(file->name, '/');
	int r = slash ? io_mkdirs(dir, arena_strndup(x->arena, file->name, (size_t)(slash - file->name)),
				  0755) :
			0;
	autoclose int out = r < 0 ? -1 :
				    openat(dir, file->name,
					   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (out < 0)
		return write_failed(r < 0 ? r : -errno, e);
	return write_content(x, file, out, e);
}

int save_directory(const struct save *s, int dir, struct err *e)
{
	struct saving x;
	int r = begin(&x, s, e);

	for (size_t i = 0; r == 0 && i < x.n; i++)
		r = write_one(&x, &x.files[i], dir, e);
	return r;
}
