/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "net/names.h"

#define CHANGED  "names-changed"
#define CHANGING "names-changing"
#define NEW      "names-new"

enum { FILE_MAX = 32 << 20 }; /* a /16, with long names */

/* ---- reading ---- */

static int failed(struct err *e, int no, const char *what)
{
	return err_set(e, "names", no, "%s the names of a network", what);
}

/* All of a file, which may not be there: "". */
static int read_text(int dir, struct arena *a, const char *name, char **text, struct err *e)
{
	size_t len;
	int r = io_read_file(a, dir, name, FILE_MAX, text, &len);

	if (r == -ENOENT)
		*text = arena_strdup(a, "");
	return r < 0 && r != -ENOENT ? failed(e, -r, "read") : 0;
}

static bool take_line(char *text, struct roster_line *line)
{
	char *save = NULL, *address = strtok_r(text, " ", &save), *id = strtok_r(NULL, " ", &save);

	if (!address || !id)
		return false;
	*line = (struct roster_line){ str_eq(address, "-") ? NULL : address, id, save ? save : "" };
	return true;
}

int roster_read(int dir, struct arena *a, struct roster *r, struct err *e)
{
	char *text, *save = NULL;
	int n = read_text(dir, a, ROSTER_FILE, &text, e);

	*r = (struct roster){ 0 };
	for (char *at = n < 0 ? NULL : strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save)) {
		struct roster_line line;

		if (take_line(at, &line))
			arena_push(a, r->v, r->n, line);
	}
	return n;
}

/* ---- writing ---- */

static void put(struct str *out, const char *word, const char *end)
{
	str_add(out, word);
	str_add(out, end);
}

