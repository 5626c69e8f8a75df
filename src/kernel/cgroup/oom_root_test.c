/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/oom.h"
#include "kernel/cgroup/v2.h"

static char first[65536];
static struct arena a = ARENA_INIT(first);
static struct cgroup_layout l;
static struct err e;
static const char *mount_point, *top, *dir;
static enum cgroup_held held;

enum { LIMIT = 8 << 20, NEED = 32 << 20 };

static void set_limit(const char *path)
{
	char value[32];

	snprintf(value, sizeof(value), "%d", LIMIT);
	assert_int_equal(
		cgroup_set(path, held == CG_IN_V2 ? "memory.max" : "memory.limit_in_bytes", value, &e), 0);
	if (l.memsw && held == CG_IN_V2)
		assert_int_equal(cgroup_set(path, "memory.swap.max", "0", &e), 0);
	else if (l.memsw)
		assert_int_equal(cgroup_set(path, "memory.memsw.limit_in_bytes", value, &e), 0);
}

static int make(void **state)
{
	static int tests;
	char parent[64], id[16];

	if (cgroup_probe(&a, CG_BIT(CG_MEMORY), &l, &e) < 0 || l.at[CG_MEMORY].held == CG_NOWHERE)
		return -1;
	held = l.at[CG_MEMORY].held;
	mount_point = l.at[CG_MEMORY].base;
	snprintf(parent, sizeof(parent), "guise-test-%d", getpid());
	top = arena_printf(&a, "%s/%s", mount_point, parent);
	/* an id is used once: the log remembers */
	snprintf(id, sizeof(id), "oom%d", tests++);
	dir = cgroup_dir(&a, &l, CG_MEMORY, parent, id);
	if (cgroup_make(dir, &e) < 0)
		return -1;
	return held == CG_IN_V2 ? cgroup2_enable(mount_point, dir, "memory", &e) : 0;
}

static int clean(void **state)
{
	return cgroup_remove(dir, NULL, 5000, &e);
}

/* A process in the cgroup that takes more than the limit. Returns its pid, killed and reaped. */
static pid_t hog(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prctl(PR_SET_NAME, "hog,pid=1,uid");
		if (cgroup_join(dir, 0, &e) < 0)
			_exit(1);
		char *p = mmap(NULL, NEED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (size_t i = 0; i < NEED; i += 4096)
			p[i] = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	return pid;
}

/* Is this the first pid namespace, by whose numbers the kernel's log tells of processes? */
static bool is_numbered_as_in_log(void)
{
	struct stat ns;

	return stat("/proc/self/ns/pid", &ns) == 0 && ns.st_ino == 0xeffffffc; /* PROC_PID_INIT_INO, since 3.8 */
}

static void check(const struct cgroup_oom *o, enum cgroup_oom_whose whose, const char *cgroup)
{
	assert_int_equal(o->kills, 1);
	assert_int_equal(o->whose, whose);
	assert_string_equal(o->cgroup, cgroup);
	assert_int_equal(o->limit, LIMIT);
	/* a process that is being killed may go beyond the limit to end sooner */
	assert_in_range(o->peak, LIMIT - (1 << 20), LIMIT + (8 << 20));
}

/* The same question with /dev/kmsg hidden, in a mount namespace of a child's: the counters have to tell. */
static void check_without_log(const struct cgroup_oom_snapshot *s, enum cgroup_oom_whose whose,
			      const char *cgroup)
{
	struct {
		struct cgroup_oom o;
		char cgroup[256];
	} *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("/dev/null", "/dev/kmsg", NULL, MS_BIND, NULL) < 0)
			_exit(1);
		cgroup_oom_read(&a, mount_point, dir, held, 0, 0, s, &told->o);
		snprintf(told->cgroup, sizeof(told->cgroup), "%s", told->o.cgroup ?: "none");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	told->o.cgroup = told->cgroup;
	check(&told->o, whose, cgroup);
	assert_int_equal(told->o.pid, 0);
	munmap(told, sizeof(*told));
}

static void test_none(void **state)
{
	struct cgroup_oom o;

	assert_false(cgroup_oom_read(&a, mount_point, dir, held, 0, 0, NULL, &o));
	assert_int_equal(o.kills, 0);
	assert_int_equal(o.limit, -1);
}

static void test_own(void **state)
{
	struct cgroup_oom_snapshot snapshot;
	struct cgroup_oom o;
	pid_t pid;

	set_limit(dir);
	cgroup_oom_snapshot(mount_point, dir, held, &snapshot);
	assert_int_equal(snapshot.n, 2); /* the parent and the mount */
	pid = hog();
	assert_true(cgroup_oom_read(&a, mount_point, dir, held, 0, 0, &snapshot, &o));
	check(&o, OOM_OWN, dir);
	assert_true(o.pid == pid || !is_numbered_as_in_log());
	assert_string_equal(o.comm, "hog,pid=1,uid");
	check_without_log(&snapshot, OOM_OWN, dir);
	check_without_log(NULL, OOM_OWN, dir);
}

static void test_ancestor(void **state)
{
	struct cgroup_oom_snapshot snapshot;
	struct cgroup_oom o;
	pid_t pid;

	set_limit(top);
	cgroup_oom_snapshot(mount_point, dir, held, &snapshot);
	pid = hog();
	assert_true(cgroup_oom_read(&a, mount_point, dir, held, 0, 0, &snapshot, &o));
	check(&o, OOM_ANCESTOR, top);
	assert_true(o.pid == pid || !is_numbered_as_in_log());
	check_without_log(&snapshot, OOM_ANCESTOR, top);
	check_without_log(NULL, OOM_ANCESTOR, top);
}

/* A container without a memory cgroup of its own: the log, by the pid of its init. */
static void test_by_pid(void **state)
{
	struct cgroup_oom o;
	struct timespec now;
	pid_t pid;

	if (!is_numbered_as_in_log())
		skip();
	clock_gettime(CLOCK_MONOTONIC, &now);
	set_limit(dir);
	pid = hog();
	assert_true(cgroup_oom_read(&a, mount_point, NULL, held, pid, now.tv_sec, NULL, &o));
	assert_int_equal(o.pid, pid);
	assert_int_equal(o.whose, OOM_ANCESTOR);
	assert_string_equal(o.cgroup, dir);
	assert_false(cgroup_oom_read(&a, mount_point, NULL, held, pid, now.tv_sec * 2 + 100, NULL, &o));
	assert_false(cgroup_oom_read(&a, mount_point, NULL, held, 1, now.tv_sec, NULL, &o));
}

/* Others on the machine may be killed, too: their number grows at least. */
static void test_since(void **state)
{
	uint64_t kills = 0, before;

	cgroup_oom_since(&a, &kills);
	before = kills;
	set_limit(dir);
	hog();
	assert_true(cgroup_oom_since(&a, &kills));
	assert_true(kills > before);
	before = 0;
	assert_true(cgroup_oom_since(&a, &before));
	assert_true(before >= kills);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, make, clean),
		cmocka_unit_test_setup_teardown(test_own, make, clean),
		cmocka_unit_test_setup_teardown(test_ancestor, make, clean),
		cmocka_unit_test_setup_teardown(test_by_pid, make, clean),
		cmocka_unit_test_setup_teardown(test_since, make, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
