/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "kernel/spawn.h"

static int write_file(pid_t pid, const char *file, const char *value, struct err *e)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	r = io_write_small(AT_FDCWD, path, value);
	return r < 0 ? err_set(e, "userns-map", -r, "write '%s' to %s", value, path) : 0;
}

/* One of the two processes that guise ever starts on the way to a container: writing a map with more
 * than the user's own id takes CAP_SETUID in the parent namespace, which only these programs have. */
static int run_helper(const char *program, pid_t pid, const char *map, struct err *e)
{
	char words[1024], number[16], *argv[64], *next = words;
	size_t n = 0;
	int status, r;

	snprintf(number, sizeof(number), "%d", pid);
	snprintf(words, sizeof(words), "%s", map);
	argv[n++] = (char *)program;
	argv[n++] = number;
	for (char *word; n < 63 && (word = strsep(&next, " \n"));)
		if (*word)
			argv[n++] = word;
	argv[n] = NULL;
	if ((r = spawn_wait(argv, &status, e)) < 0)
		return err_hint(e, "install it (Debian: uidmap), or remove the user from /etc/subuid");
	if (status == 0)
		return 0;
	return err_set(e, "userns-helper", EPERM, "%s %d %s", program, pid, map),
	       err_cause(e, "it exited with status %d", status), err_hint(e, "see /etc/subuid and /etc/subgid");
}

int userns_write_maps(pid_t pid, const char *uid_map, const char *gid_map, bool by_helper, struct err *e)
{
	int r;

	if (by_helper) {
		r = run_helper("newuidmap", pid, uid_map, e);
		return r < 0 ? r : run_helper("newgidmap", pid, gid_map, e);
	}
	if (geteuid() != 0 && (r = write_file(pid, "setgroups", "deny", e)) < 0)
		return r;
	if ((r = write_file(pid, "uid_map", uid_map, e)) < 0)
		return r;
	return write_file(pid, "gid_map", gid_map, e);
}
