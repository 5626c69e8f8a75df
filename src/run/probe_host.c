/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/probe_parts.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Kernel file systems and places of running programs: fresh ones, or nothing, inside. */
static const char *const left_out[] = { "/proc", "/sys", "/dev", "/run", "/tmp", "/var/run", "/mnt", "/media" };

/* proc(5): the space, tab, newline and backslash of a path are written \040 and so on. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		unsigned c;

		if (*s == '\\' && sscanf(s + 1, "%3o", &c) == 1) {
			*to++ = (char)c;
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool is_covered(const char *target)
{
	for (size_t i = 0; i < ARRAY_LEN(left_out); i++) {
		const char *rest = str_after(target, left_out[i]);

		if (rest && (*rest == '\0' || *rest == '/'))
			return false;
	}
	return target[1] != '\0';
}

/* An overlay's options are separated by commas and its lower directories by colons, and these cannot be
 * written in a path; a file (a bind mount) cannot be a lower directory. */
static bool can_be_lower(const char *target)
{
	struct stat st;

	return !strpbrk(target, ",:\\") && stat(target, &st) == 0 && S_ISDIR(st.st_mode);
}

int probe_host_mounts(struct arena *a, struct strv *below, struct err *e)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[8192], *p, *target;

	while (f && fgets(line, sizeof(line), f)) {
		p = line;
		for (int i = 0; i < 4; i++)
			strsep(&p, " ");
		target = strsep(&p, " ");
		if (!target || !p)
			continue;
		unescape(target);
		if (is_covered(target) && can_be_lower(target))
			arena_push(a, below->v, below->n, arena_strdup(a, target));
	}
	if (f)
		fclose(f);
	return 0;
}
