/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "observe/goals/goal.h"

/* A machine with a bridge, and net1 at it. */
static struct world_link machine_links[] = {
	{ .index = 1, .name = "lo", .flags = IFF_UP | IFF_LOOPBACK },
	{ .index = 2, .name = "br0", .kind = "bridge", .flags = IFF_UP },
	{ .index = 3,
	  .name = "veth1-br",
	  .kind = "veth",
	  .master = 2,
	  .peer = 2,
	  .peer_netns = 101,
	  .flags = IFF_UP },
};
static struct world_link net1_links[] = {
	{ .index = 1, .name = "lo", .flags = IFF_LOOPBACK },
	{ .index = 2, .name = "veth1", .kind = "veth", .peer = 3, .peer_netns = 100, .flags = IFF_UP },
};
static struct world_addr machine_addrs[] = { { .link = 2 } }, net1_addrs[] = { { .link = 2 } };
static struct world_route net1_routes[] = { { .family = AF_INET, .oif = 2 } };
static struct world_setting settings[] = { { "net.ipv4.ip_forward", "1" } };
static struct world_netns spaces[] = {
	{ .inode = 100,
	  .is_host = true,
	  .links = machine_links,
	  .n_links = 3,
	  .addrs = machine_addrs,
	  .n_addrs = 1,
	  .sysctls = settings,
	  .n_sysctls = 1 },
	{ .inode = 101,
	  .name = "net1",
	  .links = net1_links,
	  .n_links = 2,
	  .addrs = net1_addrs,
	  .n_addrs = 1,
	  .routes = net1_routes,
	  .n_routes = 1 },
};

static struct lab_goal goal_of(struct arena *a, const char *text)
{
	struct lab_goal g = { .line = 1, .text = text };
	char *copy = arena_strdup(a, text), *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		strv_push(a, &g.words, w);
	return g;
}

static void test_words(void **state)
{
	static const struct {
		const char *goal, *missing;
	} cases[] = {
		{ "netns net1", NULL },
		{ "netns machine", NULL },
		{ "netns net2", "there is no network namespace net2" },
		{ "link machine br0 kind bridge up", NULL },
		{ "link machine br0 down", "br0 is up" },
		{ "link net1 veth1 kind bridge", "veth1 is no bridge" },
		{ "link machine veth1-br master br0 peer net1 veth1", NULL },
		{ "link net1 veth1 peer machine veth1-br up", NULL },
		{ "link machine veth1-br peer net1 lo", "the other end of veth1-br is not lo in net1" },
		{ "link machine br0 master br0", "br0 is no port of br0" },
		{ "link machine br1", "there is no link br1 in machine" },
		{ "link net2 br1", "there is no network namespace net2" },
		{ "link machine br0 pear net1 x", "nobody knows what 'pear' means of a link" },
		{ "link machine br0 peer net1", "nobody knows what 'peer' means of a link" },
		{ "only net1 lo veth1", NULL },
		{ "only net1 lo", "in net1 there is a link more, veth1" },
		{ "only net1 lo veth1 x", "there is no link x in net1" },
		{ "address net1 veth1 10.10.0.2/24", NULL },
		{ "address net1 veth1 10.10.0.2/16", "veth1 in net1 has not the address 10.10.0.2/16" },
		{ "address net1 lo 10.10.0.2/24", "lo in net1 has not the address 10.10.0.2/24" },
		{ "address net1 lo 10.10.0", "10.10.0 is no address" },
		{ "once 10.10.0.2", NULL },
		{ "once 10.10.0.9", "no link has the address 10.10.0.9" },
		{ "route net1 default via 10.10.0.1", NULL },
		{ "route net1 default via 10.10.0.7", "net1 has no route to all others by 10.10.0.7" },
		{ "route net1 10.0.0.0/8 via 10.10.0.1", "net1 has no route to 10.0.0.0/8 by 10.10.0.1" },
		{ "setting machine net.ipv4.ip_forward 1", NULL },
		{ "setting machine net.ipv4.ip_forward 0", "net.ipv4.ip_forward of machine is not 0" },
		{ "setting net1 net.ipv4.ip_forward 0", "net.ipv4.ip_forward of net1 is not 0" },
		{ "arrives net2 10.0.0.1",
		  "nothing can be sent from net2 to 10.0.0.1: there is no such place" },
		{ "arrives machine 10.0.0",
		  "nothing can be sent from machine to 10.0.0: there is no such place" },
	};
	struct arena a = { 0 };
	struct world w = { .netns = spaces, .n_netns = 2 };
	struct goal_look look = { .w = &w, .a = &a, .outside = -1 };

	ip_parse("10.10.0.1/24", &machine_addrs[0].ip);
	ip_parse("10.10.0.2/24", &net1_addrs[0].ip);
	ip_parse("10.10.0.1", &net1_routes[0].via);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct lab_goal g = goal_of(&a, cases[i].goal);
		const char *missing = goal_missing(&look, &g);

		if (missing != cases[i].missing && !str_eq(missing, cases[i].missing))
			fail_msg("%s: %s", cases[i].goal, missing ? missing : "met");
	}
	machine_addrs[0].ip = net1_addrs[0].ip;
	struct lab_goal twice = goal_of(&a, "once 10.10.0.2");
	assert_string_equal(goal_missing(&look, &twice), "more than one link has the address 10.10.0.2");
	arena_free(&a);
}

static void test_check(void **state)
{
	static const char *const bad[] = { "netz a",       "netns",        "netns a b",
					   "route a b by", "limit memory", "once" };
	const struct lab l = { .file = "1-a.lab" };
	struct arena a = { 0 };
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct lab_goal g = goal_of(&a, bad[i]);

		if (goal_check(&l, &g, &e) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(e.code, "lab-bad");
		assert_string_equal(e.what, "read 1-a.lab, line 1");
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
