/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The loopback link of the caller's network namespace, by netdevice(7)'s ioctls: all that a container without a
 * network of guise's needs, and nothing of netlink. Both return -errno on failure. */

/* Switch lo on; the kernel gives it 127.0.0.1/8 and ::1. Needs CAP_NET_ADMIN in the namespace. */
int loopback_up(void);

/* 1 if it is on, 0 if not. */
int loopback_is_up(void);
