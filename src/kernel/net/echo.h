/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/net/ip.h"

/* Echo requests (icmp(7)) by raw sockets: for sockets of the protocol the group has to be in ping_group_range, which is the
 * namespace's own matter. Numbers are in network order. */
enum { ECHO_HEADER = 8 };

/* The header of a request behind which there are only zeros. Of IPv6 the kernel adds the checksum itself. */
void echo_request(int family, uint16_t id, uint16_t sequence, uint8_t out[static ECHO_HEADER]);

/* Is what a raw socket received the answer to one of that id? Others' come by there, too. *from: of IPv4, whose it is. */
bool echo_is_reply(int family, uint16_t id, const uint8_t *data, size_t n, struct ip *from);
