/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/trust.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/home.h"
#include "base/io.h"
#include "base/str.h"

enum { PEM_MAX = 8 << 20 };

static const char *find_directory(struct arena *a, const char *domain)
{
	const char *places[] = {
		home_config(a, arena_printf(a, "containers/certs.d/%s", domain)),
		arena_printf(a, "/etc/containers/certs.d/%s", domain),
		arena_printf(a, "/etc/docker/certs.d/%s", domain),
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (places[i] && access(places[i], F_OK) == 0)
			return places[i];
	return NULL;
}

static const char *before_end(struct arena *a, const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && str_eq(name + len - n, end) ? arena_strndup(a, name, len - n) : NULL;
}

static int failed(const char *path, int r, struct err *e)
{
	return err_set(e, "registry-certificates", -r, "read certificates of %s", path);
}

/* One beside the system's, which libcurl would leave out then. */
static int add_authority(struct arena *a, int dir, const char *name, struct str *all, struct err *e)
{
	char *text;
	size_t len;
	int r;

	if (!all->len) {
		const char *usual = curl_version_info(CURLVERSION_NOW)->cainfo;

		if (usual && io_read_given(a, usual, PEM_MAX, &text, &len) == 0)
			str_addn(all, text, len);
		str_add(all, "\n");
	}
	if ((r = io_read_file(a, dir, name, PEM_MAX, &text, &len)) < 0)
		return failed(name, r, e);
	str_addn(all, text, len);
	str_add(all, "\n");
	return 0;
}

static int take_file(struct arena *a, int dir, const char *path, const char *name, struct trust *t,
		     struct str *all, struct err *e)
{
	const char *base = before_end(a, name, ".cert");

	if (before_end(a, name, ".crt"))
		return add_authority(a, dir, name, all, e);
	if (!base || t->cert)
		return 0;
	t->cert = arena_printf(a, "%s/%s", path, name);
	t->key = arena_printf(a, "%s/%s.key", path, base);
	if (access(t->key, R_OK) == 0)
		return 0;
	return failed(t->cert, -errno, e), err_hint(e, "its key belongs beside it: %s", t->key);
}

int trust_read(struct arena *a, const char *domain, const char *path, struct trust *t, struct err *e)
{
	const char *there = path ?: find_directory(a, domain);
	autoclose int dir = there ? open(there, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct io_dir d = IO_DIR(dir);
	struct str all = { .arena = a };
	int r = 0;

	t->ca = t->cert = t->key = NULL;
	if (!there)
		return 0;
	if (dir < 0)
		return failed(there, -errno, e);
	for (const char *name; r == 0 && (name = io_dir_next(&d));)
		r = take_file(a, dir, there, name, t, &all, e);
	if (all.len) {
		t->ca = all.p;
		t->ca_len = all.len;
	}
	return r;
}
