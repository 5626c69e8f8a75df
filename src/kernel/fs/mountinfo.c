/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

/* 100000 mounts, the kernel's limit for a namespace (fs.mount-max), of 160 bytes each. */
enum { TABLE_MAX = 16 << 20 };

static bool is_octal(char c, char highest)
{
	return c >= '0' && c <= highest;
}

/* The kernel writes space, tab, newline and backslash (and, in options, comma and more) as \040 and so on. */
static char *unescape(char *s)
{
	char *to = s;

	for (const char *from = s; *from; from++) {
		if (*from == '\\' && is_octal(from[1], '3') && is_octal(from[2], '7') &&
		    is_octal(from[3], '7')) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return s;
}

static uint64_t attr_of(char *words)
{
	static const struct {
		const char *word;
		uint64_t attr;
	} known[] = {
		{ "ro", MOUNT_ATTR_RDONLY },
		{ "nosuid", MOUNT_ATTR_NOSUID },
		{ "nodev", MOUNT_ATTR_NODEV },
		{ "noexec", MOUNT_ATTR_NOEXEC },
		{ "noatime", MOUNT_ATTR_NOATIME },
		{ "nodiratime", MOUNT_ATTR_NODIRATIME },
		{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW },
		{ "idmapped", MOUNT_ATTR_IDMAP },
	};
	uint64_t attr = 0;
	bool relatime = false;

	for (char *word; (word = strsep(&words, ","));) {
		relatime |= str_eq(word, "relatime");
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			if (str_eq(word, known[i].word))
				attr |= known[i].attr;
	}
	/* one of three: relatime is 0, and strictatime is the one that isn't written */
	return relatime || attr & MOUNT_ATTR_NOATIME ? attr : attr | MOUNT_ATTR_STRICTATIME;
}

/* Not sscanf(3), which costs a start more than all else here. */
static bool number(const char **text, unsigned *n)
{
	char *end;

	*n = (unsigned)strtoul(*text, &end, 10);
	if (end == *text)
		return false;
	*text = end;
	return true;
}

/* MAJOR:MINOR */
static bool device(const char *text, struct mountinfo *m)
{
	return number(&text, &m->major) && *text++ == ':' && number(&text, &m->minor);
}

/* An optional field, "shared:2", "master:1", "propagate_from:1", "unbindable". */
static void take_optional(struct mountinfo *m, const char *field)
{
	const char *shared = str_after(field, "shared:"), *master = str_after(field, "master:");

	if (shared)
		number(&shared, &m->shared);
	else if (master)
		number(&master, &m->master);
	else
		m->unbindable |= str_eq(field, "unbindable");
}

/* ID PARENT MAJOR:MINOR ROOT TARGET ATTRIBUTES [OPTIONAL...] - TYPE SOURCE OPTIONS; a field may be empty. */
static bool parse_line(char *line, struct mountinfo *m)
{
	enum { ID, PARENT, DEVICE, ROOT, TARGET, ATTRIBUTES, FIELDS };
	char *field[FIELDS], *optional;
	unsigned id, parent;

	*m = (struct mountinfo){ 0 };
	for (int i = 0; i < FIELDS; i++)
		if (!(field[i] = strsep(&line, " ")))
			return false;
	while ((optional = strsep(&line, " ")) && !str_eq(optional, "-"))
		take_optional(m, optional);
	m->type = strsep(&line, " ");
	m->source = strsep(&line, " ");
	m->options = line;
	if (!m->options || *field[TARGET] != '/' || !number((const char **)&field[ID], &id) ||
	    !number((const char **)&field[PARENT], &parent) || !device(field[DEVICE], m))
		return false;
	m->id = (int)id;
	m->parent = (int)parent;
	m->root = unescape(field[ROOT]);
	m->target = unescape(field[TARGET]);
	m->attr = attr_of(field[ATTRIBUTES]);
	unescape((char *)m->type);
	unescape((char *)m->source);
	return true;
}

void mountinfo_parse(struct arena *a, char *text, struct mountinfo_list *list)
{
	struct mountinfo m;

	*list = (struct mountinfo_list){ 0 };
	for (char *line; (line = strsep(&text, "\n"));)
		if (parse_line(line, &m))
			arena_push(a, list->v, list->n, m);
}

int mountinfo_read_fd(struct arena *a, int fd, struct mountinfo_list *list)
{
	char *text;
	int r = io_read_fd(a, fd, TABLE_MAX, &text, NULL);

	if (r == 0)
		mountinfo_parse(a, text, list);
	return r;
}

int mountinfo_read_self(struct arena *a, struct mountinfo_list *list)
{
	autoclose int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : mountinfo_read_fd(a, fd, list);
}

const struct mountinfo *mountinfo_by_id(const struct mountinfo_list *list, uint64_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].id >= 0 && (uint64_t)list->v[i].id == id)
			return &list->v[i];
	return NULL;
}

const char *mountinfo_option(struct arena *a, const struct mountinfo *m, const char *name)
{
	for (const char *p = m->options, *end; *p; p = *end ? end + 1 : end) {
		const char *rest = str_after(p, name);

		end = strchrnul(p, ',');
		if (rest && *rest == '=' && rest < end)
			return unescape(arena_strndup(a, rest + 1, end - rest - 1));
		if (rest == end)
			return "";
	}
	return NULL;
}

const char *mountinfo_propagation(const struct mountinfo *m)
{
	if (m->unbindable)
		return "unbindable";
	if (m->shared)
		return m->master ? "slave and shared" : "shared";
	return m->master ? "slave" : "private";
}
