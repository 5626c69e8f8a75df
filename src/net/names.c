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
	BLOCK = 16 * NAMES_SLOT,
	SIZE_MAX_READ = 1 << 20, /* no container's file is larger: plan/steps/file.c */
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

static int make_slot(char slot[NAMES_SLOT], const char *address, const char *names, uint64_t now,
		     struct err *e)
{
	size_t len = strlen(address), names_len = strlen(names);

	if (!*address || strchr(address, ' ') || !is_plain(address) || !is_plain(names))
		return err_set(e, "names", EINVAL, "write the names of %s", address);
	if (len + 1 + names_len >= MARK_AT)
		return err_set(e, "names", ENAMETOOLONG, "write the names of %s", address);
	memset(slot, ' ', NAMES_SLOT);
	memcpy(slot, address, len);
	slot[len] = '\t';
	memcpy(slot + len + 1, names, names_len);
	slot[MARK_AT] = '#';
	put_time(slot, now);
	slot[NAMES_SLOT - 1] = '\n';
	return 0;
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

static bool is_of(const char *slot, const char *address)
{
	size_t len = strlen(address);

	return counts(slot) && memcmp(slot, address, len) == 0 && slot[len] == '\t';
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

int names_add(struct str *text, const char *address, const char *names, uint64_t now, struct err *e)
{
	char slot[NAMES_SLOT];
	int r = make_slot(slot, address, names, now, e);

	if (r == 0)
		str_addn(text, slot, sizeof(slot));
	return r;
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

/* All lines of the address but the one at `but`. */
static int leave_others(int fd, const char *address, off_t but, uint64_t now, struct err *e)
{
	struct walk w = { .fd = fd };
	const char *slot;
	int no = 0, r = 0;
	off_t at;

	while (r == 0 && (slot = next_slot(&w, &at, &no)))
		if (at != but && is_of(slot, address))
			r = take_away(fd, slot, at, now, e);
	return no ? failed(e, no) : r;
}

int names_leave(int fd, const char *address, uint64_t now, struct err *e)
{
	return leave_others(fd, address, -1, now, e);
}

/* Where the line stands already, and the first place where it may be written, which lies behind all lines of the
 * address: -1: there is none. */
static int look(int fd, const char *line, const char *address, uint64_t now, off_t *same, off_t *room,
		off_t *end, struct err *e)
{
	struct walk w = { .fd = fd };
	const char *slot;
	int no = 0;
	off_t at;

	*same = *room = -1;
	while ((slot = next_slot(&w, &at, &no))) {
		if (*same < 0 && is_of(slot, address) && memcmp(slot, line, MARK_AT) == 0)
			*same = at;
		if (is_of(slot, address))
			*room = -1;
		else if (*room < 0 && is_settled(slot, now))
			*room = at;
	}
	*end = w.end;
	return no ? failed(e, no) : 0;
}

int names_join(int fd, const char *address, const char *names, uint64_t now, struct err *e)
{
	char line[NAMES_SLOT], comment[NAMES_SLOT];
	off_t same, room, end;
	int r = make_slot(line, address, names, now, e);

	if (r < 0 || (r = look(fd, line, address, now, &same, &room, &end, e)) < 0)
		return r;
	if (same < 0) {
		memcpy(comment, line, sizeof(comment));
		*comment = '#';
		r = room < 0 ? append(fd, end, comment, &room, e) : put(fd, comment, NAMES_SLOT, room, e);
		if (r < 0 || (r = put(fd, line, 1, room, e)) < 0)
			return r;
		same = room;
	}
	return leave_others(fd, address, same, now, e);
}
