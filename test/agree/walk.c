/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * walk: many questions of one world, which is read once. On standard input one a line:
 *
 *     NETNS PROTOCOL DST SPORT DPORT SIZE
 *
 * NETNS is a name of ip-netns(8) or "host". Per question a line is printed: "=", the verdict, the code, and the text of
 * the hop that decided. With "-v" all hops follow. test/agree/run compares that with what the kernel does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "observe/report/trace.h"
#include "observe/walk/walk.h"
#include "observe/world/read.h"

static int fail(const struct err *e)
{
	char line[2048];

	fprintf(stderr, "walk: %s\n", err_line(e, line, sizeof(line)));
	return 1;
}

static uint8_t proto_of(const char *name, struct ip dst)
{
	if (strcmp(name, "tcp") == 0)
		return IPPROTO_TCP;
	if (strcmp(name, "udp") == 0)
		return IPPROTO_UDP;
	return dst.family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static void answer(const struct world *w, const char *name, struct walk_packet *p, struct arena *a,
		   bool verbose)
{
	const struct world_netns *ns = strcmp(name, "host") == 0 ? world_host(w) : world_netns_named(w, name);
	struct str out = { .arena = a };
	struct walk walked;
	const struct walk_hop *last;

	p->netns = ns ? ns->inode : 0;
	walk(w, p, a, &walked);
	last = walked.n_hops ? &walked.hops[walked.n_hops - 1] : NULL;
	str_addf(&out, "= %s %s %s%s: ", walk_verdict_name(walked.verdict), walked.code ? walked.code : "-",
		 last && last->is_reply ? "back: " : "", last && last->netns ? last->netns : "");
	str_add_visible(&out, last ? last->text : "");
	printf("%s\n", str_get(&out));
	if (!verbose)
		return;
	out = (struct str){ .arena = a };
	trace_text(&out, &walked, NULL);
	printf("%s", str_get(&out));
}

int main(int argc, char **argv)
{
	static char buf[1 << 16];
	struct arena a = ARENA_INIT(buf);
	struct world_wish wish = { .parts = WORLD_NETWORK | WORLD_RULES, .state = -1, .oci_state = -1 };
	char name[32], proto[8], dst[64];
	unsigned sport, dport, size;
	struct err e = { 0 };
	struct world w;

	if (world_read(&a, &wish, &w, &e) < 0)
		return fail(&e);
	for (size_t i = 0; i < w.unread.n; i++)
		fprintf(stderr, "walk: unread: %s\n", w.unread.v[i]);
	while (scanf("%31s %7s %63s %u %u %u", name, proto, dst, &sport, &dport, &size) == 6) {
		struct walk_packet p = { .sport = (uint16_t)sport, .dport = (uint16_t)dport, .size = size };

		if (ip_parse(dst, &p.dst) < 0)
			return 1;
		p.proto = proto_of(proto, p.dst);
		answer(&w, name, &p, &a, argc > 1);
	}
	return 0;
}
