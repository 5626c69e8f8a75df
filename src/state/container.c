/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A container's directory and its name: see state.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "state/state.h"
#include "state/state_parts.h"

enum { ID_LEN = 64 };

/* ---- making ---- */

static int make_id(struct arena *a, const char **id, struct err *e)
{
	char *hex = arena_alloc(a, ID_LEN + 1);
	int r = io_random_hex(hex, ID_LEN);

	*id = hex;
	return r < 0 ? err_set(e, "random", -r, "make an id") : 0;
}

/* A directory that is ours by its lock. Between mkdir and flock, recovery may take it for a dead one's
 * and remove it: then it has no links left, and we make it again. */
static int make_locked_dir(struct container *c, int above, struct err *e)
{
	struct stat s;

	for (int i = 0; i < 100; i++) {
		if (mkdirat(above, c->id, 0700) < 0 && errno != EEXIST)
			break;
		c->dir = openat(above, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (c->dir < 0 && errno == ENOENT)
			continue;
		if (c->dir < 0 || flock(c->dir, LOCK_EX) < 0 || fstat(c->dir, &s) < 0)
			break;
		c->locked = true;
		if (s.st_nlink > 0)
			return 0;
		fd_close(&c->dir);
	}
	return err_set(e, "state", errno, "make the directory of container %s", c->id);
}

/* A name whose container's directory somebody has removed: nobody's. Under a lock, lest we remove a name
 * that another has just taken in its place. */
static void drop_stale_name(struct state *st, const char *path)
{
	autoclose int names = openat(st->fd, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char id[ID_LEN + 1];

	if (names < 0 || flock(names, LOCK_EX) < 0 || readlinkat(st->fd, path, id, sizeof(id)) != ID_LEN)
		return;
	id[ID_LEN] = '\0';
	if (faccessat(st->containers, id, F_OK, 0) < 0 && errno == ENOENT)
		unlinkat(st->fd, path, 0);
}

static int take_name(struct container *c, struct state *st, struct arena *a, const char *name, struct err *e)
{
	const char *path;

	c->name = name;
	path = arena_printf(a, "names/%s", c->name);
	if (symlinkat(c->id, st->fd, path) == 0)
		return 0;
	if (errno == EEXIST) {
		drop_stale_name(st, path);
		if (symlinkat(c->id, st->fd, path) == 0)
			return 0;
	}
	if (errno != EEXIST)
		return err_set(e, "state", errno, "take the name %s", c->name);
	return err_set(e, "name-taken", EEXIST, "take the name %s", c->name),
	       err_cause(e, "a container has it"),
	       err_hint(e, "remove it (guise %srm %s), or choose another name", st->flag, c->name);
}

/* Below the data directory, and a link to it; or where the state is. */
static int make_dir(struct container *c, struct state *st, bool keep, struct err *e)
{
	int r;

	if (!keep || str_eq(st->data, st->path) || kept_open(st, true) < 0)
		return make_locked_dir(c, st->containers, e);
	if ((r = make_locked_dir(c, st->kept, e)) == 0 && (r = kept_link(st, c->id)) < 0)
		err_set(e, "state", -r, "make %s/containers/%s", st->path, c->id);
	return r;
}

int container_create(struct container *c, struct state *st, struct arena *a, const char *name, bool keep,
		     struct err *e)
{
	int r;

	*c = (struct container){ .dir = -1 };
	if ((r = make_id(a, &c->id, e)) < 0)
		return r;
	r = make_dir(c, st, keep, e);
	if (r == 0)
		r = take_name(c, st, a, name ? name : arena_strndup(a, c->id, 12), e);
	/* by which it gets it again when the state directory is made anew */
	if (r == 0 && keep && symlinkat(c->name, c->dir, "name") < 0)
		r = err_set(e, "state", errno, "note the name %s", c->name);
	if (r < 0) {
		container_remove(c, st, &(struct err){ 0 });
		container_close(c);
	}
	return r;
}

/* ---- finding ---- */

int container_open(struct container *c, struct state *st, struct arena *a, const char *id, struct err *e)
{
	*c = (struct container){ .id = arena_strdup(a, id) };
	c->dir = openat(st->containers, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->dir < 0 ? err_set(e, "no-container", errno, "open container %.12s", id) : 0;
}

int container_list(struct state *st, struct arena *a, struct strv *ids, struct err *e)
{
	struct io_dir d = IO_DIR(st->containers);

	*ids = (struct strv){ 0 };
	if (lseek(d.fd, 0, SEEK_SET) < 0)
		return err_set(e, "state", errno, "list the containers");
	for (const char *name; (name = io_dir_next(&d));)
		if (strspn(name, "0123456789abcdef") == ID_LEN && !name[ID_LEN])
			arena_push(a, ids->v, ids->n, arena_strdup(a, name));
	return d.error < 0 ? err_set(e, "state", -d.error, "list the containers") : 0;
}

static int no_container(const struct state *st, const char *ref, struct err *e)
{
	return err_set(e, "no-container", ENOENT, "find container %s", ref), err_cause(e, "there is none"),
	       err_hint(e, "guise %sps -a lists them", st->flag);
}

static int find_by_prefix(struct container *c, struct state *st, struct arena *a, const char *ref,
			  struct err *e)
{
	struct strv ids;
	const char *found = NULL;
	int r = container_list(st, a, &ids, e);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		if (!str_after(ids.v[i], ref))
			continue;
		if (found)
			return err_set(e, "ambiguous", EINVAL, "find container %s", ref),
			       err_cause(e, "several ids begin with it");
		found = ids.v[i];
	}
	if (r < 0)
		return r;
	return found ? container_open(c, st, a, found, e) : no_container(st, ref, e);
}

int container_find(struct container *c, struct state *st, struct arena *a, const char *ref, struct err *e)
{
	char id[ID_LEN + 1];
	ssize_t n;

	if (!*ref || strchr(ref, '/') || strlen(ref) > 255)
		return no_container(st, ref, e);
	n = readlinkat(st->fd, arena_printf(a, "names/%s", ref), id, sizeof(id));
	if (n != ID_LEN)
		return find_by_prefix(c, st, a, ref, e);
	id[n] = '\0';
	return container_open(c, st, a, id, e) < 0 ? no_container(st, ref, e) : 0;
}

static bool has_name(const struct container *c, const struct state *st, const char *name)
{
	char path[300], id[ID_LEN + 2];

	return snprintf(path, sizeof(path), "names/%s", name) < (int)sizeof(path) &&
	       readlinkat(st->fd, path, id, sizeof(id)) == ID_LEN && strncmp(id, c->id, ID_LEN) == 0;
}

const char *container_name(const struct container *c, const struct state *st, struct arena *a,
			   const char *said)
{
	autoclose int fd = has_name(c, st, said) ?
				   -1 :
				   openat(st->fd, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);

	for (const char *name; fd >= 0 && (name = io_dir_next(&d));)
		if (has_name(c, st, name))
			return arena_strdup(a, name);
	return said;
}

/* One length for all codes: each covers what stood there before. */
static void write_code(int fd, int code)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%-10d\n", code);

	if (pwrite(fd, text, (size_t)n, 0) < 0)
		return; /* then it is not known there */
}

int container_ask(struct container *c)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "wait-%d", getpid());
	fd = openat(c->dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	write_code(fd, -1);
	return fd;
}

