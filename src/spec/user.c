/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/user.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "spec/value.h"

/* A piece of a file's text; it ends without a NUL. */
struct piece {
	const char *p;
	size_t len;
};

static struct piece piece_of(const char *s)
{
	return (struct piece){ s, strlen(s) };
}

static bool piece_eq(struct piece a, struct piece b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

/* Cut the next piece off *rest, up to `sep` or the end. False when nothing is left. */
static bool piece_next(struct piece *rest, char sep, struct piece *out)
{
	const char *end;

	if (!rest->p)
		return false;
	end = memchr(rest->p, sep, rest->len);
	*out = (struct piece){ rest->p, end ? (size_t)(end - rest->p) : rest->len };
	*rest = end ? (struct piece){ end + 1, rest->len - out->len - 1 } : (struct piece){ NULL, 0 };
	return true;
}

static bool piece_id(struct piece s, uint32_t *id)
{
	uint64_t n;

	if (value_digits(s.p, s.len, UINT32_MAX - 1, &n) < 0)
		return false;
	*id = (uint32_t)n;
	return true;
}

/* NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL (passwd(5)) and NAME:PASSWORD:GID:MEMBERS (group(5)) */
enum { F_NAME = 0, F_ID = 2, PW_GID = 3, PW_HOME = 5, GR_MEMBERS = 3, F_COUNT = 7 };

static void entry_split(struct piece line, struct piece field[F_COUNT])
{
	memset(field, 0, F_COUNT * sizeof(*field));
	for (int i = 0; i < F_COUNT && piece_next(&line, ':', &field[i]); i++)
		;
}

/* The first line with the id `who`, if that is a number; else the first of that name. A line named "1000"
 * must not say who 1000 is (CVE-2016-3697). Lines without a name or a good id are no entries. */
static bool entry_find(const char *text, size_t len, struct piece who, struct piece found[F_COUNT])
{
	struct piece rest = { text, len }, line;
	uint32_t id, number = 0;
	bool is_number = piece_id(who, &number);

	while (piece_next(&rest, '\n', &line)) {
		entry_split(line, found);
		if (!found[F_NAME].len || !found[F_ID].p || !piece_id(found[F_ID], &id))
			continue;
		if (is_number ? id == number : piece_eq(found[F_NAME], who))
			return true;
	}
	return false;
}

/* A good name or number for --user and --group-add: what cannot be confused in the files' syntax. */
static bool is_word(struct piece s)
{
	uint32_t id;

	if (s.len == 0 || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr(":,/", s.p[i]))
			return false;
	return strspn(s.p, "0123456789") < s.len || piece_id(s, &id);
}

int user_check(const char *text, struct err *e)
{
	struct piece rest = piece_of(text), user, group = piece_of("0");

	piece_next(&rest, ':', &user);
	if (is_word(user) && (!piece_next(&rest, ':', &group) || is_word(group)) && !rest.p)
		return 0;
	err_set(e, "bad-user", EINVAL, "user '%s'", text);
	err_cause(e, "not USER or USER:GROUP, each a name or a number up to 4294967294");
	return err_hint(e, "write for example 1000, 1000:1000 or nobody");
}

static int group_find(struct piece who, const struct user_files *files, uint32_t *gid, struct err *e)
{
	struct piece field[F_COUNT];

	if (piece_id(who, gid))
		return 0;
	if (entry_find(files->group, files->group_len, who, field)) {
		piece_id(field[F_ID], gid);
		return 0;
	}
	err_set(e, "no-group", ENOENT, "find group '%.*s'", (int)who.len, who.p);
	err_cause(e, "the container's /etc/group has no such group");
	return err_hint(e, "give its number");
}

static int group_add(struct arena *a, struct user_ids *ids, uint32_t gid, struct err *e)
{
	if (gid == ids->gid)
		return 0;
	if (ids->n_groups == NGROUPS_MAX) {
		err_set(e, "too-many-groups", E2BIG, "set supplementary groups");
		return err_cause(e, "the kernel takes %d, the container's /etc/group has more", NGROUPS_MAX);
	}
	arena_push(a, ids->groups, ids->n_groups, gid);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Ascending, each once. By sorting, since the file may be hostile and list one user in every line. */
static void groups_unique(struct user_ids *ids)
{
	size_t n = 0;

	if (ids->n_groups < 2)
		return;
	qsort(ids->groups, ids->n_groups, sizeof(*ids->groups), compare_ids);
	for (size_t i = 0; i < ids->n_groups; i++)
		if (n == 0 || ids->groups[n - 1] != ids->groups[i])
			ids->groups[n++] = ids->groups[i];
	ids->n_groups = n;
}

/* Every group that lists `name` as a member. */
static int group_members(struct arena *a, struct piece name, const struct user_files *files,
			 struct user_ids *ids, struct err *e)
{
	struct piece rest = { files->group, files->group_len }, line, field[F_COUNT], member;
	uint32_t gid;
	int r;

	while (piece_next(&rest, '\n', &line)) {
		entry_split(line, field);
		if (!field[F_NAME].len || !field[F_ID].p || !piece_id(field[F_ID], &gid))
			continue;
		while (piece_next(&field[GR_MEMBERS], ',', &member))
			if (piece_eq(member, name) && (r = group_add(a, ids, gid, e)) < 0)
				return r;
	}
	return 0;
}

/* Fill uid, gid and home; *name is the entry's, or empty where there is no entry. */
static int passwd_find(struct arena *a, struct piece who, const struct user_files *files,
		       struct user_ids *ids, struct piece *name, struct err *e)
{
	struct piece field[F_COUNT];

	*ids = (struct user_ids){ .home = "/" };
	*name = (struct piece){ "", 0 };
	if (entry_find(files->passwd, files->passwd_len, who, field)) {
		*name = field[F_NAME];
		piece_id(field[F_ID], &ids->uid);
		if (field[PW_GID].p)
			piece_id(field[PW_GID], &ids->gid);
		if (field[PW_HOME].len && field[PW_HOME].p[0] == '/')
			ids->home = arena_strndup(a, field[PW_HOME].p, field[PW_HOME].len);
		return 0;
	}
	if (piece_id(who, &ids->uid))
		return 0;
	err_set(e, "no-user", ENOENT, "find user '%.*s'", (int)who.len, who.p);
	err_cause(e, "the container's /etc/passwd has no such user");
	return err_hint(e, "give its number");
}

const char *user_name(struct arena *a, const char *passwd, size_t len, uint32_t uid)
{
	struct piece field[F_COUNT];

	return entry_find(passwd, len, piece_of(arena_printf(a, "%u", uid)), field) ?
		       arena_strndup(a, field[F_NAME].p, field[F_NAME].len) :
		       NULL;
}

int user_lookup(struct arena *a, const char *user, const struct strv *extra, const struct user_files *files,
		struct user_ids *ids, struct err *e)
{
	struct piece rest = piece_of(user ? user : "0"), who, group, name;
	uint32_t gid;
	int r;

	piece_next(&rest, ':', &who);
	if ((r = passwd_find(a, who, files, ids, &name, e)) < 0)
		return r;
	if (piece_next(&rest, ':', &group))
		r = group_find(group, files, &ids->gid, e);
	else if (name.len)
		r = group_members(a, name, files, ids, e);
	for (size_t i = 0; r == 0 && extra && i < extra->n; i++)
		if ((r = group_find(piece_of(extra->v[i]), files, &gid, e)) == 0)
			r = group_add(a, ids, gid, e);
	groups_unique(ids);
	return r;
}
