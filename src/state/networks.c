/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/networks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"

/* A definition's file; thousands of labels fit. */
enum { FILE_MAX = 1 << 20 };

static int open_dir(const struct state *st, bool make)
{
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/networks", st->data) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (make && (r = io_mkdirs(AT_FDCWD, path, 0700)) < 0)
		return r;
	r = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int networks_lock(struct state *st, int *lock, struct err *e)
{
	autoclose int dir = open_dir(st, true);

	if (dir < 0)
		return err_set(e, "state", -dir, "open %s/networks", st->data);
	while (flock(dir, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_set(e, "state", errno, "lock %s/networks", st->data);
	*lock = take_fd(&dir);
	return 0;
}

/* fdxx:xxxx:xxxx::/48: 40 bits by chance (section 3.2). */
static int make_prefix(int dir, struct ip *prefix)
{
	char text[IP_TEXT + 1];
	int r;

	*prefix = (struct ip){ .family = AF_INET6, .len = 48, .bytes = { 0xfd } };
	if (getrandom(prefix->bytes + 1, 5, 0) != 5)
		return -errno;
	ip_net_text(*prefix, text);
	strcat(text, "\n");
	r = io_write_file(dir, "prefix6", text, strlen(text), 0600);
	return r < 0 ? r : 0;
}

int networks_prefix(struct state *st, struct ip *prefix, struct err *e)
{
	autoclose int dir = open_dir(st, true);
	char text[IP_TEXT + 1];
	int r = dir < 0 ? dir : (int)io_read_small(dir, "prefix6", text, sizeof(text));

	if (r == -ENOENT)
		r = make_prefix(dir, prefix);
	else if (r >= 0)
		r = ip_parse(text, prefix) == 0 && prefix->family == AF_INET6 && prefix->len == 48 ? 0 :
												     -EINVAL;
	return r < 0 ? err_set(e, "state", -r, "read or make %s/networks/prefix6", st->data),
	       err_hint_for(e, EINVAL, "remove it, and another one is made") : 0;
}

static int load(struct arena *a, int dir, const char *file, struct network *n, struct err *e)
{
	char *text;
	size_t len;
	int r = io_read_file(a, dir, file, FILE_MAX, &text, &len);

	return r < 0 ? r : network_parse(a, text, len, n, e);
}

static const char *file_of(const char *name, char file[NAME_MAX + 1])
{
	snprintf(file, NAME_MAX + 1, "%.240s.json", name);
	return file;
}

static int no_network(struct state *st, struct arena *a, const char *name, struct err *e)
{
	struct str names = { .arena = a };
	struct network *list;
	unsigned broken;
	size_t n = 0;
	struct err ignored;

	networks_list(st, a, &list, &n, &broken, &ignored);
	for (size_t i = 0; i < n; i++)
		str_addf(&names, "%s%s", i ? ", " : "", list[i].name);
	err_set(e, "no-network", ENOENT, "find network %s", name);
	err_cause(e, "there is none of that name");
	return err_hint(e, "there are: bridge%s%s; `guise network create %s` makes it", n ? ", " : "",
			str_get(&names), name);
}

int networks_load(struct state *st, struct arena *a, const char *name, struct network *n, struct err *e)
{
	autoclose int dir = open_dir(st, false);
	char file[NAME_MAX + 1];
	int r = dir;

	/* before it is part of a path */
	if (network_name(name, e) < 0)
		return -EINVAL;
	if (dir >= 0)
		r = load(a, dir, file_of(name, file), n, e);
	if (r == -ENOENT)
		return no_network(st, a, name, e);
	if (r == -EINVAL)
		return err_prefix(e, "network %s", name);
	return r < 0 ? err_set(e, "state", -r, "read network %s", name) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct network *)a)->name, ((const struct network *)b)->name);
}

int networks_list(struct state *st, struct arena *a, struct network **list, size_t *count, unsigned *broken,
		  struct err *e)
{
	autoclose int dir = open_dir(st, false);
	struct io_dir d = IO_DIR(dir);
	struct err ignored;

	*list = NULL;
	*count = *broken = 0;
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return err_set(e, "state", -dir, "open %s/networks", st->data);
	for (const char *file; (file = io_dir_next(&d));) {
		const char *end = strrchr(file, '.');
		struct network n;

		if (*file == '.' || !str_eq(end, ".json"))
			continue;
		if (load(a, dir, file, &n, &ignored) < 0 || strncmp(n.name, file, (size_t)(end - file)) != 0)
			++*broken;
		else
			arena_push(a, *list, *count, n);
	}
	if (*count)
		qsort(*list, *count, sizeof(**list), by_name);
	return d.error < 0 ? err_set(e, "state", -d.error, "list %s/networks", st->data) : 0;
}

int networks_save(struct state *st, const struct network *n, struct err *e)
{
	autoclose int dir = open_dir(st, true);
	struct arena a = { 0 };
	struct str out = { .arena = &a };
	char file[NAME_MAX + 1];
	int r = dir;

	file_of(n->name, file);
	if (dir >= 0 && faccessat(dir, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, "network-exists", EEXIST, "create network %s", n->name),
		       err_cause(e, "there is one of that name"),
		       err_hint(e, "guise network inspect %s shows it, guise network rm removes it", n->name);
	network_write(n, &out);
	if (dir >= 0)
		r = io_write_file(dir, file, out.p, out.len, 0600);
	arena_free(&a);
	return r < 0 ? err_set(e, "state", -r, "write %s/networks/%s", st->data, file) : 0;
}

int networks_remove(struct state *st, const char *name, struct err *e)
{
	autoclose int dir = open_dir(st, false);
	char file[NAME_MAX + 1];

	if (dir >= 0 && unlinkat(dir, file_of(name, file), 0) == 0)
		return 0;
	return err_set(e, "state", dir < 0 ? -dir : errno, "remove network %s", name);
}