/* Where the lock is, nobody else writes: what one that was killed has left is written over. */
static int write_lines(int dir, const struct roster *r, struct arena *a, struct err *e)
{
	struct str text = { .arena = a };
	int n;

	if (!r->n)
		return unlinkat(dir, ROSTER_FILE, 0) < 0 && errno != ENOENT ? failed(e, errno, "remove") : 0;
	for (size_t i = 0; i < r->n; i++) {
		put(&text, r->v[i].address ?: "-", " ");
		put(&text, r->v[i].id, " ");
		put(&text, r->v[i].names, "\n");
	}
	autoclose int fd = openat(dir, NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	n = fd < 0 ? -errno : io_write_all(fd, text.p, text.len);
	if (n == 0 && renameat(dir, NEW, dir, ROSTER_FILE) < 0)
		n = -errno;
	return n < 0 ? failed(e, -n, "write") : 0;
}

static bool is_same(const struct roster_line *a, const struct roster_line *b)
{
	return str_eq(a->id, b->id) && str_eq(a->names, b->names) &&
	       (a->address ? str_eq(a->address, b->address) : !b->address);
}

static void add_address(struct arena *a, const struct roster_line *line, struct strv *addresses)
{
	if (line->address)
		strv_push(a, addresses, line->address);
}

/* What is written anew stands at the end. */
void roster_differ(struct arena *a, const struct roster *was, const struct roster *now,
		   struct strv *addresses)
{
	size_t k = 0;

	for (size_t i = 0; i < was->n; i++) {
		if (k < now->n && is_same(&was->v[i], &now->v[k]))
			k++;
		else
			add_address(a, &was->v[i], addresses);
	}
	for (; k < now->n; k++)
		add_address(a, &now->v[k], addresses);
}

int roster_tell(int dir, const struct strv *addresses, struct err *e)
{
	autoclose int fd = addresses->n ?
				   openat(dir, CHANGED,
					  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600) :
				   -1;
	char line[64];
	int r = addresses->n && fd < 0 ? -errno : 0;

	for (size_t i = 0; r == 0 && i < addresses->n; i++) {
		int len = snprintf(line, sizeof(line), "%s\n", addresses->v[i]);

		r = io_write_all(fd, line, (size_t)len);
	}
	return r < 0 ? failed(e, -r, "note a change of") : 0;
}

static bool has_others(const struct roster *r, const char *id)
{
	for (size_t i = 0; i < r->n; i++)
		if (!str_eq(r->v[i].id, id))
			return true;
	return false;
}

/* The news first: told too early, they are told once more by whoever comes next, and told never is worse. */
static int change(int dir, struct arena *a, const char *id, const struct strv *news, const struct roster *now,
		  struct err *e)
{
	int r = has_others(now, id) ? roster_tell(dir, news, e) : 0;

	return r < 0 ? r : write_lines(dir, now, a, e);
}

static bool has_address(const struct roster_line *own, size_t n, const char *address)
{
	for (size_t i = 0; address && i < n; i++)
		if (str_eq(own[i].address, address))
			return true;
	return false;
}

static int all_fit(const struct roster_line *own, size_t n, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		if (own[i].address)
			r = names_fit(own[i].address, own[i].names, e);
	return r;
}

int roster_replace(int dir, struct arena *a, const char *id, const struct roster_line *own, size_t n,
		   struct roster *now, struct err *e)
{
	struct roster was, is = { 0 };
	struct strv news = { 0 };
	int r = all_fit(own, n, e);

	if (r < 0 || (r = roster_read(dir, a, &was, e)) < 0)
		return r;
	for (size_t i = 0; i < was.n; i++) {
		const struct roster_line *line = &was.v[i];

		if (!str_eq(line->id, id) && !has_address(own, n, line->address))
			arena_push(a, is.v, is.n, *line);
		else
			add_address(a, line, &news);
	}
	for (size_t i = 0; i < n; i++) {
		arena_push(a, is.v, is.n, own[i]);
		add_address(a, &own[i], &news);
	}
	if (now)
		*now = is;
	return is.n || was.n ? change(dir, a, id, &news, &is, e) : 0;
}

/* The lines of `id`, with another first name. */
static int rename_lines(int dir, struct arena *a, const char *id, const char *old, const char *name,
			struct roster *own, struct err *e)
{
	size_t len = strlen(old);
	struct roster was;
	int r = roster_read(dir, a, &was, e);

	*own = (struct roster){ 0 };
	for (size_t i = 0; r == 0 && i < was.n; i++) {
		struct roster_line line = was.v[i];

		if (!str_eq(line.id, id))
			continue;
		if (strncmp(line.names, old, len) == 0 && line.names[len] == ' ')
			line.names = arena_printf(a, "%s%s", name, line.names + len);
		arena_push(a, own->v, own->n, line);
	}
	return r;
}

int roster_can_rename(int dir, struct arena *a, const char *id, const char *old, const char *name,
		      struct err *e)
{
	struct roster own;
	int r = rename_lines(dir, a, id, old, name, &own, e);

	return r < 0 ? r : all_fit(own.v, own.n, e);
}

int roster_rename(int dir, struct arena *a, const char *id, const char *old, const char *name, struct err *e)
{
	struct roster own;
	int r = rename_lines(dir, a, id, old, name, &own, e);

	return r < 0 || !own.n ? r : roster_replace(dir, a, id, own.v, own.n, NULL, e);
}

int roster_sweep(int dir, struct arena *a, bool (*is_there)(const char *id, void *arg), void *arg,
		 struct err *e)
{
	struct roster was, is = { 0 };
	struct strv news = { 0 };
	int r = roster_read(dir, a, &was, e);

	unlinkat(dir, NEW, 0); /* of a writer that was killed; whoever writes has the lock */
	for (size_t i = 0; r == 0 && i < was.n; i++) {
		if (is_there(was.v[i].id, arg))
			arena_push(a, is.v, is.n, was.v[i]);
		else
			add_address(a, &was.v[i], &news);
	}
	return r < 0 || is.n == was.n ? r : change(dir, a, "", &news, &is, e);
}

/* ---- news ---- */

bool roster_has_news(int dir)
{
	return faccessat(dir, CHANGED, F_OK, 0) == 0 || faccessat(dir, CHANGING, F_OK, 0) == 0;
}

static int take_list(int dir, struct arena *a, const char *name, struct strv *addresses, struct err *e)
{
	char *text, *save = NULL;
	int r = read_text(dir, a, name, &text, e);

	for (char *at = r < 0 ? NULL : strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
		if (!strv_has(addresses, at))
			strv_push(a, addresses, at);
	return r;
}

static const struct roster_line *line_of(const struct roster *r, const char *address)
{
	for (size_t i = r->n; i-- > 0;)
		if (r->v[i].address && str_eq(r->v[i].address, address))
			return &r->v[i];
	return NULL;
}

/* Who was killed while telling has left the second list: it comes to the first, which then takes its place. */
int roster_news(int dir, struct arena *a, struct roster *news, struct roster *now, struct err *e)
{
	struct strv addresses = { 0 };
	int r = take_list(dir, a, CHANGING, &addresses, e);

	if (r == 0)
		r = roster_tell(dir, &addresses, e);
	if (r == 0)
		r = take_list(dir, a, CHANGED, &addresses, e);
	if (r == 0 && renameat(dir, CHANGED, dir, CHANGING) < 0 && errno != ENOENT)
		r = failed(e, errno, "take up a change of");
	if (r < 0 || (r = roster_read(dir, a, now, e)) < 0)
		return r;
	*news = (struct roster){ arena_array(a, struct roster_line, addresses.n), addresses.n };
	for (size_t i = 0; i < addresses.n; i++) {
		const struct roster_line *line = line_of(now, addresses.v[i]);

		news->v[i] = line ? *line : (struct roster_line){ .address = addresses.v[i] };
	}
	return 0;
}

void roster_told(int dir)
{
	unlinkat(dir, CHANGING, 0);
}
