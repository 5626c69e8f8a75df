/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/*
 * The lines of a hosts(5) file that tell of others, changed while it is read: a container's /etc/hosts is bound
 * over its place, so it is that one file as long as the container runs, and no other can be renamed there.
 *
 *     127.0.0.1	localhost                                       the head, which never changes,
 *                                                                      and a comment up to the first slot
 *     10.10.0.2	web www 0123456789ab            #0000012345     a line that counts
 *     #0.10.0.3	db 89abcdef0123                 #0000012399     one that was taken away
 *
 * A slot is a line of NAMES_SLOT bytes at a multiple of that. It does not move, and lies within what is read at
 * once by whoever reads 256, 512, 1024, ... bytes from the beginning, as the C libraries do. What looks otherwise
 * is not a slot and stays as it is: the file may be written by its container.
 *
 * One write(2) is not enough that no reader sees half a line: on tmpfs, as on most file systems, read(2) takes no
 * lock that write(2) holds, and copies out of a page while that is copied into. So the text of a line that counts
 * never changes, and what changes is one byte, its first. A new line is written as a comment and then made to
 * count, one that goes is made a comment again. A page is copied from its beginning: who has seen the byte that makes
 * it count sees the rest as it was written before. Who has seen a line that has just been taken away may be
 * amidst copying it: so for NAMES_SETTLE seconds the slot is not given to another. The number at the end of the
 * line, a comment to readers, says when it was changed. A changed line is a new one in a slot further on, and only then
 * is the old one taken away: whoever finds that gone comes by the new one later, so nobody is without.
 *
 * One writes at a time (run/engine/spread.h). Killed between two writes, it leaves a comment, or both lines of one that
 * changes, and the same call again puts that right.
 */
enum { NAMES_SLOT = 256, NAMES_SETTLE = 2 };

/* What ends a head of that length: from there on slots may follow. Returns its length. */
size_t names_end_head(size_t len, char gap[NAMES_SLOT]);

/* Do they make a line? Whoever brings names asks; elsewhere, a line that is none is passed over, lest the others suffer for
 * it. -ENAMETOOLONG, -EINVAL; code "names". */
int names_fit(const char *address, const char *names, struct err *e);

/* Add a slot to a text that is not yet read by anybody; nothing where they don't fit. */
void names_add(struct str *text, const char *address, const char *names, uint64_t now);

struct names_line {
	const char *address; /* as ip_text() writes it */
	const char *names;   /* words with a blank between; NULL: it is nobody's any more */
};

/* Make it so of these addresses, each of which is named once; one whose names don't fit has none. fd is open for reading and writing; now: seconds of a clock that
 * does not go back, such as CLOCK_BOOTTIME. Code "names". */
int names_change(int fd, const struct names_line *lines, size_t n, uint64_t now, struct arena *a,
		 struct err *e);
