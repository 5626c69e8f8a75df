/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/lab_random.h"

#include "base/str.h"

static const char task[] =
	"Somebody has changed something on this machine, in one place or in two. At the bridge br0,\n"
	"which is 10.10.0.1, are the namespaces net1 (10.10.0.2), net2 (10.10.0.3) and net3\n"
	"(10.10.0.4); the way out is eth0. Find what it was, and mend it: this shall be so.\n\n";

static const char *const hints[] = {
	"Begin with what works. Who reaches whom: the gateway, the neighbours, the outside, by ping and by\n"
	"TCP, small and large? What fails for all is not in one of them; what fails for one is.",
	"Compare two of which one is well, table by table: ip -d link, ip address, ip route show table all,\n"
	"ip rule, ip neighbour; and what belongs to them outside: bridge -d link.",
	"Follow one packet, there and back: its link, the cable's other end, the port, the neighbour, the\n"
	"route, the router (sysctl -a), the firewall, the sender's address that the other side sees. Counters\n"
	"tell how far it came: ip -s link, tc -s qdisc, iptables -v -L, nft list ruleset.",
};

void lab_disguise(struct arena *a, struct lab *l)
{
	struct str text = { .arena = a };

	str_add(&text, task);
	for (size_t i = 0; i < l->n_goals; i++)
		str_addf(&text, "%s    %s", i ? "\n" : "", l->goals[i].text);
	l->task = text.p;
	l->watch = l->hints = (struct strv){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		strv_push(a, &l->hints, hints[i]);
}
