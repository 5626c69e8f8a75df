/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/ip4.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ip4_text(uint32_t addr, char buf[static IP4NET_TEXT])
{
	snprintf(buf, IP4NET_TEXT, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255);
	return buf;
}

const char *ip4net_text(struct ip4net net, char buf[static IP4NET_TEXT])
{
	size_t n = strlen(ip4_text(net.addr, buf));

	snprintf(buf + n, IP4NET_TEXT - n, "/%u", net.len);
	return buf;
}

int ip4net_parse(const char *text, struct ip4net *net)
{
	char addr[INET_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned len = 32;
	struct in_addr in;

	if (n >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (inet_pton(AF_INET, addr, &in) != 1 || (slash && (sscanf(slash, "/%u", &len) != 1 || len > 32)))
		return -EINVAL;
	*net = (struct ip4net){ .addr = ntohl(in.s_addr), .len = (uint8_t)len };
	return 0;
}
