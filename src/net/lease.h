/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/ip.h"
#include "net/lease_pool.h"

/*
 * Who has which address: a directory per network, /run/guise/net/NAMESPACE/NETWORK, in which every address
 * that is taken is a file of that name, holding its owner and a newline. `ls` lists the addresses in use,
 * `cat` says whose they are. The owner is a line of text, at most 255 bytes, which means something to the
 * caller only: an engine's is a container's id. Whether it is still there is asked of the caller, too
 * (is_alive()).
 *
 *     10.10.0.2    whose it is
 *     lock         locked (flock(2)) while leases, or the bridge, are changed; holds the address given last
 *     names...     by what names: net/roster.h
 *     taken        which there are, a bit for each (net/lease_map.h)
 *     given-...    which have perhaps had an owner before (net/former.h)
 *     leaving      what the containers shared is to be taken away, unless another one comes; locked by the process
 *                  that is about to (run/engine/behind.h), so one that isn't locked was left by one that was killed
 *
 * Addresses are given in turn: the next free one after the one given last, from the start again at the
 * end. So an address just returned isn't somebody else's a moment later, while peers still remember it
 * and connections to it linger. The one that is given is the first of them whose bit is clear; that it is the last
 * one there is costs nothing. Only when all bits are set the directory is read, once: for bits that a kill has left, and for
 * owners that are gone.
 *
 * NAMESPACE is the number (inode) of the network namespace that the network's bridge is in: one state
 * directory may be used in several, which share no bridge.
 *
 * Locks are taken in this order: a container's (state/state.h); those of networks, in the order of their
 * directories' names; the network namespace's. Who undoes holds one network's at a time. So two networks'
 * starts wait for each other only where one of them makes its bridge.
 *
 * The lock dies with the process that holds it (flock), so kill -9 leaves at most a lease whose container
 * never came to be, which lease_sweep() takes back. A lease without content is one whose writer died
 * between two system calls: no container knows of it, and it is taken back likewise.
 *
 * Without anybody who takes back, a lease is worth what its owner is: one that is wanted, or the last that could be had, is taken
 * from an owner who is gone. Who that is says the caller: a container whose guise and first process are gone, an attachment
 * whose cable went with its namespace. What such a one gives back later is not its own any more.
 */

struct lease_dir {
	int fd;   /* the network's directory; not O_PATH */
	int lock; /* its lock file, locked; -1: not locked */
};

#define LEASE_DIR_CLOSED                                                                                     \
	{                                                                                                    \
		.fd = -1, .lock = -1                                                                         \
	}

/* Open the network's directory ("4026531840/bridge") below `net` (a descriptor of /run/guise/net), making
 * it where it isn't there yet. Unlocked. */
int lease_open(struct lease_dir *dir, int net, const char *network, struct err *e);
void lease_close(struct lease_dir *dir); /* unlocks, too */

/* Wait for the lock. All that follows needs it held, and so does making or deleting the network's bridge:
 * "no lease, so delete the bridge" must not come between another's lease and its use of the bridge. */
int lease_lock(struct lease_dir *dir, struct err *e);
void lease_unlock(struct lease_dir *dir);

/* Lock the network namespace, too, until *lock is closed: bridges, subnets and rules are chosen, made and
 * taken away by one guise at a time, whichever its state directory. *lock is -1, or locked already. */
int lease_lock_namespace(int *lock, struct err *e);

/* Take an address of the pool for its owner: `wanted`, or, where that is none, the next one in turn. *addr has the
 * length of the subnet. An IPv6 subnet gives its first 65,534 ones in turn, and any that is wanted.
 * Codes "no-free-address", "address-taken" (a wanted one), "bad-address" (not one of the subnet's). */
int lease_take(struct lease_dir *dir, const struct lease_pool *pool, const char *owner, struct ip wanted,
	       struct ip *addr, struct err *e);

/* Give the address back, if it is that owner's. If not, it is no error either. */
int lease_release(struct lease_dir *dir, struct ip addr, const char *owner, struct err *e);

/* Is it that owner's? */
bool lease_is_of(struct lease_dir *dir, struct ip addr, const char *owner);

/* Is any address taken? 1, 0 or -errno. Unlocked it is a guess. */
int lease_any(struct lease_dir *dir, struct err *e);

/* How many addresses are taken, by the map (net/lease_map.h): rather too many, since stale bits count, too. Where some may have
 * no bit the files are counted. A container has one of each subnet. */
unsigned lease_count(struct lease_dir *dir);

/* The last one has gone: leave the file that says so. lease_turn(): whose turn it is to take away what was
 * shared, a descriptor that has the file locked; -1 when it is another's, or nothing is to be taken away.
 * lease_gone(): it is done, or no longer wanted, and the turn, which is closed, is over: before the
 * network's lock is let go. */
int lease_leave(struct lease_dir *dir);
int lease_turn(struct lease_dir *dir);
void lease_gone(struct lease_dir *dir, int *turn);

/* Take back the addresses of all owners that is_alive() denies. *swept, which may be NULL, counts
 * them. */
int lease_sweep(struct lease_dir *dir, lease_alive *is_alive, void *arg, unsigned *swept, struct err *e);
