/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/engine/control.h"

/*
 * A container is put on a network more, or taken off one, while it runs. Its plan becomes what it would be with these
 * networks (plan/build/connect.h), and the steps that differ are applied from outside, in its network namespace, or
 * undone:
 *
 *     connect       lease, record, apply        a kill leaves a record that says more than there is:
 *     disconnect    undo, apply, record         the same command again, or the container's end, undo all that it says
 *
 * Whoever does it holds the lock of the container's record (state/record_update.h), and of networks as a start does.
 * Between the lease and the record the file `connecting` in the container's directory, which holds the network's name,
 * stands for leases that no record has: who finds it takes them back.
 *
 * For the next start it is recorded, too: a word for each network, "+web:ip=10.20.0.9" or "-web", which changes what the
 * options of run say (cmd/engine/network_change.h).
 */

/* word: what is wished for, as --network has it. -EEXIST "network-connected": it is on that network already, and all of
 * it is there; "network-mode" where it is to have no network of guise's; "no-network", and those of a start. */
int connect_running(struct control *k, const struct spec_attachment *wish, const char *word, struct err *e);

/* -ENOENT "network-not-connected"; -EBUSY "network-has-ports": the container's published ports lead there. */
int disconnect_running(struct control *k, const char *network, struct err *e);

/* One that doesn't run, and is locked: for its next start. */
int connect_next(struct control *k, const char *network, const char *word, struct err *e);

/* Say so: it is on the network, or is not; another of its networks has that link. */
int connect_is_on(const struct control *k, const char *network, struct err *e);
int connect_is_not_on(const struct control *k, const char *network, struct err *e);
int connect_link_is_taken(const struct control *k, const char *link, struct err *e);

/* May it be on networks? -EINVAL "network-mode". */
int connect_allowed(const struct control *k, struct err *e);

/* Take back leases that no record has, of a container whose plan is p. Leaves their network locked, and no other. */
int connect_forget(const struct container *c, const struct plan *p, struct live *live, struct err *e);
