/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/sysctl.h"

static char first_block[64 * 1024];

static void test_good(void **state)
{
	static const struct {
		const char *text, *pair, *path;
		enum ns_kind ns;
	} t[] = {
		{ "net.ipv4.ip_forward=1", "net.ipv4.ip_forward=1", "net/ipv4/ip_forward", NS_NET },
		{ "net/ipv4/ip_forward=1", "net.ipv4.ip_forward=1", "net/ipv4/ip_forward", NS_NET },
		{ "net.ipv4.conf.eth0/100.forwarding=1", "net.ipv4.conf.eth0/100.forwarding=1",
		  "net/ipv4/conf/eth0.100/forwarding", NS_NET },
		{ "net/ipv4/conf/eth0.100/forwarding=1", "net.ipv4.conf.eth0/100.forwarding=1",
		  "net/ipv4/conf/eth0.100/forwarding", NS_NET },
		{ "net.ipv4.ping_group_range=0 1000", "net.ipv4.ping_group_range=0 1000",
		  "net/ipv4/ping_group_range", NS_NET },
		{ "kernel.shmmax=1.5/2", "kernel.shmmax=1.5/2", "kernel/shmmax", NS_IPC },
		{ "kernel/sem=1 2 3 4", "kernel.sem=1 2 3 4", "kernel/sem", NS_IPC },
		{ "fs.mqueue.msg_max=10", "fs.mqueue.msg_max=10", "fs/mqueue/msg_max", NS_IPC },
	};
	struct arena a = ARENA_INIT(first_block);
	const char *pair;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(sysctl_parse(&a, t[i].text, &pair, &e), 0);
		assert_string_equal(pair, t[i].pair);
		assert_string_equal(sysctl_path(&a, pair), t[i].path);
		assert_int_equal(sysctl_ns(pair), t[i].ns);
	}
	arena_free(&a);
}

static void test_bad(void **state)
{
	static const char name[] = "not the name of a kernel parameter";
	static const char machine[] = "it belongs to the whole machine, not to a namespace";
	static const struct {
		const char *text, *cause;
	} t[] = {
		{ "net.ipv4.ip_forward", "it has no value" },
		{ "kernel.hostname=x", "guise sets the host name itself" },
		{ "kernel.domainname=x", "guise sets the host name itself" },
		{ "kernel.pid_max=1", machine },
		{ "kernel.shmmaxx=1", machine },
		{ "vm.swappiness=1", machine },
		{ "kernel/core_pattern=|/bin/sh", machine },
		{ "net=1", machine },
		{ "=1", name },
		{ "net.=1", name },
		{ "net..x=1", name },
		{ ".net.x=1", name },
		{ "net.//.kernel.core_pattern=x", name },
		{ "net/../kernel/core_pattern=x", name },
		{ "net/./x=1", name },
		{ "/net/x=1", name },
		{ "net/x/=1", name },
		{ "net.a b=1", name },
	};
	struct arena a = ARENA_INIT(first_block);
	const char *pair;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		if (sysctl_parse(&a, t[i].text, &pair, &e) == 0)
			fail_msg("'%s' was taken", t[i].text);
		assert_string_equal(e.cause, t[i].cause);
		assert_string_equal(e.code, "bad-sysctl");
		assert_string_not_equal(e.hint, "");
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
