/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process/spawn.h"

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
	char said[384];
	int out[2], status, r;
	pid_t pid;

	argv[0] = secure_getenv("GUISE_OCI_HELPER") ?: (char *)GUISE_LIBEXECDIR "/guise-oci-helper";
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
