/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The nameservers that a process asks: of /etc/resolv.conf below its root. Whoever lives there may have left anything at
 * that path, so it is looked up below a descriptor of the root, read only where it is a regular file, and no more than
 * some kilobytes of it; and not at all where a file system of a process (FUSE) may lie on the way, which could make
 * us wait for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/inroot.h"
#include "observe/world/containers.h"

enum { RESOLV_MAX = 16384, TABLE_MAX = 1 << 18, SERVERS_MAX = 16 };

void resolvers_parse(struct arena *a, const char *text, struct strv *out)
{
	for (const char *line = text; *line && out->n < SERVERS_MAX;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		const char *rest = str_after(line + strspn(line, " \t"), "nameserver");
		size_t n;

		if (!rest || (*rest != ' ' && *rest != '\t'))
			continue;
		rest += strspn(rest, " \t");
		n = strcspn(rest, " \t\r\n#;");
		if (n)
			strv_push(a, out, arena_strndup(a, rest, n));
	}
}

static bool may_wait(struct arena *a, int64_t pid)
{
	char path[64], *text;

	snprintf(path, sizeof(path), "/proc/%lld/mountinfo", (long long)pid);
	/* proc's files are regular ones, of size 0 */
	return io_read_file(a, -1, path, TABLE_MAX, &text, NULL) < 0 || strstr(text, " - fuse");
}

/* The descriptor is of the file that was looked at, whatever is at the path by then. */
static int open_regular(int root, const char *path)
{
	autoclose int fd = inroot_open(root, path, O_PATH);
	char self[64];
	struct stat s;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode))
		return -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	r = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

void world_read_resolvers(struct world *w, int64_t pid, struct strv *out)
{
	char path[64], text[RESOLV_MAX];
	ssize_t n;

	if (may_wait(w->arena, pid))
		return;
	snprintf(path, sizeof(path), "/proc/%lld/root", (long long)pid);
	autoclose int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int fd = root < 0 ? -1 : open_regular(root, "/etc/resolv.conf");
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	resolvers_parse(w->arena, text, out);
}
