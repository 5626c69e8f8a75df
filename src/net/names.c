/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	DIGITS = 10,
	MARK_AT = NAMES_SLOT - 1 - DIGITS - 1, /* '#', the digits, a newline */
	BLOCK = 128 * NAMES_SLOT,
	SIZE_MAX_READ = 16 << 20, /* no container's file is larger: plan/steps/file.c */
};

/* ---- one line ---- */

/* It is one line, and its words are what readers take for words. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '#' || *text == 0x7f)
			return false;
	return true;
}

static void put_time(char slot[NAMES_SLOT], uint64_t now)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%0*llu", DIGITS, (unsigned long long)(now % 10000000000ULL));
	memcpy(slot + MARK_AT + 1, digits, DIGITS);
}

int names_fit(const char *address, const char *names, struct err *e)
{
	size_t len = strlen(address) + 1 + strlen(names);

	if (*address && !strchr(address, ' ') && is_plain(address) && is_plain(names) && len < MARK_AT)
		return 0;
	err_set(e, "names", len < MARK_AT ? EINVAL : ENAMETOOLONG, "write the names of %s", address);
	if (len < MARK_AT)
		return err_cause(e, "they are no words of hosts(5)");
	err_cause(e, "with its address they are %zu bytes, and a line of /etc/hosts has room for %d", len,
		  MARK_AT - 1);
	return err_hint(e, "give it a shorter name, or fewer or shorter aliases");
}

/* False: they don't fit. */
static bool make_slot(char slot[NAMES_SLOT], const char *address, const char *names, uint64_t now)
{
	size_t len = strlen(address);
	struct err ignored;

	if (names_fit(address, names, &ignored) < 0)
		return false;
	memset(slot, ' ', NAMES_SLOT);
	memcpy(slot, address, len);
	slot[len] = '\t';
	memcpy(slot + len + 1, names, strlen(names));
	slot[MARK_AT] = '#';
	put_time(slot, now);
	slot[NAMES_SLOT - 1] = '\n';
	return true;
}

static bool is_slot(const char *at)
{
	return at[NAMES_SLOT - 1] == '\n' && at[MARK_AT] == '#' && !memchr(at, '\n', NAMES_SLOT - 1) &&
	       strspn(at + MARK_AT + 1, "0123456789") == DIGITS;
}

static bool counts(const char *slot)
{
	return *slot != '#';
}

static bool is_settled(const char *slot, uint64_t now)
{
	uint64_t since = strtoull(slot + MARK_AT + 1, NULL, 10);

	return !counts(slot) && since + NAMES_SETTLE < now;
}

/* ---- the text before anybody reads it ---- */

size_t names_end_head(size_t len, char gap[NAMES_SLOT])
{
	size_t n = (NAMES_SLOT - len % NAMES_SLOT) % NAMES_SLOT;

	memset(gap, ' ', n);
	if (n > 1)
		gap[0] = '#';
	if (n)
		gap[n - 1] = '\n';
	return n;
}

void names_add(struct str *text, const char *address, const char *names, uint64_t now)
{
	char slot[NAMES_SLOT];

	if (make_slot(slot, address, names, now))
		str_addn(text, slot, sizeof(slot));
}

/* ---- the file ---- */

static int failed(struct err *e, int no)
{
	return err_set(e, "names", no, "change a container's /etc/hosts");
}

/* Whole, or not: a byte, or what is still a comment or behind the end. */
static int put(int fd, const void *p, size_t n, off_t at, struct err *e)
{
	ssize_t done = pwrite(fd, p, n, at);

	return done == (ssize_t)n ? 0 : failed(e, done < 0 ? errno : ENOSPC);
}

static int take_away(int fd, const char *slot, off_t at, uint64_t now, struct err *e)
{
	char changed[NAMES_SLOT];
	int r;

	memcpy(changed, slot, sizeof(changed));
	put_time(changed, now);
	r = put(fd, changed + MARK_AT + 1, DIGITS, at + MARK_AT + 1, e);
	return r < 0 ? r : put(fd, "#", 1, at, e);
}

/* A walk through the slots of a file. */
struct walk {
	int fd;
	off_t next; /* where the next block is read */
	off_t end;  /* of the file, once it was read to its end */
	size_t at, have;
	char block[BLOCK];
};

/* The next slot and where it is; NULL: there are no more, or *no says why. */
static const char *next_slot(struct walk *w, off_t *at, int *no)
{
	for (;;) {
		ssize_t n;

		for (; w->at + NAMES_SLOT <= w->have; w->at += NAMES_SLOT) {
			if (!is_slot(w->block + w->at))
				continue;
			*at = w->next - (off_t)w->have + (off_t)w->at;
			w->at += NAMES_SLOT;
			return w->block + w->at - NAMES_SLOT;
		}
		if (w->have && w->have < BLOCK)
			return NULL;
		if (w->next >= SIZE_MAX_READ)
			return *no = EFBIG, NULL;
		if ((n = pread(w->fd, w->block, BLOCK, w->next)) <= 0)
			return *no = n < 0 ? errno : 0, NULL;
		w->have = (size_t)n;
		w->next += n;
		w->end = w->next;
		w->at = 0;
	}
}

