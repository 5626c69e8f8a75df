/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What guise-oci needs of cgroups beyond guise run: those of others, all hierarchies, owners, out-of-memory
 * events. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/oom_watch.h"
#include "kernel/cgroup/testing.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"

static bool reads(const char *dir, const char *file, const char *want)
{
	char path[512], text[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return io_read_small(-1, path, text, sizeof(text)) >= 0 && strstr(text, want);
}

/* Each v1 hierarchy that /proc/self/cgroup has a line for, and that is mounted, once. */
static void test_probe_every(void **state)
{
	for (unsigned i = 0; i < l.n_v1; i++) {
		assert_int_equal(access(cgroup_path(&a, l.v1[i].base, "/", "cgroup.procs"), F_OK), 0);
		assert_int_equal(l.v1[i].cpuset, strstr(l.v1[i].names, "cpuset") != NULL);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(l.v1[i].base, l.v1[k].base);
	}
	for (int c = 0; c < CG_COUNT; c++) {
		bool found = l.at[c].held != CG_IN_V1;

		for (unsigned i = 0; i < l.n_v1; i++)
			found |= str_eq(l.at[c].base, l.v1[i].base);
		assert_true(found);
	}
	assert_true(!l.v2 || l.v2_controllers);
}

static void test_ensure(void **state)
{
	const char *dir = cgroup_home(&a, &l, parent, "x");

	assert_int_equal(ok(cgroup_ensure(dir, &e)), 0);
	assert_int_equal(ok(cgroup_ensure(dir, &e)), 1);
	ok(cgroup_remove(dir, NULL, 1000, &e));
	assert_int_not_equal(access(dir, F_OK), 0);
}

static void test_enter(void **state)
{
	int status;

	for (unsigned i = 0; i < l.n_v1; i++) {
		const char *dir = cgroup_path(&a, l.v1[i].base, parent, "x");
		pid_t pid;

		ok(cgroup_make(dir, &e));
		if (l.v1[i].cpuset)
			ok(cgroup1_cpuset_inherit(l.v1[i].base, dir, &e));
		if ((pid = fork()) == 0)
			_exit(cgroup_enter(dir, &e) == 0 && reads("/proc/self", "cgroup", parent) ? 0 : 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		ok(cgroup_remove(dir, NULL, 1000, &e));
	}
}

static void test_frozen(void **state)
{
	const char *dir = cgroup_home(&a, &l, parent, "x");
	pid_t pid;

	if (!l.v2)
		skip();
	ok(cgroup_make(dir, &e));
	pid = sleeper(dir);
	assert_false(cgroup_is_frozen(dir));
	ok(cgroup2_freeze(dir, true, 2000, &e));
	assert_true(cgroup_is_frozen(dir));
	ok(cgroup2_freeze(dir, false, 2000, &e));
	assert_false(cgroup_is_frozen(dir));
	ok(cgroup2_kill(dir, &e));
	waitpid(pid, NULL, 0);
	ok(cgroup_remove(dir, NULL, 1000, &e));
	assert_false(cgroup_is_frozen(dir));
}

/* The directory and the files that make cgroups below it; no limit. */
static void test_give(void **state)
{
	const char *dir = cgroup_home(&a, &l, parent, "x");
	struct stat st;

	if (!l.v2)
		skip();
	ok(cgroup_make(dir, &e));
	ok(cgroup2_give(dir, 12345, &e));
	assert_true(stat(dir, &st) == 0 && st.st_uid == 12345);
	assert_true(stat(arena_printf(&a, "%s/cgroup.procs", dir), &st) == 0 && st.st_uid == 12345);
	assert_true(stat(arena_printf(&a, "%s/cgroup.subtree_control", dir), &st) == 0 && st.st_uid == 12345);
	assert_true(stat(arena_printf(&a, "%s/cgroup.max.depth", dir), &st) == 0 && st.st_uid == 0);
	ok(cgroup_remove(dir, NULL, 1000, &e));
}

/* What there is gets enabled, and an unknown word among them spoils nothing. */
static void test_wanted(void **state)
{
	const char *dir = cgroup_home(&a, &l, parent, "x");

	if (!l.v2 || !*l.v2_controllers)
		skip();
	ok(cgroup_make(dir, &e));
	cgroup2_enable_wanted(l.v2, dir, arena_printf(&a, "nonsense %s", l.v2_controllers));
	assert_true(reads(dir, "cgroup.controllers", l.v2_controllers));
	ok(cgroup_remove(dir, NULL, 1000, &e));
}

static void use_memory(const char *dir)
{
	enum { SIZE = 32 << 20 };
	char *p;

	if (cgroup_join(dir, 0, &e) < 0)
		_exit(1);
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < SIZE; i += 4096)
		p[i] = 1;
	_exit(0);
}

static void test_oom_watch(void **state)
{
	const char *dir = cgroup_dir(&a, &l, CG_MEMORY, parent, "x");
	bool v2 = l.at[CG_MEMORY].held == CG_IN_V2;
	struct cgroup_oom_watch w;
	struct pollfd p;
	int status;
	pid_t pid;

	if (!dir)
		skip();
	ok(cgroup_make(dir, &e));
	if (v2)
		ok(cgroup2_enable(l.v2, dir, "memory", &e));
	ok(cgroup_set(dir, v2 ? "memory.max" : "memory.limit_in_bytes", "8388608", &e));
	if (v2)
		(void)cgroup_set(dir, "memory.swap.max", "0", &e);
	ok(cgroup_oom_watch(dir, l.at[CG_MEMORY].held, &w, &e));
	assert_int_equal(cgroup_oom_seen(&w), 0);
	if ((pid = fork()) == 0)
		use_memory(dir);
	p = (struct pollfd){ .fd = w.fd, .events = w.events };
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(cgroup_oom_seen(&w), 1);
	assert_int_equal(cgroup_oom_seen(&w), 0);
	ok(cgroup_remove(dir, NULL, 2000, &e));
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(cgroup_oom_seen(&w), -ENODEV);
	cgroup_oom_unwatch(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe_every), cmocka_unit_test(test_ensure),
		cmocka_unit_test(test_enter),       cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_give),        cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_oom_watch),
	};

	return cmocka_run_group_tests(tests, probe, NULL);
}