void container_tell(struct container *c, int code)
{
	struct io_dir d = IO_DIR(c->dir);

	lseek(c->dir, 0, SEEK_SET);
	for (const char *name; (name = io_dir_next(&d));) {
		autoclose int to = str_after(name, "wait-") ? openat(c->dir, name, O_WRONLY | O_CLOEXEC) : -1;

		if (to >= 0)
			write_code(to, code);
	}
}

int container_lock(struct container *c, bool wait)
{
	if (c->locked)
		return 0;
	while (flock(c->dir, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0)
		if (errno != EINTR)
			return -errno;
	c->locked = true;
	return 0;
}

/* ---- ending ---- */

/* The link is what log_create() made, or nothing is removed. */
static void remove_log(const struct container *c)
{
	char path[PATH_MAX], own[ID_LEN + 8];
	ssize_t n = readlinkat(c->dir, "log", path, sizeof(path) - 1);
	int len = snprintf(own, sizeof(own), "/logs/%s", c->id);

	if (n < len)
		return;
	path[n] = '\0';
	if (str_eq(path + n - len, own))
		io_remove_tree(AT_FDCWD, path);
}

static bool drop_name(const struct container *c, const struct state *st, const char *name)
{
	char path[300];

	if (!has_name(c, st, name))
		return false;
	snprintf(path, sizeof(path), "names/%s", name);
	unlinkat(st->fd, path, 0);
	return true;
}

/* The name that it had when its guise began may be another's by now. */
static void drop_names(const struct container *c, const struct state *st)
{
	char first[1024];
	struct arena a = ARENA_INIT(first);

	if (c->name && !drop_name(c, st, c->name))
		drop_name(c, st, container_name(c, st, &a, c->name));
	arena_free(&a);
}

/* The new one is taken first: so it always has one. */
int container_rename(struct container *c, struct state *st, struct arena *a, const char *name, struct err *e)
{
	const char *old = c->name;
	int r = take_name(c, st, a, name, e);

	if (r < 0) {
		c->name = old;
		return r;
	}
	unlinkat(c->dir, "name.new", 0);
	if (symlinkat(name, c->dir, "name.new") < 0 || renameat(c->dir, "name.new", c->dir, "name") < 0) {
		err_set(e, "state", errno, "note the name %s", name);
		drop_name(c, st, name);
		c->name = old;
		return -e->no;
	}
	drop_name(c, st, old);
	return 0;
}

int container_remove(struct container *c, struct state *st, struct err *e)
{
	int r;

	drop_names(c, st);
	/* first: without its record a container is nothing but a directory, however far this comes */
	if (c->dir >= 0)
		unlinkat(c->dir, "container.json", 0);
	if (c->dir >= 0)
		remove_log(c);
	r = io_remove_tree(st->containers, c->id);
	if (r == -ENOTDIR || r == -ELOOP)
		r = kept_remove(st, c->id);
	return r < 0 ? err_set(e, "state", -r, "remove the directory of container %.12s", c->id) : 0;
}

void container_close(struct container *c)
{
	fd_close(&c->dir);
	if (c->run)
		fd_close(&c->run_dir);
	c->run = 0;
	c->locked = false;
}
