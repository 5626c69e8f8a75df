/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/rlimit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/io.h"
#include "base/str.h"

static const char *const names[] = {
	[RLIMIT_CPU] = "cpu",           [RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",         [RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",         [RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",       [RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",   [RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",       [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",     [RLIMIT_RTTIME] = "rttime",
};
_Static_assert(ARRAY_LEN(names) == RLIMIT_NAME_COUNT, "a name for every limit");
_Static_assert(RLIMIT_NAME_COUNT == RLIM_NLIMITS, "a limit for every name");

int rlimit_from_name(const char *name)
{
	if (strncasecmp(name, "rlimit_", 7) == 0)
		name += 7;
	for (int i = 0; i < RLIMIT_NAME_COUNT; i++)
		if (strcasecmp(name, names[i]) == 0)
			return i;
	return -1;
}

const char *rlimit_name(int resource)
{
	return resource >= 0 && resource < RLIMIT_NAME_COUNT ? names[resource] : NULL;
}

static const char *parse_value(const char *p, uint64_t *value)
{
	char *end;

	p += strspn(p, " ");
	if (strncmp(p, "unlimited ", 10) == 0) {
		*value = RLIM_INFINITY;
		return p + 10;
	}
	if (*p < '0' || *p > '9')
		return NULL;
	*value = strtoull(p, &end, 10);
	return *end == ' ' ? end : NULL;
}

int rlimit_parse(const char *text, int resource, uint64_t *soft, uint64_t *hard)
{
	enum { NAME_WIDTH = 25 }; /* fs/proc/base.c: "%-25s %-20s %-20s %-10s\n", names with blanks in them */
	const char *p = text;

	if (resource < 0 || resource >= RLIMIT_NAME_COUNT)
		return -EINVAL;
	for (int row = -1; p && row < resource; row++)
		if ((p = strchr(p, '\n')))
			p++;
	if (!p || strncmp(p, "Max ", 4) != 0 || strnlen(p, NAME_WIDTH) < NAME_WIDTH ||
	    memchr(p, '\n', NAME_WIDTH))
		return -EINVAL;
	p = parse_value(p + NAME_WIDTH, soft);
	return p && parse_value(p, hard) ? 0 : -EINVAL;
}

int rlimit_of(pid_t pid, int resource, uint64_t *soft, uint64_t *hard)
{
	char path[32], text[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	n = io_read_small(AT_FDCWD, path, text, sizeof(text));
	return n < 0 ? (int)n : rlimit_parse(text, resource, soft, hard);
}
