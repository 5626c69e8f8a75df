/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* IPv4 addresses and networks as values and as text. */

/* An address with the length of its network's prefix, or a network. */
struct ip4net {
	uint32_t addr; /* in host byte order */
	uint8_t len;   /* 0 to 32 */
};

/* "10.10.0.1/24", or without the length. Both return buf. */
enum { IP4NET_TEXT = sizeof("255.255.255.255/32") };
const char *ip4net_text(struct ip4net net, char buf[static IP4NET_TEXT]);
const char *ip4_text(uint32_t addr, char buf[static IP4NET_TEXT]);

/* The way back: "10.10.0.1/24", or "10.10.0.1", whose len is 32. 0 or -EINVAL. */
int ip4net_parse(const char *text, struct ip4net *net);

static inline uint32_t ip4net_mask(uint8_t len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

static inline bool ip4net_overlap(struct ip4net a, struct ip4net b)
{
	uint32_t mask = ip4net_mask(a.len < b.len ? a.len : b.len);

	return ((a.addr ^ b.addr) & mask) == 0;
}
