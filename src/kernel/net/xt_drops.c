/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/xt_drops.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

enum { TABLE_MAX = 16 << 20 };

/* One name a line. */
static bool has_table(int family)
{
	const char *path = family == AF_INET6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names";
	char names[256], *save = NULL;

	if (io_read_small(AT_FDCWD, path, names, sizeof(names)) < 0)
		return false;
	for (char *name = strtok_r(names, "\n", &save); name; name = strtok_r(NULL, "\n", &save))
		if (str_eq(name, "filter"))
			return true;
	return false;
}

/* A chain's policy is its last rule, "underflow": a standard target with -(NF_DROP) - 1. */
static bool policy_drops(const struct ipt_get_entries *table, const struct ipt_getinfo *info, int family)
{
	uint32_t at = info->underflow[NF_INET_FORWARD];
	size_t header = family == AF_INET6 ? sizeof(struct ip6t_entry) : sizeof(struct ipt_entry);
	const struct xt_standard_target *target;

	if (!(info->valid_hooks & 1u << NF_INET_FORWARD) || at + header + sizeof(*target) > table->size)
		return false;
	target = (const void *)((const char *)table->entrytable + at + header);
	return target->verdict == -NF_DROP - 1;
}

/* The numbers of the options, and the structs, are the same for IPv6, but for the entries themselves. */
bool xt_forward_drops(struct arena *a, int family, const char *link)
{
	autoclose int fd = has_table(family) ? socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW) : -1;
	int level = family == AF_INET6 ? SOL_IPV6 : SOL_IP;
	struct ipt_getinfo info = { .name = "filter" };
	struct ipt_get_entries *table;
	socklen_t len = sizeof(info);

	if (fd < 0 || getsockopt(fd, level, IPT_SO_GET_INFO, &info, &len) < 0 || info.size > TABLE_MAX)
		return false;
	table = arena_alloc(a, sizeof(*table) + info.size);
	*table = (struct ipt_get_entries){ .name = "filter", .size = info.size };
	len = (socklen_t)(sizeof(*table) + info.size);
	return getsockopt(fd, level, IPT_SO_GET_ENTRIES, table, &len) == 0 &&
	       policy_drops(table, &info, family) &&
	       !memmem(table->entrytable, info.size, link, strlen(link) + 1);
}
