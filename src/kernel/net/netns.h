/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * Names of network namespaces, as ip-netns(8) gives them (`ip netns attach`): a file of /run/netns that the namespace is
 * mounted on, which so lives on without a process. That directory is made, and a shared mount, if it is none: what
 * is unmounted there is so for other mount namespaces, too, which would else hold the namespace.
 *
 * Whose is a name? A mount of a namespace can carry no mark, and the number of a namespace is given again soon. So the
 * file below it is the mark: its number and the time it was made, which are written down before it has the name. It is
 * made without one (O_TMPFILE) for that, so that a process that is killed leaves no file that nobody knows.
 */
enum { NETNS_MARK = 96 };

struct netns_file {
	int dir, file; /* O_PATH of /run/netns; the file, without a name */
};

/* Make the file. mark: what netns_remove() knows it by. */
int netns_begin(struct netns_file *f, char mark[static NETNS_MARK], struct err *e);

/* Give it the name, and mount the namespace of the descriptor on it. -EEXIST "netns-taken": there is one of that name. */
int netns_finish(const struct netns_file *f, const char *name, int ns, struct err *e);

void netns_close(struct netns_file *f);

/* Take the name away, if it is still that file's, whether or not a namespace is mounted on it. */
int netns_remove(const char *name, const char *mark, struct err *e);
