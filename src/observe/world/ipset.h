/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * An element of world_ipset: a byte of flags, and one part for each word behind the colon of the set's type.
 *
 *     ip, net   the first and the last address that it means, of 4 or 16 bytes each
 *     port      protocol (0: any), first and last port of two bytes each, in network order
 *     mac       6 bytes
 *     iface     16 bytes, NUL-padded
 *
 * Of list:set: the name of the set behind the flags.
 */
enum { IPSET_NOMATCH = 1, IPSET_PORT = 5, IPSET_IFACE = 16 };
