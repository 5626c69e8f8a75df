/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/cgroup/oom.h"

static void test_memcg(void **state)
{
	char line[] = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		      "oom_memcg=/guise,task_memcg=/guise/abc,task=python3,pid=4711,uid=1000";
	struct oom_record r;

	assert_int_equal(oom_record_parse(line, &r), 0);
	assert_string_equal(r.limit_cgroup, "/guise");
	assert_string_equal(r.task_cgroup, "/guise/abc");
	assert_string_equal(r.comm, "python3");
	assert_int_equal(r.pid, 4711);
}

static void test_global(void **state)
{
	char line[] = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=guise,mems_allowed=0,"
		      "global_oom,task_memcg=/,task=stress,pid=12,uid=0";
	struct oom_record r;

	assert_int_equal(oom_record_parse(line, &r), 0);
	assert_null(r.limit_cgroup);
	assert_string_equal(r.task_cgroup, "/");
	assert_int_equal(r.pid, 12);
}

/* A process chooses its own name. */
static void test_hostile_name(void **state)
{
	char line[] = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		      "oom_memcg=/a,task_memcg=/a/b,task=x,pid=1,uid=0,pid=77,uid=1000";
	struct oom_record r;

	assert_int_equal(oom_record_parse(line, &r), 0);
	assert_int_equal(r.pid, 77);
	assert_string_equal(r.comm, "x,pid=1,uid=0");
	assert_string_equal(r.task_cgroup, "/a/b");
}

static void test_other_lines(void **state)
{
	char lines[][96] = {
		"",
		"Memory cgroup out of memory: Killed process 12 (x) total-vm:1kB",
		"oom-kill:constraint=CONSTRAINT_MEMCG",
		"oom-kill:oom_memcg=/a,task_memcg=/a/b,task=x",
		"oom-kill:,oom_memcg=/a,task_memcg=/a/b,pid=3",
		"oom-kill:,oom_memcg=/a,task_memcg=/a/b,task=x,pid=,uid=0",
	};
	struct oom_record r;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_true(oom_record_parse(lines[i], &r) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcg),
		cmocka_unit_test(test_global),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
