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
 * never changes, and what changes is one byte, its first. join() writes the line as a comment and then makes it
 * count, leave() makes it a comment again. A page is copied from its beginning: who has seen the byte that makes
 * it count sees the rest as it was written before. Who has seen a line that has just been taken away may be
 * amidst copying it: so for NAMES_SETTLE seconds the slot is not given to another. The number at the end of the
 * line, a comment to readers, says when it was changed. A changed line is a new one in a slot further on, and only then
 * is the old one taken away: whoever finds that gone comes by the new one later, so nobody is without.
 *
 * Whoever writes holds the lock of the network (net/lease.h), one at a time. Killed between two writes, it leaves
 * a comment, or both lines of one that changes, and the same call again puts that right.
 *
 *     on a network comes    names_join(fd, "10.10.0.2", "web www 0123456789ab", now, e) on the file of each other
 *     is renamed            the same, with the new names
 *     goes                  names_leave(fd, "10.10.0.2", now, e) on each
 */
enum { NAMES_SLOT = 256, NAMES_SETTLE = 2 };

/* What ends a head of that length: from there on slots may follow. Returns its length. */
size_t names_end_head(size_t len, char gap[NAMES_SLOT]);

/* Add a slot to a text that is not yet read by anybody. */
int names_add(struct str *text, const char *address, const char *names, uint64_t now, struct err *e);

/* `address`, as ip_text() writes it, is that of `names`, words with a blank between. fd is open for reading and writing;
 * now: seconds of a clock that does not go back, such as CLOCK_BOOTTIME. Code "names". */
int names_join(int fd, const char *address, const char *names, uint64_t now, struct err *e);

/* The address is nobody's any more. None with it is no error. */
int names_leave(int fd, const char *address, uint64_t now, struct err *e);
