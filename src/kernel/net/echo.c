/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/echo.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <string.h>

static uint16_t checksum(const uint8_t *v, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)v[i] << 8 | v[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

void echo_request(int family, uint16_t id, uint16_t sequence, uint8_t out[static ECHO_HEADER])
{
	uint16_t sum;

	memset(out, 0, ECHO_HEADER);
	out[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	memcpy(out + 4, &id, sizeof(id));
	memcpy(out + 6, &sequence, sizeof(sequence));
	sum = checksum(out, ECHO_HEADER);
	if (family == AF_INET)
		memcpy(out + 2, &sum, sizeof(sum));
}

bool echo_is_reply(int family, uint16_t id, const uint8_t *data, size_t n, struct ip *from)
{
	/* of IPv4 its header comes first */
	size_t at = family == AF_INET && n ? (size_t)(data[0] & 15) * 4 : 0;

	*from = (struct ip){ 0 };
	if (n < at + ECHO_HEADER || (family == AF_INET && at < 20) ||
	    data[at] != (family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) ||
	    memcmp(data + at + 4, &id, sizeof(id)) != 0)
		return false;
	if (family == AF_INET)
		*from = ip_of(AF_INET, data + 12, 4);
	return true;
}
