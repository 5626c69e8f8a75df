/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Addresses and networks of both families as values and as text. Pure. A zeroed one is no address at all: that is how
 * a gateway or a peer that isn't there is said.
 */
struct ip {
	uint8_t family;    /* AF_INET, AF_INET6; AF_UNSPEC: none */
	uint8_t len;       /* of its network's prefix: 0 to 32, or 128 */
	uint8_t bytes[16]; /* in network order; behind the four of IPv4, zeros */
};

/* How many of the bytes are its own: 4, 16, or 0 for none. */
static inline size_t ip_size(struct ip ip)
{
	return ip.family == AF_INET ? 4 : ip.family == AF_INET6 ? 16 : 0;
}

static inline bool ip_is(struct ip ip)
{
	return ip.family != AF_UNSPEC;
}

/* Does it stand for every address, where something is bound to it: 0.0.0.0, ::, or none? */
bool ip_is_any(struct ip ip);

/* Can only one of two be bound to the same port: are they the same, or is one of them any? */
bool ip_meet(struct ip a, struct ip b);

/* An address out of a kernel's message: the bytes of that family, and a prefix of its own length. None where the family
 * is another, or n is not its size. */
struct ip ip_of(int family, const void *bytes, size_t n);

/* "10.10.0.1/24", "fd00::1/64" (RFC 5952), or without the length; "" for none. Both return buf. */
enum { IP_TEXT = INET6_ADDRSTRLEN + sizeof("/128") };
const char *ip_text(struct ip ip, char buf[static IP_TEXT]);
const char *ip_net_text(struct ip ip, char buf[static IP_TEXT]);

/* The way back: "10.10.0.1/24", or "10.10.0.1", whose length is 32; IPv6 likewise, without a zone. 0, or -EINVAL with
 * *ip none. */
int ip_parse(const char *text, struct ip *ip);

/* The network that it is in, and the last address of that: of IPv4 the one for broadcasts. */
struct ip ip_network(struct ip ip);
struct ip ip_last(struct ip ip);

/* The n-th address behind it, with the same length. Beyond the last one there is, it begins anew. */
struct ip ip_add(struct ip ip, uint32_t n);

/* How far `ip` lies behind `first`, which is of the same family: UINT32_MAX for that and all beyond, and for what lies
 * before it. */
uint32_t ip_distance(struct ip first, struct ip ip);

/* The same address, whatever the lengths; and the same address with the same length. */
bool ip_same(struct ip a, struct ip b);
bool ip_equal(struct ip a, struct ip b);

/* Do two networks have an address in common? One then lies in the other. Never of two families. */
bool ip_overlap(struct ip a, struct ip b);
