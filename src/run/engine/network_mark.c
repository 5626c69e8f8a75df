/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/network_mark.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "net/bridge.h"

/* The longest path that a mark holds. */
enum { PATH_LEN = NETWORK_PATH - 16 };

const char *network_path(int rundir, char path[NETWORK_PATH])
{
	static const char removed[] = " (deleted)"; /* the kernel's word in the link */
	const size_t end = sizeof(removed) - 1;
	char self[32];
	struct stat dir;
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", rundir);
	if ((n = readlink(self, path, NETWORK_PATH - 1)) <= 0 || fstat(rundir, &dir) < 0)
		return NULL;
	if (!dir.st_nlink && (size_t)n > end && memcmp(path + n - end, removed, end) == 0)
		n -= (ssize_t)end;
	path[n] = '\0';
	return n <= PATH_LEN ? path : NULL;
}

const char *network_mark(int rundir, struct arena *a, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";
	const char *mark = arena_printf(a, BRIDGE_MARK " %s", name);
	char text[NETWORK_PATH];
	const char *path = network_path(rundir, text);
	struct stat dir;

	if (str_eq(path, "/run/guise"))
		return mark;
	if (path && !path[strspn(path, plain)] &&
	    strlen(mark) + strlen(" of ") + strlen(path) < BRIDGE_MARK_SIZE)
		return arena_printf(a, "%s of %s", mark, path);
	return fstat(rundir, &dir) < 0 ?
		       mark :
		       arena_printf(a, "%s of %llx:%llx", mark, (unsigned long long)dir.st_dev,
				    (unsigned long long)dir.st_ino);
}