/* Behind the end, from the next multiple on: a line that its container has begun, and not ended, ends there. */
static int append(int fd, off_t end, const char slot[NAMES_SLOT], off_t *at, struct err *e)
{
	size_t gap = (NAMES_SLOT - (size_t)(end % NAMES_SLOT)) % NAMES_SLOT;
	char text[2 * NAMES_SLOT], last = '\n';

	if (end && pread(fd, &last, 1, end - 1) == 1 && last != '\n' && !gap)
		gap = NAMES_SLOT;
	memset(text, '\n', gap);
	memcpy(text + gap, slot, NAMES_SLOT);
	*at = end + (off_t)gap;
	return put(fd, text, gap + NAMES_SLOT, end, e);
}

/* What is known of a line that is to be changed. */
struct change {
	struct names_line line; /* names NULL, too, where they don't fit */
	off_t same; /* where it stands already, or has been written; -1: nowhere */
	off_t last; /* the last place of a line of its address, behind which a new one must stand; -1: there is none */
};

struct changes {
	struct change *v; /* by address */
	size_t n;
};

static int by_address(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return strcmp(x->line.address, y->line.address);
}

static int compare_slot(const void *key, const void *of)
{
	const char *slot = key, *address = ((const struct change *)of)->line.address;
	size_t len = strcspn(slot, "\t\n"), n = strlen(address);
	int order = memcmp(slot, address, len < n ? len : n);

	return order ? order : (len > n) - (len < n);
}

/* The one that a slot is of; NULL: it stays as it is. */
static struct change *change_of(const struct changes *c, const char *slot)
{
	return counts(slot) ? bsearch(slot, c->v, c->n, sizeof(*c->v), compare_slot) : NULL;
}

/* Where what is wanted stands already, and where what is not. */
static int look(int fd, const struct changes *c, uint64_t now, off_t *end, struct err *e)
{
	struct walk w = { .fd = fd };
	char line[NAMES_SLOT];
	const char *slot;
	int no = 0;
	off_t at;

	while ((slot = next_slot(&w, &at, &no))) {
		struct change *of = change_of(c, slot);

		if (!of)
			continue;
		of->last = at;
		if (of->line.names && of->same < 0 && make_slot(line, of->line.address, of->line.names, now) &&
		    memcmp(slot, line, MARK_AT) == 0)
			of->same = at;
	}
	*end = w.end;
	return no ? failed(e, no) : 0;
}

static struct change *next_missing(const struct changes *c, size_t *from)
{
	while (*from < c->n && (!c->v[*from].line.names || c->v[*from].same >= 0))
		++*from;
	return *from < c->n ? &c->v[*from] : NULL;
}

/* First a comment, and then it counts. at: -1: behind the end. */
static int write_line(int fd, struct change *of, off_t at, off_t *end, uint64_t now, struct err *e)
{
	char line[NAMES_SLOT], comment[NAMES_SLOT];
	int r;

	make_slot(line, of->line.address, of->line.names, now);
	memcpy(comment, line, sizeof(comment));
	*comment = '#';
	if (at >= 0) {
		r = put(fd, comment, NAMES_SLOT, at, e);
	} else if ((r = append(fd, *end, comment, &at, e)) == 0) {
		*end = at + NAMES_SLOT;
	}
	if (r < 0 || (r = put(fd, line, 1, at, e)) < 0)
		return r;
	of->same = at;
	return 0;
}

/* Into slots that nobody reads any more, and then behind the end. */
static int add_missing(int fd, const struct changes *c, off_t end, uint64_t now, struct err *e)
{
	struct walk w = { .fd = fd };
	size_t next = 0;
	struct change *of = next_missing(c, &next);
	const char *slot;
	int no = 0, r = 0;
	off_t at;

	while (of && r == 0 && (slot = next_slot(&w, &at, &no)))
		if (is_settled(slot, now) && at > of->last) {
			r = write_line(fd, of, at, &end, now, e);
			of = next_missing(c, &next);
		}
	for (; no == 0 && r == 0 && of; of = next_missing(c, &next))
		r = write_line(fd, of, -1, &end, now, e);
	return no ? failed(e, no) : r;
}

/* All lines of an address but the one that is wanted. */
static int take_others(int fd, const struct changes *c, uint64_t now, struct err *e)
{
	struct walk w = { .fd = fd };
	const char *slot;
	int no = 0, r = 0;
	off_t at;

	while (r == 0 && (slot = next_slot(&w, &at, &no))) {
		struct change *of = change_of(c, slot);

		if (of && at != of->same)
			r = take_away(fd, slot, at, now, e);
	}
	return no ? failed(e, no) : r;
}

int names_change(int fd, const struct names_line *lines, size_t n, uint64_t now, struct arena *a,
		 struct err *e)
{
	struct changes c = { arena_array(a, struct change, n), n };
	struct err ignored;
	off_t end;
	int r;

	for (size_t i = 0; i < n; i++) {
		c.v[i] = (struct change){ lines[i], -1, -1 };
		if (lines[i].names && names_fit(lines[i].address, lines[i].names, &ignored) < 0)
			c.v[i].line.names = NULL;
	}
	qsort(c.v, n, sizeof(*c.v), by_address);
	if ((r = look(fd, &c, now, &end, e)) < 0 || (r = add_missing(fd, &c, end, now, e)) < 0)
		return r;
	return take_others(fd, &c, now, e);
}
