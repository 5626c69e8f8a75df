/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/testing.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"

static void reap_killed(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void test_probe(void **state)
{
	struct cgroup_layout none;

	ok(cgroup_probe(&a, 0, &none, &e));
	for (int c = 0; c < CG_COUNT; c++)
		assert_int_equal(none.at[c].held, CG_NOWHERE);
	assert_int_not_equal(l.at[CG_MEMORY].held, CG_NOWHERE);
	assert_non_null(l.at[CG_MEMORY].base);
	assert_non_null(l.cpus);
	assert_non_null(l.mems);
	assert_true(l.v2 || l.v1_home);
}

static void test_make_remove(void **state)
{
	char deep[64];

	snprintf(deep, sizeof(deep), "%s/deeper", parent);
	const char *dir = cgroup_home(&a, &l, deep, "one"), *other = cgroup_home(&a, &l, deep, "two");
	const char *top = cgroup_home(&a, &l, parent, "");

	ok(cgroup_make(dir, &e));
	assert_int_equal(cgroup_make(dir, &e), -EEXIST);
	assert_string_equal(e.code, "cgroup-exists");
	ok(cgroup_make(other, &e));
	/* what the container made itself, deeper than there are descriptors for */
	char *path = arena_strdup(&a, dir);
	for (int i = 0; i < 100; i++) {
		path = arena_printf(&a, "%s/d", path);
		assert_int_equal(mkdir(path, 0755), 0);
		assert_int_equal(mkdir(arena_printf(&a, "%s.side", path), 0755), 0);
	}
	ok(cgroup_remove(dir, NULL, 1000, &e));
	assert_false(exists(dir));
	assert_true(exists(other));
	ok(cgroup_remove(other, NULL, 1000, &e));
	assert_false(exists(top));
	ok(cgroup_remove(other, NULL, 1000, &e)); /* again: nothing there */
}

/* A parent that is not guise's stays, empty or not. */
static void test_parent_of_others(void **state)
{
	const char *top = arena_printf(&a, "%s/%s", l.v2 ?: l.v1_home, parent);
	const char *dir = cgroup_home(&a, &l, parent, "one");

	assert_int_equal(mkdir(top, 0755), 0);
	ok(cgroup_make(dir, &e));
	ok(cgroup_remove(dir, NULL, 1000, &e));
	assert_true(exists(top));
	assert_int_equal(rmdir(top), 0);
}

/* Killed between making the parent and marking it: guise's plan still knows that the parent was missing. */
static void test_parent_without_mark(void **state)
{
	struct cgroup_layout here = l;
	const char *top = arena_printf(&a, "%s/%s", l.v2 ?: l.v1_home, parent);
	const char *dir = cgroup_home(&a, &l, parent, "one");

	cgroup_probe_missing(&a, &here, parent);
	assert_string_equal(cgroup_missing_above(&here, dir), top);
	assert_int_equal(mkdir(top, 0755), 0);
	ok(cgroup_remove(dir, cgroup_missing_above(&here, dir), 1000, &e));
	assert_false(exists(top));
	ok(cgroup_make(dir, &e));
	cgroup_probe_missing(&a, &here, parent);
	assert_null(cgroup_missing_above(&here, dir));
	ok(cgroup_remove(dir, NULL, 1000, &e));
}

static void test_not_a_hierarchy(void **state)
{
	assert_true(cgroup_make("/tmp/guise-no-cgroup/guise/id", &e) < 0);
	assert_false(exists("/tmp/guise-no-cgroup"));
}

static void test_pids_and_busy(void **state)
{
	const char *dir = cgroup_home(&a, &l, parent, "busy"), *sub = arena_printf(&a, "%s/sub", dir);
	pid_t one, two, *pids;
	size_t n;

	ok(cgroup_make(dir, &e));
	assert_int_equal(mkdir(sub, 0755), 0);
	one = sleeper(dir);
	two = sleeper(sub);
	ok(cgroup_pids(&a, dir, &pids, &n));
	assert_int_equal(n, 2);
	assert_true((pids[0] == one && pids[1] == two) || (pids[0] == two && pids[1] == one));
	assert_int_equal(cgroup_remove(dir, NULL, 20, &e), -EBUSY);
	assert_string_equal(e.code, "cgroup-busy");
	assert_true(exists(dir));
	ok(cgroup1_kill(dir, 2000, &e));
	reap_killed(one);
	reap_killed(two);
	ok(cgroup_remove(dir, NULL, 1000, &e));
	ok(cgroup1_kill(dir, 100, &e)); /* gone: nobody to kill */
}

static void test_v2(void **state)
{
	if (!l.v2)
		skip();
	const char *dir = cgroup_home(&a, &l, parent, "v2");
	pid_t pid;

	ok(cgroup_make(dir, &e));
	pid = sleeper(dir);
	ok(cgroup2_freeze(dir, true, 1000, &e));
	ok(cgroup2_freeze(dir, false, 1000, &e));
	ok(cgroup2_kill(dir, &e));
	reap_killed(pid);
	ok(cgroup_remove(dir, NULL, 1000, &e));
	ok(cgroup2_kill(dir, &e));
}

/* Whatever cgroup2 holds here, down three levels. */
static void test_enable(void **state)
{
	char have[256], deep[64];
	const char *dir;

	snprintf(deep, sizeof(deep), "%s/deeper", parent);
	dir = cgroup_home(&a, &l, deep, "enable");
	if (!l.v2 ||
	    io_read_small(-1, arena_printf(&a, "%s/cgroup.controllers", l.v2), have, sizeof(have)) <= 0)
		skip();
	char *word = strrchr(have, ' ') ? strrchr(have, ' ') + 1 : have;

	ok(cgroup_make(dir, &e));
	ok(cgroup2_enable(l.v2, dir, word, &e));
	ok(cgroup2_enable(l.v2, dir, word, &e));
	assert_true(io_read_small(-1, arena_printf(&a, "%s/cgroup.controllers", dir), have, sizeof(have)) >
		    0);
	assert_non_null(strstr(have, word));
	assert_true(cgroup2_enable(l.v2, dir, "nonsense", &e) < 0);
	ok(cgroup_remove(dir, NULL, 1000, &e));
}

/* A base with a process in it, as a delegated cgroup has. */
static void test_enable_delegated(void **state)
{
	char have[256];
	const char *base = cgroup_home(&a, &l, parent, "base"), *dir = arena_printf(&a, "%s/guise/id", base);
	pid_t pid;

	if (!l.v2 ||
	    io_read_small(-1, arena_printf(&a, "%s/cgroup.controllers", l.v2), have, sizeof(have)) <= 0)
		skip();
	char *word = strrchr(have, ' ') ? strrchr(have, ' ') + 1 : have;

	ok(cgroup_make(base, &e));
	ok(cgroup2_enable(l.v2, base, word, &e));
	pid = sleeper(base);
	ok(cgroup_make(dir, &e));
	ok(cgroup2_enable(base, dir, word, &e));
	assert_true(io_read_small(-1, arena_printf(&a, "%s/cgroup.controllers", dir), have, sizeof(have)) >
		    0);
	assert_non_null(strstr(have, word));
	ok(cgroup1_kill(arena_printf(&a, "%s/" CGROUP2_CALLERS, base), 2000, &e));
	reap_killed(pid);
	ok(cgroup_remove(base, NULL, 1000, &e));
}

static void test_v1(void **state)
{
	char text[256];

	if (l.at[CG_CPUSET].held != CG_IN_V1)
		skip();
	const char *dir = cgroup_dir(&a, &l, CG_CPUSET, parent, "v1");

	ok(cgroup_make(dir, &e));
	ok(cgroup1_cpuset_inherit(l.at[CG_CPUSET].base, dir, &e));
	assert_true(io_read_small(-1, arena_printf(&a, "%s/cpuset.mems", dir), text, sizeof(text)) > 0);
	ok(cgroup_set(dir, "cpuset.cpus", "0", &e));
	ok(cgroup1_cpuset_inherit(l.at[CG_CPUSET].base, dir, &e)); /* keeps what is set */
	assert_true(io_read_small(-1, arena_printf(&a, "%s/cpuset.cpus", dir), text, sizeof(text)) > 0);
	assert_string_equal(text, "0");
	ok(cgroup_remove(dir, NULL, 1000, &e));
}

static void test_v1_freeze(void **state)
{
	/* cgroup_probe() takes v2's freezer wherever there is one */
	const char *dir = arena_printf(&a, "/sys/fs/cgroup/freezer/%s/f", parent);
	pid_t pid;

	if (!exists("/sys/fs/cgroup/freezer/tasks"))
		skip();
	ok(cgroup_make(dir, &e));
	pid = sleeper(dir);
	ok(cgroup1_freeze(dir, true, 2000, &e));
	ok(cgroup1_freeze(dir, false, 2000, &e));
	ok(cgroup1_kill(dir, 2000, &e));
	reap_killed(pid);
	ok(cgroup_remove(dir, NULL, 1000, &e));
}

static void test_set_errors(void **state)
{
	const char *dir = cgroup_dir(&a, &l, CG_MEMORY, parent, "set");
	bool v2 = l.at[CG_MEMORY].held == CG_IN_V2;

	ok(cgroup_make(dir, &e));
	if (v2)
		ok(cgroup2_enable(l.v2, dir, "memory", &e));
	ok(cgroup_set(dir, v2 ? "memory.max" : "memory.limit_in_bytes", "8388608", &e));
	assert_int_equal(cgroup_set(dir, v2 ? "memory.max" : "memory.limit_in_bytes", "lots", &e), -EINVAL);
	assert_non_null(strstr(e.what, "lots"));
	assert_non_null(strstr(e.what, dir));
	assert_int_equal(cgroup_set(dir, "memory.nonsense", "1", &e), -ENOENT);
	assert_string_not_equal(e.cause, "No such file or directory");
	ok(cgroup_remove(dir, NULL, 1000, &e));
	assert_int_equal(cgroup_set(dir, "memory.max", "1", &e), -ENOENT);
	assert_int_equal(cgroup_open(dir, &e), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_make_remove),
		cmocka_unit_test(test_parent_of_others),
		cmocka_unit_test(test_parent_without_mark),
		cmocka_unit_test(test_not_a_hierarchy),
		cmocka_unit_test(test_pids_and_busy),
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_enable),
		cmocka_unit_test(test_enable_delegated),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_v1_freeze),
		cmocka_unit_test(test_set_errors),
	};

	return cmocka_run_group_tests(tests, probe, NULL);
}
