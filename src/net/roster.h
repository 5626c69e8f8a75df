/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/*
 * Who is on a network, and by what names: a file in the directory of its leases (net/lease.h), of which all hosts files
 * on the network are made (net/names.h).
 *
 *     names           10.10.0.2 ID web www 0123456789ab     a line for each address: whose it is, and his names
 *                     - ID                                  has none of his own: is in the network of another
 *     names-changed   10.10.0.2                             addresses that the others' files do not have yet, or still
 *     names-changing  10.10.0.3                             those that somebody is about to tell them of
 *
 * The first is written anew by whoever joins or leaves, under the network's lock, and renamed into place: so who only
 * reads needs no lock. A line is taken away before its lease is given back, and that of an address which comes to another
 * goes then at the latest.
 *
 * What joined and left is told to the others behind the start (run/engine/spread.h). An address stands in one of the two
 * lists until it is told, so that kill -9 loses none; that it is told twice does no harm, since what counts is the roster
 * as it is by then.
 */
#define ROSTER_FILE "names"

struct roster_line {
	const char *address, *id, *names; /* address NULL: has none */
};

struct roster {
	struct roster_line *v;
	size_t n;
};

/* dir: the network's directory. Without a file nobody is there. */
int roster_read(int dir, struct arena *a, struct roster *r, struct err *e);

/* The n lines, all of `id`, take the place of those that it has, and of those that others have with the same addresses;
 * none: it leaves. What changes others are to be told, if there are any. The network is locked. *now, which may be NULL,
 * is how it is then. -ENAMETOOLONG, and nothing is changed, where a line doesn't fit (net/names.h). */
int roster_replace(int dir, struct arena *a, const char *id, const struct roster_line *own, size_t n,
		   struct roster *now, struct err *e);

/* The same with another first name: `old` is no longer, `name` is its name. */
int roster_rename(int dir, struct arena *a, const char *id, const char *old, const char *name, struct err *e);

/* Would it fit? */
int roster_can_rename(int dir, struct arena *a, const char *id, const char *old, const char *name,
		      struct err *e);

/* Take away the lines of all owners that is_there() denies. */
int roster_sweep(int dir, struct arena *a, bool (*is_there)(const char *id, void *arg), void *arg,
		 struct err *e);

/* Note that the others' files may not have these addresses as the roster has them. Locked. */
int roster_tell(int dir, const struct strv *addresses, struct err *e);

/* The addresses that differ between the two. */
void roster_differ(struct arena *a, const struct roster *was, const struct roster *now,
		   struct strv *addresses);

/* Is there something to be told? */
bool roster_has_news(int dir);

/* What is to be told, from now on by the caller: each address once, id NULL where it is nobody's; and the roster. Locked.
 * roster_told(): he did. */
int roster_news(int dir, struct arena *a, struct roster *news, struct roster *now, struct err *e);
void roster_told(int dir);
