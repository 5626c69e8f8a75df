/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The plugin that gives addresses in guise's place, as the specification's "delegated plugins" are called: with our
 * environment and configuration. */
#include "run/cni/cni.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/spawn.h"
#include "spec/json.h"

enum { RESULT_MAX = 1 << 20 };

/* In the first directory of CNI_PATH that has it; NULL. */
static const char *find(const struct cni *c, const char *plugin)
{
	char *save = NULL, *text = arena_strdup(c->arena, c->call->path);

	for (char *dir = strtok_r(text, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		const char *path = arena_printf(c->arena, "%s/%s", dir, plugin);

		if (*dir == '/' && access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* "msg" of the error object that it printed. */
static const char *message_of(const struct cni *c, const char *text, size_t len)
{
	struct err ignored = { 0 };
	struct json_reader r = { .arena = c->arena, .file = "", .code = "", .err = &ignored };
	autojson struct json_object *o = json_parse(&r, text, len);
	const char *msg = o ? json_string(&r, o, "msg") : NULL;
	const char *details = o ? json_string(&r, o, "details") : NULL;

	if (!msg)
		return NULL;
	return details ? arena_printf(c->arena, "%s; %s", msg, details) : msg;
}

static int fail(struct err *e, const char *plugin, const char *verb, int no, const char *cause)
{
	err_set(e, "cni-delegate", no, "%s by the plugin %s", verb, plugin);
	return cause ? err_cause(e, "%s", cause) : -e->no;
}

/* Files in memory instead of pipes: neither side ever waits for the other. */
static int run(const char *path, const char *config, int *out, int *status)
{
	char *argv[] = { (char *)path, NULL };
	autoclose int in = memfd_create("cni-config", MFD_CLOEXEC);
	pid_t pid;
	int r;

	*out = memfd_create("cni-result", MFD_CLOEXEC);
	if (in < 0 || *out < 0)
		return -errno;
	if ((r = io_write_all(in, config, strlen(config))) < 0)
		return r;
	if (lseek(in, 0, SEEK_SET) < 0)
		return -errno;
	if ((r = spawn_with(argv, (int[]){ in, *out }, 2, &pid)) < 0)
		return r;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return lseek(*out, 0, SEEK_SET) < 0 ? -errno : 0;
}

int cni_delegate(const struct cni *c, const char *plugin, const char *verb, const char *config, char **out,
		 size_t *len, struct err *e)
{
	const char *path = find(c, plugin), *message;
	autoclose int fd = -1;
	int status = 0, r;
	size_t n;
	char *text;

	if (!path)
		return fail(e, plugin, verb, ENOENT, NULL),
		       err_cause(e, "no directory of CNI_PATH (%s) has it", c->call->path);
	setenv("CNI_COMMAND", verb, 1);
	if ((r = run(path, config, &fd, &status)) < 0 ||
	    (r = io_read_given_fd(c->arena, fd, RESULT_MAX, &text, &n)) < 0)
		return fail(e, plugin, verb, -r, NULL);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		message = message_of(c, text, n);
		return fail(e, plugin, verb, EIO, message ? message : "it failed, and did not say why");
	}
	if (out) {
		*out = text;
		*len = n;
	}
	return 0;
}

bool cni_delegate_knows(const struct cni *c, const char *plugin, const char *version)
{
	const char *asked = arena_printf(c->arena, "{\"cniVersion\": \"%s\"}", version);
	struct err ignored = { 0 };
	size_t len;
	char *text;

	return cni_delegate(c, plugin, "VERSION", asked, &text, &len, &ignored) == 0 &&
	       strstr(strstr(text, "supportedVersions") ?: "", arena_printf(c->arena, "\"%s\"", version));
}
