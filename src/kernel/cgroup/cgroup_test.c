/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/cgroup/cgroup.h"

static char first[4096];

static void test_parent_check(void **state)
{
	static const char *const good[] = { "guise", "/guise", "user.slice/mine", "a/b/c", "..a", "..." };
	static const char *const bad[] = { "",   "/",    "..",      "guise/..", "../guise", "a/../../b", ".",
					   "a/", "a//b", "//guise", "a/./b",    "a\nb",     "a\177" };
	char longest[300];
	struct err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(cgroup_parent_check(good[i], &e), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e = (struct err){ 0 };
		assert_true(cgroup_parent_check(bad[i], &e) < 0);
		assert_string_equal(e.code, "bad-cgroup-parent");
	}
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_true(cgroup_parent_check(longest, &e) < 0);
}

static void test_dir(void **state)
{
	struct arena a = ARENA_INIT(first);
	struct cgroup_layout hybrid = {
		.v2 = "/sys/fs/cgroup/unified",
		.at = { [CG_MEMORY] = { CG_IN_V1, "/sys/fs/cgroup/memory" },
			[CG_HUGETLB] = { CG_IN_V2, "/sys/fs/cgroup/unified" } },
	};
	struct cgroup_layout v1 = { .v1_home = "/sys/fs/cgroup/pids" },
			     denied = { .v2_denied = "/sys/fs/cgroup/x" };

	assert_string_equal(cgroup_home(&a, &hybrid, "guise", "1"), "/sys/fs/cgroup/unified/guise/1");
	assert_string_equal(cgroup_home(&a, &hybrid, "/guise", "1"), "/sys/fs/cgroup/unified/guise/1");
	assert_string_equal(cgroup_dir(&a, &hybrid, CG_MEMORY, "guise", "1"),
			    "/sys/fs/cgroup/memory/guise/1");
	assert_string_equal(cgroup_dir(&a, &hybrid, CG_HUGETLB, "a/b", "1"), "/sys/fs/cgroup/unified/a/b/1");
	assert_null(cgroup_dir(&a, &hybrid, CG_RDMA, "guise", "1"));
	assert_string_equal(cgroup_home(&a, &v1, "guise", "1"), "/sys/fs/cgroup/pids/guise/1");
	assert_null(cgroup_home(&a, &denied, "guise", "1"));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parent_check),
		cmocka_unit_test(test_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
