/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <linux/capability.h>

#include "base/err.h"

/*
 * Capabilities (capabilities(7)) as 64-bit masks: bit CAP_*.
 *
 * Theory of operation. A process that becomes a container's command loses capabilities in this order,
 * and no other:
 *
 *     [caps_inherit()]                   what the next program shall have that the bounding set won't let it
 *     caps_limit_bounding(c.bounding)    needs CAP_SETPCAP, so while we still have everything
 *     [caps_keep_on_setuid()]            only if a user other than root shall keep some
 *     setgroups, setgid, setuid
 *     caps_set(&c)                       takes CAP_SETPCAP away from us, with the rest
 *     execve                             recomputes permitted and effective from the file and the user
 *
 * None of these allocates, so all may run between clone and execve.
 */
#define CAPS_COUNT    41 /* CAP_CHECKPOINT_RESTORE + 1: Linux 5.9 and, so far, all later ones */
#define CAPS_ALL      ((UINT64_C(1) << CAPS_COUNT) - 1)
#define CAPS_BIT(cap) (UINT64_C(1) << (cap))

/* What users of docker and podman expect a container to have when they ask for nothing. */
#define CAPS_DEFAULT                                                                                         \
	(CAPS_BIT(CAP_CHOWN) | CAPS_BIT(CAP_DAC_OVERRIDE) | CAPS_BIT(CAP_FOWNER) | CAPS_BIT(CAP_FSETID) |    \
	 CAPS_BIT(CAP_KILL) | CAPS_BIT(CAP_SETGID) | CAPS_BIT(CAP_SETUID) | CAPS_BIT(CAP_SETPCAP) |          \
	 CAPS_BIT(CAP_NET_BIND_SERVICE) | CAPS_BIT(CAP_NET_RAW) | CAPS_BIT(CAP_SYS_CHROOT) |                 \
	 CAPS_BIT(CAP_MKNOD) | CAPS_BIT(CAP_AUDIT_WRITE) | CAPS_BIT(CAP_SETFCAP))

/* The five sets of a process, by the OCI specification's names. */
struct caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* "CAP_CHOWN" for CAP_CHOWN; NULL beyond CAPS_COUNT. */
const char *caps_name(int cap);

/* The mask for a name: "CAP_CHOWN", "chown", or "ALL", in any case. 0 if there is no such capability. */
uint64_t caps_from_name(const char *name);

/* bounding, effective and permitted = mask, inheritable and ambient empty: for a container that asks for
 * nothing else. */
struct caps caps_of(uint64_t mask);

/* Our own permitted set (capget(2)): nobody can give more than that. A host's root may well have less
 * than CAPS_ALL. */
int caps_held(uint64_t *held, struct err *e);

/* Take from permitted what is not held, and from the other sets what the kernel would refuse as a consequence
 * (effective and ambient lie within permitted, ambient within inheritable, and that within bounding).
 * Pure. */
void caps_clamp(struct caps *c, uint64_t held);

/* Drop all but `keep` from the bounding set, also capabilities newer than CAPS_COUNT. */
int caps_limit_bounding(uint64_t keep, struct err *e);

/* Add to our inheritable set what is in the bounding set (by CAP_SETPCAP). */
int caps_inherit(uint64_t mask, struct err *e);

/* Take from it, and so from the ambient set. 0 or -errno. */
int caps_disinherit(uint64_t mask);

/* Clear the effective set: we make no use of our capabilities until the next execve(2). */
int caps_rest(struct err *e);

/* Keep the permitted set over the next setuid(2) from root to another user (PR_SET_KEEPCAPS; execve
 * clears it). */
int caps_keep_on_setuid(struct err *e);

/* Set all but the bounding set: one capset(2), and one prctl(2) per ambient capability. -EPERM if
 * `permitted` was not clamped to what is held. */
int caps_set(const struct caps *c, struct err *e);
