/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process/spawn.h"

const char *helper_path(const char *given, const char *name, char path[HELPER_PATH_MAX])
{
	ssize_t n;

	if (given)
		return given;
	snprintf(path, HELPER_PATH_MAX, "%s/%s", GUISE_LIBEXECDIR, name);
	if (access(path, X_OK) == 0 || (n = readlink("/proc/self/exe", path, HELPER_PATH_MAX)) <= 0)
		return path;
	while (n > 0 && path[n - 1] != '/')
		n--;
	snprintf(path + n, HELPER_PATH_MAX - (size_t)n, "%s", name);
	return path;
}

/* What it says, up to the end; one line is kept. */
static void listen(int in, char *said, size_t size)
{
	char rest[256];
	size_t len = 0;
	ssize_t n;

	while ((n = read(in, len + 1 < size ? said + len : rest,
			 len + 1 < size ? size - 1 - len : sizeof(rest))) > 0 ||
	       (n < 0 && errno == EINTR))
		len += len + 1 < size && n > 0 ? (size_t)n : 0;
	said[len] = '\0';
	said[strcspn(said, "\n")] = '\0';
}

int helper_run(char *argv[], struct err *e)
{
	char said[384], path[HELPER_PATH_MAX];
	int out[2], status, r;
	pid_t pid;

	argv[0] = (char *)helper_path(secure_getenv("GUISE_OCI_HELPER"), "guise-oci-helper", path);
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, "helper", errno, "run %s", argv[0]);
	r = spawn_start(argv, out[1], &pid);
	close(out[1]);
	if (r == 0)
		listen(out[0], said, sizeof(said));
	close(out[0]);
	if (r < 0)
		return err_set(e, "helper", -r, "run %s", argv[0]),
		       err_hint_for(e, ENOENT,
				    "it is installed with guise-oci, or found by GUISE_OCI_HELPER");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return err_set(e, "helper", EIO, "%s %s", argv[0], argv[1]),
	       err_cause(e, "%s", *said ? said : "it ended without saying why");
}
