/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct state;

/*
 * Containers that outlive the boot: those without --rm. Their directories are below the data directory,
 * and in the state directory, which is made anew at each boot, a link to each stands in its place:
 *
 *     /run/guise/containers/ID   ->  /var/lib/guise/containers/ID
 *     /var/lib/guise/containers/ID/name  ->  NAME, which is not a file: what its link in names/ is called
 *
 * The links are made anew with the state directory. Where state and data directory are one (--root), there
 * are none. Where the data directory can't be used, since it can't be made, belongs to another or is in a
 * file system that holds no layer, the containers are kept in the state directory: up to the end of the
 * boot.
 */

/* st->kept, opened; `make`: made first. -errno where it is not there, or cannot be used. */
int kept_open(struct state *st, bool make);

/* Put the links into a state directory for all containers that are kept and have none there. */
void kept_restore(struct state *st);

/* Link to a new one; 0 or -errno. */
int kept_link(struct state *st, const char *id);

/* Remove the directory that the link of a container leads to, and then the link. */
int kept_remove(struct state *st, const char *id);
