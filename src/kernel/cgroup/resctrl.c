/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/fs/mountinfo.h"

enum { FILE_MAX_SIZE = 1 << 20 };

const char *resctrl_find(struct arena *a)
{
	struct mountinfo_list mounts = { 0 };

	if (mountinfo_read_self(a, &mounts) < 0)
		return NULL;
	for (size_t i = 0; i < mounts.n; i++)
		if (str_eq(mounts.v[i].type, "resctrl"))
			return mounts.v[i].target;
	return NULL;
}

static int write_file(const char *group, const char *name, const char *value)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", group, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return io_write_small(AT_FDCWD, path, value);
}

static int read_file(struct arena *a, const char *group, const char *name, char **text)
{
	size_t len;

	return io_read_file(a, AT_FDCWD, arena_printf(a, "%s/%s", group, name), FILE_MAX_SIZE, text, &len);
}

/* ---- schemata */

/* The line of a resource, "  L3:0=7ff;1=7ff", behind its colon; NULL: there is none. */
static const char *line_of(const char *text, const char *name, size_t len)
{
	for (const char *line = text; *line; line += *line == '\n') {
		line += strspn(line, " ");
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1;
		line += strcspn(line, "\n");
	}
	return NULL;
}

/* The value of a domain, "0" in "0=7ff;1=7ff": bandwidth is a decimal number, a mask a hexadecimal one. */
static bool value_of(const char *line, unsigned long domain, int base, unsigned long *value)
{
	char *end;

	while (*line && *line != '\n') {
		unsigned long d = strtoul(line, &end, 10);

		if (*end != '=')
			return false;
		*value = strtoul(end + 1, &end, base);
		if (d == domain)
			return true;
		line = end + strcspn(end, ";\n");
		line += *line == ';';
	}
	return false;
}

static bool line_has(const char *have, const char *want, int base)
{
	char *end;

	while (*want && *want != '\n') {
		unsigned long domain = strtoul(want, &end, 10), wanted, value;

		if (*end != '=')
			return false;
		wanted = strtoul(end + 1, &end, base);
		if (!value_of(have, domain, base, &value) || value != wanted)
			return false;
		want = end + strcspn(end, ";\n");
		want += *want == ';';
	}
	return true;
}

bool resctrl_text_has(const char *schemata, const char *wanted)
{
	for (const char *line = wanted; *line; line += *line == '\n') {
		size_t len = strcspn(line, ":\n");
		const char *have = line[len] == ':' ? line_of(schemata, line, len) : NULL;

		if (!have || !line_has(have, line + len + 1, strncmp(line, "MB", 2) == 0 ? 10 : 16))
			return false;
		line += strcspn(line, "\n");
	}
	return true;
}

int resctrl_has(struct arena *a, const char *group, const char *wanted)
{
	char *text;
	int r = read_file(a, group, "schemata", &text);

	return r < 0 ? r : resctrl_text_has(text, wanted);
}

int resctrl_write(const char *group, const char *wanted)
{
	return write_file(group, "schemata", wanted);
}

/* ---- tasks */

int resctrl_join(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", pid);
	return write_file(group, "tasks", text);
}

int resctrl_holds(struct arena *a, const char *group, pid_t pid)
{
	char *text, *end;
	int r = read_file(a, group, "tasks", &text);

	for (; r == 0 && *text; text = end + (*end == '\n')) {
		if (strtol(text, &end, 10) == pid)
			return 1;
		if (end == text)
			break;
	}
	return r;
}

const char *resctrl_status(struct arena *a, const char *mount)
{
	char text[256];

	if (io_read_small(AT_FDCWD, arena_printf(a, "%s/info/last_cmd_status", mount), text, sizeof(text)) <
	    0)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return arena_strdup(a, str_eq(text, "ok") ? "" : text);
}
