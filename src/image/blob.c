/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "spec/image/digest.h"

struct blob_writer {
	int images, fd;
	char name[64]; /* below images, till it has its own */
	char digest[DIGEST_TEXT_MAX];
	uint64_t size, written;
	EVP_MD_CTX *sum;
};

static const char *path_of(char path[DIGEST_HEX_MAX + 8], const char *digest)
{
	snprintf(path, DIGEST_HEX_MAX + 8, "blobs/%.*s", DIGEST_HEX_MAX, digest_hex(digest));
	return path;
}

static void hex_of(EVP_MD_CTX *sum, char text[DIGEST_HEX_MAX + 1])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_DigestFinal_ex(sum, bytes, &len);
	for (unsigned i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static EVP_MD_CTX *begin_sum(const char *digest)
{
	EVP_MD_CTX *sum = EVP_MD_CTX_new();

	if (sum && EVP_DigestInit_ex(sum, str_after(digest, "sha512:") ? EVP_sha512() : EVP_sha256(), NULL))
		return sum;
	EVP_MD_CTX_free(sum);
	return NULL;
}

/* A name that nobody else takes: several may fetch the same blob. */
static int open_beside(struct blob_writer *w)
{
	static unsigned turn;

	snprintf(w->name, sizeof(w->name), "new/blob-%d-%u", getpid(), turn++);
	unlinkat(w->images, w->name, 0);
	w->fd = openat(w->images, w->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return w->fd < 0 ? -errno : 0;
}

int blob_begin(int images, const char *digest, uint64_t size, struct blob_writer **out, struct err *e)
{
	struct blob_writer *w = calloc(1, sizeof(*w));
	int r;

	*out = w;
	if (!w || !(w->sum = begin_sum(digest)))
		return err_set(e, "state", ENOMEM, "keep blob %s", digest);
	w->images = images;
	w->size = size;
	snprintf(w->digest, sizeof(w->digest), "%s", digest);
	w->fd = -1;
	r = open_beside(w);
	return r < 0 ? err_set(e, "state", -r, "make a file for blob %s", digest) : 0;
}

static int is_not(const struct blob_writer *w, const char *cause, struct err *e)
{
	err_set(e, "blob-digest", EBADMSG, "take blob %s", w->digest);
	err_cause(e, "%s", cause);
	return err_hint(
		e,
		"whoever sent it, or what is between, has changed or cut it: try again, or ask another registry");
}

int blob_add(struct blob_writer *w, const void *data, size_t len, struct err *e)
{
	int r;

	if (len > w->size - w->written)
		return is_not(w, "it is longer than the manifest says", e);
	if ((r = io_write_all(w->fd, data, len)) < 0)
		return err_set(e, "state", -r, "write blob %s", w->digest);
	w->written += len;
	return EVP_DigestUpdate(w->sum, data, len) ? 0 : is_not(w, "it could not be digested", e);
}

uint64_t blob_written(const struct blob_writer *w)
{
	return w->written;
}

int blob_reader(const struct blob_writer *w)
{
	int fd = openat(w->images, w->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int commit(struct blob_writer *w, struct err *e)
{
	char hex[DIGEST_HEX_MAX + 1], path[DIGEST_HEX_MAX + 8];

	if (w->size != UINT64_MAX && w->written != w->size)
		return is_not(w, "it is shorter than the manifest says", e);
	hex_of(w->sum, hex);
	if (!str_eq(hex, digest_hex(w->digest)))
		return is_not(w, "its content has another digest", e);
	if (renameat(w->images, w->name, w->images, path_of(path, w->digest)) < 0)
		return err_set(e, "state", errno, "keep blob %s", w->digest);
	w->name[0] = '\0';
	return 0;
}

int blob_commit(struct blob_writer *w, struct err *e)
{
	int r = commit(w, e);

	blob_drop(w);
	return r;
}

void blob_drop(struct blob_writer *w)
{
	if (!w)
		return;
	fd_close(&w->fd);
	if (w->name[0])
		unlinkat(w->images, w->name, 0);
	EVP_MD_CTX_free(w->sum);
	free(w);
}

bool blob_is(int images, const char *digest)
{
	char path[DIGEST_HEX_MAX + 8];

	return faccessat(images, path_of(path, digest), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int blob_open(int images, const char *digest)
{
	char path[DIGEST_HEX_MAX + 8];
	int fd = openat(images, path_of(path, digest), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int blob_read(int images, struct arena *a, const char *digest, char **text, size_t *len, struct err *e)
{
	char path[DIGEST_HEX_MAX + 8];
	int r = io_read_file(a, images, path_of(path, digest), MANIFEST_BYTES_MAX, text, len);

	return r < 0 ? err_set(e, "image-broken", -r, "read blob %s", digest) : 0;
}

static void digest_bytes(const char *algorithm, const void *data, size_t len, char hex[DIGEST_HEX_MAX + 1])
{
	EVP_MD_CTX *sum = begin_sum(algorithm);

	*hex = '\0';
	if (sum && EVP_DigestUpdate(sum, data, len))
		hex_of(sum, hex);
	EVP_MD_CTX_free(sum);
}

const char *blob_digest(struct arena *a, const void *data, size_t len)
{
	char hex[DIGEST_HEX_MAX + 1];

	digest_bytes("sha256:", data, len, hex);
	return arena_printf(a, "sha256:%s", hex);
}

bool blob_matches(const char *digest, const void *data, size_t len)
{
	char hex[DIGEST_HEX_MAX + 1];

	digest_bytes(digest, data, len, hex);
	return str_eq(hex, digest_hex(digest));
}

int blob_store(int images, const char *digest, const char *text, size_t len, struct err *e)
{
	struct blob_writer *w = NULL;
	int r = blob_begin(images, digest, len, &w, e);

	if (r == 0)
		r = blob_add(w, text, len, e);
	if (r == 0)
		return blob_commit(w, e);
	blob_drop(w);
	return r;
}

static int digest_rest(int fd, EVP_MD_CTX *sum, uint64_t *size)
{
	char block[64 * 1024];
	ssize_t n;

	for (*size = 0; (n = read(fd, block, sizeof(block))) != 0; *size += (uint64_t)n)
		if (n < 0 || !EVP_DigestUpdate(sum, block, (size_t)n))
			return n < 0 ? -errno : -EIO;
	return 0;
}

int blob_digest_fd(int fd, struct arena *a, const char **digest, uint64_t *size)
{
	char hex[DIGEST_HEX_MAX + 1] = "";
	EVP_MD_CTX *sum = begin_sum("sha256:");
	int r = sum ? digest_rest(fd, sum, size) : -ENOMEM;

	if (r == 0) {
		hex_of(sum, hex);
		*digest = arena_printf(a, "sha256:%s", hex);
	}
	EVP_MD_CTX_free(sum);
	return r;
}

int blob_adopt(int images, struct arena *a, const char *name, const char **digest, uint64_t *size,
	       struct err *e)
{
	autoclose int fd = openat(images, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char path[DIGEST_HEX_MAX + 8];
	int r = fd < 0 ? -errno : blob_digest_fd(fd, a, digest, size);

	if (r == 0 && renameat(images, name, images, path_of(path, *digest)) < 0)
		r = -errno;
	return r < 0 ? err_set(e, "state", -r, "keep images/%s", name) : 0;
}
