/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/idmap.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "spec/value.h"

enum { FIELDS = 3 };

/* Split text[0..len) at its colons into exactly FIELDS parts. */
static bool split(const char *text, size_t len, const char *part[FIELDS], size_t part_len[FIELDS])
{
	for (int i = 0; i < FIELDS; i++) {
		const char *colon = memchr(text, ':', len);

		if (!colon != (i == FIELDS - 1))
			return false;
		part[i] = text;
		part_len[i] = colon ? (size_t)(colon - text) : len;
		text += part_len[i] + 1;
		len -= part_len[i] + (colon ? 1 : 0);
	}
	return true;
}

/* Is first, first + 1, ... first + size - 1 a range of ids? 4294967295 is none. */
static bool is_range(uint64_t first, uint64_t size)
{
	return size > 0 && first + size <= UINT32_MAX;
}

int idmap_parse(const char *text, struct spec_idmap *map, struct err *e)
{
	const char *part[FIELDS];
	size_t len[FIELDS];
	uint64_t n[FIELDS];
	const char *wrong = NULL;

	if (!split(text, strlen(text), part, len))
		wrong = "not three numbers with colons between";
	for (int i = 0; i < FIELDS && !wrong; i++)
		if (value_digits(part[i], len[i], UINT32_MAX, &n[i]) < 0)
			wrong = "not three numbers below 4294967295";
	if (!wrong && (!is_range(n[0], n[2]) || !is_range(n[1], n[2])))
		wrong = n[2] ? "it reaches beyond the last id, 4294967294" : "its size is 0";
	if (wrong) {
		err_set(e, "bad-userns", EINVAL, "user namespace '%s'", text);
		err_cause(e, "%s", wrong);
		return err_hint(e, "write auto, host, keep-id, or UID:HOST:SIZE such as 0:100000:65536");
	}
	*map = (struct spec_idmap){ .inside = n[0], .outside = n[1], .size = n[2] };
	return 0;
}

static int bad_keep(const char *text, const char *cause, struct err *e)
{
	return err_set(e, "bad-userns", EINVAL, "user namespace 'keep-id%s'", text),
	       err_cause(e, "%s", cause),
	       err_hint(e, "write keep-id, or for example keep-id:uid=1000,gid=1000");
}

int idmap_parse_keep(const char *text, int64_t *uid, int64_t *gid, struct err *e)
{
	const char *p = *text ? text + 1 : text, *value;
	uint64_t n;

	*uid = *gid = -1;
	if (*text && *text != ':')
		return bad_keep(text, "not keep-id and, behind a colon, its options", e);
	while (*p) {
		size_t len = strcspn(p, ",");
		int64_t *to = str_after(p, "uid=") ? uid : gid;

		if (!(value = str_after(p, "uid=")) && !(value = str_after(p, "gid=")))
			return bad_keep(text, "its options are uid=N and gid=N", e);
		/* the last id is none (is_range()) */
		if (value_digits(value, len - (size_t)(value - p), UINT32_MAX - 1, &n) < 0)
			return bad_keep(text, "not a number below 4294967295", e);
		*to = (int64_t)n;
		p += len + (p[len] == ',');
	}
	return 0;
}

size_t idmap_keep(uint32_t inside, uint32_t outside, const struct spec_idmap *subordinate,
		  struct spec_idmap lines[3])
{
	uint32_t size = subordinate->size, before = inside < size ? inside : size, n = 0;

	/* so that none behind is beyond the last id */
	if (size > UINT32_MAX - 1)
		size = UINT32_MAX - 1;
	if (before)
		lines[n++] = (struct spec_idmap){ 0, subordinate->outside, before };
	lines[n++] = (struct spec_idmap){ inside, outside, 1 };
	if (size > before)
		lines[n++] = (struct spec_idmap){ inside + 1, subordinate->outside + before, size - before };
	return n;
}

/* Does the owner field name this user? */
static bool is_owner(const char *owner, size_t len, const char *user, uint32_t uid)
{
	uint64_t number;

	if (user && strlen(user) == len && memcmp(owner, user, len) == 0)
		return true;
	return value_digits(owner, len, UINT32_MAX, &number) == 0 && number == uid;
}

int idmap_subid(const char *text, size_t len, const char *user, uint32_t uid, struct spec_idmap *map)
{
	for (const char *end = text + len, *line = text, *next; line < end; line = next + 1) {
		const char *part[FIELDS];
		size_t part_len[FIELDS];
		uint64_t first, count;

		next = memchr(line, '\n', end - line);
		if (!next)
			next = end;
		if (!split(line, next - line, part, part_len) || !is_owner(part[0], part_len[0], user, uid) ||
		    value_digits(part[1], part_len[1], UINT32_MAX, &first) < 0 ||
		    value_digits(part[2], part_len[2], UINT32_MAX, &count) < 0 || !is_range(first, count))
			continue;
		*map = (struct spec_idmap){ .inside = 0, .outside = first, .size = count };
		return 0;
	}
	return -ENOENT;
}

const char *idmap_lines(struct arena *a, const struct spec_idmap *m, size_t n)
{
	struct str s = { .arena = a };

	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s%u %u %u", i ? "\n" : "", m[i].inside, m[i].outside, m[i].size);
	return s.p;
}
