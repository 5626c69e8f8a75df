/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/counter.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/io.h"

char *cgroup_text(struct arena *a, const char *dir, const char *file)
{
	char text[32 * 1024];
	autoclose int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || io_read_small(fd, file, text, sizeof(text)) < 0)
		text[0] = '\0';
	return arena_strdup(a, text);
}

uint64_t cgroup_count(const char *text)
{
	return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

uint64_t cgroup_number(struct arena *a, const char *dir, const char *file)
{
	return cgroup_count(cgroup_text(a, dir, file));
}

uint64_t cgroup_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; (p = strstr(p, key)); p += len)
		if ((p == text || p[-1] == '\n' || p[-1] == ' ') && (p[len] == ' ' || p[len] == '='))
			return cgroup_count(p + len + 1);
	return 0;
}
