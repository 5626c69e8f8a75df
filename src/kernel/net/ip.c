/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ip_is_any(struct ip ip)
{
	for (size_t i = 0; i < ip_size(ip); i++)
		if (ip.bytes[i])
			return false;
	return true;
}

bool ip_meet(struct ip a, struct ip b)
{
	return ip_is_any(a) || ip_is_any(b) || ip_same(a, b);
}

struct ip ip_of(int family, const void *bytes, size_t n)
{
	struct ip ip = { .family = (uint8_t)family };

	if (n == 0 || n != ip_size(ip))
		return (struct ip){ 0 };
	ip.len = (uint8_t)(n * 8);
	memcpy(ip.bytes, bytes, n);
	return ip;
}

const char *ip_text(struct ip ip, char buf[static IP_TEXT])
{
	if (!ip_is(ip) || !inet_ntop(ip.family, ip.bytes, buf, IP_TEXT))
		buf[0] = '\0';
	return buf;
}

const char *ip_net_text(struct ip ip, char buf[static IP_TEXT])
{
	size_t n = strlen(ip_text(ip, buf));

	if (n)
		snprintf(buf + n, IP_TEXT - n, "/%u", ip.len);
	return buf;
}

/* Digits and nothing else: strtoul() would take a sign and blanks. */
static bool parse_len(const char *text, unsigned max, uint8_t *len)
{
	size_t n = strspn(text, "0123456789");
	unsigned long value = n > 0 && n <= 3 && !text[n] ? strtoul(text, NULL, 10) : max + 1;

	*len = (uint8_t)value;
	return value <= max;
}

int ip_parse(const char *text, struct ip *ip)
{
	char addr[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct ip out = { .family = memchr(text, ':', n) ? AF_INET6 : AF_INET };

	*ip = (struct ip){ 0 };
	if (n >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, n);
	addr[n] = '\0';
	out.len = (uint8_t)(ip_size(out) * 8);
	if (inet_pton(out.family, addr, out.bytes) != 1 ||
	    (slash && !parse_len(slash + 1, out.len, &out.len)))
		return -EINVAL;
	*ip = out;
	return 0;
}

/* The bits of byte i that belong to the prefix. */
static uint8_t mask(struct ip ip, size_t i)
{
	size_t before = 8 * i;

	return ip.len <= before ? 0 : ip.len >= before + 8 ? 0xff : (uint8_t)(0xff << (before + 8 - ip.len));
}

struct ip ip_network(struct ip ip)
{
	for (size_t i = 0; i < ip_size(ip); i++)
		ip.bytes[i] &= mask(ip, i);
	return ip;
}

struct ip ip_last(struct ip ip)
{
	for (size_t i = 0; i < ip_size(ip); i++)
		ip.bytes[i] |= (uint8_t)~mask(ip, i);
	return ip;
}

struct ip ip_add(struct ip ip, uint32_t n)
{
	uint64_t carry = n;

	for (size_t i = ip_size(ip); i-- > 0 && carry;) {
		carry += ip.bytes[i];
		ip.bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return ip;
}

uint32_t ip_distance(struct ip first, struct ip ip)
{
	uint64_t distance = 0;

	if (first.family != ip.family || memcmp(ip.bytes, first.bytes, sizeof(ip.bytes)) < 0)
		return UINT32_MAX;
	/* as one subtracts by hand, from the left: what is left there counts 256 times as much one byte on */
	for (size_t i = 0; i < ip_size(ip); i++) {
		distance = distance * 256 + ip.bytes[i] - first.bytes[i];
		if (distance > UINT32_MAX)
			return UINT32_MAX;
	}
	return (uint32_t)distance;
}

bool ip_same(struct ip a, struct ip b)
{
	return a.family == b.family && memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

bool ip_equal(struct ip a, struct ip b)
{
	return ip_same(a, b) && a.len == b.len;
}

bool ip_overlap(struct ip a, struct ip b)
{
	unsigned len = a.len < b.len ? a.len : b.len, whole = len / 8, rest = len % 8;

	if (!ip_is(a) || a.family != b.family || memcmp(a.bytes, b.bytes, whole) != 0)
		return false;
	return !rest || !((a.bytes[whole] ^ b.bytes[whole]) & 0xff << (8 - rest));
}
