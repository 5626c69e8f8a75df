/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/process/caps.h"
#include "observe/report/explain.h"

static char buf[1 << 18];
static struct arena arena;

static struct world_setting at_top[] = { { "memory.max", "52428800" }, { "memory.current", "52000000" } };
static struct world_setting at_own[] = { { "memory.max", "max" },
					 { "memory.current", "1048576" },
					 { "cpu.max", "50000 100000" },
					 { "memory.events", "low 0\noom 1\noom_kill 3" } };
static struct world_cgroup cgroups[] = {
	{ .hierarchy = "", .mount = "/sys/fs/cgroup", .path = "/" },
	{ .hierarchy = "", .mount = "/sys/fs/cgroup", .path = "/a", .settings = at_top, .n_settings = 2 },
	{ .hierarchy = "", .mount = "/sys/fs/cgroup", .path = "/a/b", .settings = at_own, .n_settings = 4 },
};
static struct world_member member = { "", "/a/b" };
static struct world_process processes[] = {
	{ .pid = 1, .ns = { 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ .pid = 9,
	  .ns_pid = 1,
	  .comm = "x",
	  .ns = { 1, 2, 33, 4, 55, 6, 7, 8 },
	  .cgroups = &member,
	  .n_cgroups = 1 },
};
static struct world world = { .processes = processes, .n_processes = 2, .cgroups = cgroups, .n_cgroups = 3 };
static struct world_target target = { .text = "pid:9", .process = &processes[1] };
static struct explanation x;

static int fresh(void **state)
{
	memset(buf, 0, sizeof(buf));
	arena = (struct arena)ARENA_INIT(buf);
	world.arena = &arena;
	processes[1].euid = 0;
	processes[1].cap_eff = 0;
	processes[1].ns[WORLD_NS_USER] = 7;
	return 0;
}

static const struct explain_answer *answer(enum explain_topic topic, const char *name)
{
	for (size_t i = 0; i < x.topic[topic].n; i++)
		if (str_eq(x.topic[topic].v[i].name, name))
			return &x.topic[topic].v[i];
	return NULL;
}

static void the_smallest_limit_counts_and_whose_it_is_is_said(void **state)
{
	explain(&world, &target, &x);
	assert_string_equal(answer(EXPLAIN_LIMITS, "memory")->value, "50 MiB, of /a, above it; used 1 MiB");
	assert_string_equal(answer(EXPLAIN_LIMITS, "memory")->command, "cat /sys/fs/cgroup/a/memory.max");
	assert_non_null(answer(EXPLAIN_LIMITS, "memory")->warning);
	assert_string_equal(answer(EXPLAIN_LIMITS, "cpu")->value, "0.500 processors, of /a/b");
	assert_string_equal(answer(EXPLAIN_LIMITS, "OOM kills")->value, "3");
}

static void namespaces_are_the_hosts_or_its_own(void **state)
{
	explain(&world, &target, &x);
	assert_null(strstr(answer(EXPLAIN_NAMESPACES, "mnt")->value, "host"));
	assert_non_null(strstr(answer(EXPLAIN_NAMESPACES, "net")->value, "the host's"));
}

static const char *verdict(void)
{
	explain(&world, &target, &x);
	return answer(EXPLAIN_HOST_ROOT, "verdict")->more[0].value;
}

static void root_on_the_host_is_more_than_an_id(void **state)
{
	assert_string_equal(verdict(), "partly");
	processes[1].cap_eff = CAPS_BIT(CAP_SYS_ADMIN);
	assert_string_equal(verdict(), "yes");
	processes[1].ns[WORLD_NS_USER] = 77;
	processes[1].euid = 100000;
	assert_string_equal(verdict(), "no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_smallest_limit_counts_and_whose_it_is_is_said, fresh),
		cmocka_unit_test_setup(namespaces_are_the_hosts_or_its_own, fresh),
		cmocka_unit_test_setup(root_on_the_host_is_more_than_an_id, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
