/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/home.h"
#include "base/io.h"
#include "base/str.h"
#include "image/registry/credential_helper.h"

enum { FILE_MAX = 1 << 20, FILES_MAX = 3 };

/* ---- files ---- */

static const char *given_file(const char *authfile)
{
	const char *other = secure_getenv("REGISTRY_AUTH_FILE");

	return authfile ?: other && *other ? other : NULL;
}

/* The one that is written, too. */
static const char *first_file(struct arena *a)
{
	return home_below(a, "XDG_RUNTIME_DIR", "containers/auth.json") ?:
		       arena_printf(a, "/run/containers/%u/auth.json", home_uid());
}

static size_t list_files(struct arena *a, const char *authfile, const char *files[FILES_MAX])
{
	size_t n = 0;

	if ((files[0] = given_file(authfile)))
		return 1;
	files[n++] = first_file(a);
	files[n] = home_config(a, "containers/auth.json");
	n += files[n] != NULL;
	files[n] = home_below(a, "DOCKER_CONFIG", "config.json") ?:
								   home_below(a, "HOME", ".docker/config.json");
	n += files[n] != NULL;
	return n;
}

static int read_text(struct arena *a, const char *file, char **text, size_t *len, struct err *e)
{
	int r = io_read_given(a, file, FILE_MAX, text, len);

	return r == -ENOENT || r == -ENOTDIR ? -ENOENT :
	       r < 0                         ? err_set(e, "bad-auth-file", -r, "read %s", file) :
					       0;
}

/* What one file has, or the helper that it names. */
static int ask_file(struct arena *a, const char *file, const struct reference *name, struct auth *found,
		    struct err *e)
{
	char *text;
	size_t len;
	int r = read_text(a, file, &text, &len, e);

	if (r < 0 || (r = auth_find(a, file, text, len, name, found, e)) < 0)
		return r;
	return found->helper ? helper_get(a, found, e) : 0;
}

static int take_given(struct arena *a, const char *creds, struct auth *found, struct err *e)
{
	const char *colon = strchr(creds, ':');

	if (!colon || colon == creds)
		return err_set(e, "bad-creds", EINVAL, "--creds"), err_cause(e, "it is no USER:PASSWORD");
	found->user = arena_strndup(a, creds, (size_t)(colon - creds));
	found->password = colon + 1;
	return 0;
}

int credentials_find(struct arena *a, const char *creds, const char *authfile, const struct reference *name,
		     struct auth *found, struct err *e)
{
	const char *files[FILES_MAX];
	size_t n = list_files(a, authfile, files);

	*found = (struct auth){ 0 };
	if (creds)
		return take_given(a, creds, found, e);
	for (size_t i = 0; i < n; i++) {
		int r = ask_file(a, files[i], name, found, e);

		if (r == -ENOENT && !e->no) {
			if (authfile)
				return err_set(e, "bad-auth-file", ENOENT, "read %s", authfile);
			continue;
		}
		if (r < 0 || found->user || found->token)
			return r;
	}
	return 0;
}

/* ---- keeping ---- */

static const char *directory_of(struct arena *a, const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash > file ? arena_strndup(a, file, (size_t)(slash - file)) : slash ? "/" : ".";
}

/* The directory of a file that is about to be made. */
static int make_directory(struct arena *a, const char *file, struct err *e)
{
	const char *dir = directory_of(a, file);
	int r = io_mkdirs(AT_FDCWD, dir, 0700);

	return r < 0 ? err_set(e, "bad-auth-file", -r, "make %s", dir) : 0;
}

/* Two logins at once must not lose one: whoever changes the file holds its directory. */
static int lock_directory(struct arena *a, const char *file)
{
	int fd = open(directory_of(a, file), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
			;
	return fd;
}

static int change_file(struct arena *a, const char *file, const char *key, const char *user,
		       const char *password, struct err *e)
{
	autoclose int lock = lock_directory(a, file);
	const char *changed;
	char *text = NULL;
	size_t len = 0;
	int r = read_text(a, file, &text, &len, e);

	if (r < 0 && (r != -ENOENT || e->no))
		return r;
	r = auth_change(a, file, text, len, key, user, password, &changed, e);
	if (r == 0 && (r = io_write_file(AT_FDCWD, file, changed, strlen(changed), 0600)) < 0)
		return err_set(e, "bad-auth-file", -r, "write %s", file);
	return r;
}

/* docker writes its hub so. */
static const char *key_in(const char *file, const char *key)
{
	const char *slash = strrchr(file, '/');

	return str_eq(key, "docker.io") && str_eq(slash, "/config.json") ? "https://index.docker.io/v1/" :
									   key;
}

/* With the helper; what the file itself has of it is older. */
static int tell_helper(struct arena *a, const char *file, const char *key, const struct auth *at,
		       const char *user, const char *password, struct err *e)
{
	struct err none = { 0 };
	int r = user ? helper_store(a, at, user, password, e) : helper_erase(a, at, e);

	if (r < 0)
		return r;
	r = change_file(a, file, key_in(file, key), NULL, NULL, &none);
	return r < 0 && r != -ENOENT ? err_take(e, &none) : 0;
}

int credentials_keep(struct arena *a, const char *authfile, const char *key, const char *user,
		     const char *password, const char **where, struct err *e)
{
	const char *file = given_file(authfile) ?: first_file(a);
	const char *slash = strchr(key, '/'),
		   *domain = slash ? arena_strndup(a, key, (size_t)(slash - key)) : key;
	struct auth has = { 0 };
	char *text;
	size_t len;
	int r;

	*where = file;
	if ((r = make_directory(a, file, e)) < 0)
		return r;
	if ((r = read_text(a, file, &text, &len, e)) == 0)
		r = auth_helper(a, file, text, len, domain, &has, e);
	if (r < 0 && (r != -ENOENT || e->no))
		return r;
	if (!has.helper)
		return change_file(a, file, key_in(file, key), user, password, e);
	*where = arena_printf(a, "docker-credential-%s", has.helper);
	if (!slash)
		return tell_helper(a, file, key, &has, user, password, e);
	err_set(e, "credential-helper", ENOTSUP, "keep credentials for %s", key);
	err_cause(e, "%s, which %s names, has them of whole registries only", *where, file);
	return err_hint(e, "guise login %s, or another file: --authfile FILE", domain);
}
