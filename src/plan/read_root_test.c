/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A process that no plan is known of, read: with what it has of its own, and that of a neighbour who has
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan/read.h"

static struct arena arena;
static struct target target;
static struct plan plan;
static struct str unread;
static pid_t child;

static int become(void)
{
	static const struct rlimit limit = { 77, 99 };

	return unshare(CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWNET) < 0 || sethostname("stranger", 8) < 0 ||
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	       mount("mine", "/mnt", "tmpfs", MS_NOSUID | MS_RDONLY, NULL) < 0 ||
	       setrlimit(RLIMIT_NOFILE, &limit) < 0 || prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE) < 0 ||
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setpriority(PRIO_PROCESS, 0, 7) < 0 ||
	       chdir("/mnt") < 0;
}

static int setup(void **state)
{
	int ends[2];
	char failed = 1;

	if (pipe(ends) < 0)
		return -1;
	if ((child = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		failed = (char)become();
		if (write(ends[1], &failed, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ends[0], &failed, 1) != 1 || failed)
		return -1;
	target_init(&target, &arena, child, (int)syscall(SYS_pidfd_open, child, 0));
	plan.arena = &arena;
	unread.arena = &arena;
	plan_read(&target, &plan, &unread);
	return 0;
}

static int teardown(void **state)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	target_close(&target);
	arena_free(&arena);
	return 0;
}

static const struct step *last(enum step_kind kind)
{
	const struct step *s = plan_last(&plan, kind);

	assert_non_null(s);
	return s;
}

static void names_and_namespaces(void **state)
{
	assert_string_equal(last(STEP_HOSTNAME)->hostname.name, "stranger");
	assert_int_equal(last(STEP_PROCESS)->process.flags, CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWNET);
	assert_null(plan_last(&plan, STEP_TIME_NS));
}

static void limits(void **state)
{
	bool found = false;

	assert_int_equal(last(STEP_SCHEDULER)->scheduler.nice, 7);
	for (size_t i = 0; i < plan.count; i++) {
		const struct step *s = &plan.steps[i];

		if (s->kind != STEP_RLIMIT || !str_eq(s->rlimit.name, "nofile"))
			continue;
		assert_int_equal(s->rlimit.soft, 77);
		assert_int_equal(s->rlimit.hard, 99);
		found = true;
	}
	assert_true(found);
	assert_true(*last(STEP_CGROUP)->cgroup.path == '/');
	assert_int_equal(access(last(STEP_CGROUP)->cgroup.path, F_OK), 0);
}

static void privileges(void **state)
{
	assert_int_equal(last(STEP_USER)->user.uid, getuid());
	assert_false(last(STEP_BOUNDING)->bounding.keep & 1ULL << CAP_SYS_MODULE);
	assert_true(last(STEP_CAPS)->caps.effective & 1ULL << CAP_SYS_ADMIN);
	last(STEP_NO_NEW_PRIVS);
}

static void mounts(void **state)
{
	for (size_t i = 0; i < plan.count; i++) {
		const struct step *s = &plan.steps[i];

		if (s->kind != STEP_MOUNT || !str_eq(s->mount.target, "/mnt"))
			continue;
		assert_string_equal(s->mount.type, "tmpfs");
		assert_string_equal(s->mount.source, "mine");
		assert_true(s->mount.attr & MOUNT_ATTR_NOSUID && !(s->mount.attr & MOUNT_ATTR_NOEXEC));
		assert_int_equal(s->mount.propagation, MS_PRIVATE);
		assert_string_equal(last(STEP_WORKDIR)->workdir.path, "/mnt");
		return;
	}
	fail();
}

static void the_network(void **state)
{
	/* lo of a new network namespace is down, which is what guise would have made otherwise */
	last(STEP_LOOPBACK);
}

static void it_can_be_shown(void **state)
{
	struct str out = { .arena = &arena };

	plan_explain(&plan, &target, false, &out);
	assert_non_null(strstr(out.p, "hostname stranger\n"));
	assert_non_null(strstr(out.p, "--nofile=77:99\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_namespaces), cmocka_unit_test(limits),
		cmocka_unit_test(privileges),           cmocka_unit_test(mounts),
		cmocka_unit_test(the_network),          cmocka_unit_test(it_can_be_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
