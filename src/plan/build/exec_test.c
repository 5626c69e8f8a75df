/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/exec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char room[65536];

/* What a container's plan has, in its order, reduced to what matters here. */
static struct plan container(struct arena *a)
{
	struct plan p = { .arena = a };

	plan_add(&p, STEP_CGROUP, NULL)->cgroup.path = "/cg/c";
	plan_add(&p, STEP_LEASE, NULL);
	plan_add(&p, STEP_BRIDGE, NULL);
	plan_add(&p, STEP_PROCESS, NULL)->process = (typeof(p.steps->process)){ .flags = 7,
										.cgroup = "/cg/c" };
	plan_add(&p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = "/cg1/c";
	plan_add(&p, STEP_CGROUP_ENTER, NULL)->cgroup_enter.path = "/cg2/c";
	plan_add(&p, STEP_VETH, NULL);
	plan_add(&p, STEP_SESSION, NULL);
	plan_add(&p, STEP_USER, NULL)->user = (typeof(p.steps->user)){ .keep_caps = true };
	plan_add(&p, STEP_ROOT, NULL);
	plan_add(&p, STEP_WAIT, NULL);
	plan_add(&p, STEP_CONSOLE, NULL)->console.mount = true;
	plan_add(&p, STEP_PIVOT, NULL);
	plan_add(&p, STEP_WORKDIR, NULL)->workdir.path = "/work";
	plan_add(&p, STEP_RLIMIT, NULL)->rlimit.hard = 5;
	plan_add(&p, STEP_BOUNDING, NULL)->bounding.keep = 0xf0;
	plan_add(&p, STEP_USER, NULL)->user = (typeof(p.steps->user)){ .uid = 1000, .gid = 100 };
	plan_add(&p, STEP_CAPS, NULL)->caps.permitted = 0;
	plan_add(&p, STEP_NO_NEW_PRIVS, NULL);
	plan_add(&p, STEP_SECCOMP, NULL)->seccomp.profile = "default";
	plan_add(&p, STEP_EXEC, NULL);
	return p;
}

static const struct step *only(const struct plan *p, enum step_kind kind)
{
	const struct step *found = NULL;

	for (size_t i = 0; i < p->count; i++) {
		if (p->steps[i].kind != kind || (kind == STEP_USER && p->steps[i].user.keep_caps))
			continue;
		assert_null(found);
		found = &p->steps[i];
	}
	return found;
}

static void assert_kinds(const struct plan *p, const char *names)
{
	char have[512] = "";

	for (size_t i = 0; i < p->count; i++)
		snprintf(have + strlen(have), sizeof(have) - strlen(have), "%s%s", i ? " " : "",
			 step_ops(p->steps[i].kind)->name);
	assert_string_equal(have, names);
}

static void as_the_first(void **state)
{
	struct arena a = ARENA_INIT(room);
	struct plan c = container(&a), p = { .arena = &a };
	struct seccomp_filter filter = { 0 };
	struct exec_wish w = { .container = &c, .enters = 3, .seccomp = &filter };

	plan_build_exec(&p, &w);
	assert_kinds(
		&p,
		"process cgroup-join cgroup-join session user wait workdir rlimit bounding user caps no-new-privs seccomp exec");
	/* none of its steps may be one whose undo takes something of the container away, but the process,
	 * which is never undone */
	for (size_t i = 0; i < p.count; i++)
		assert_true(!step_ops(p.steps[i].kind)->undo || p.steps[i].kind == STEP_PROCESS);
	assert_int_equal(only(&p, STEP_PROCESS)->process.flags, 0);
	assert_int_equal(only(&p, STEP_PROCESS)->process.enter, 3);
	assert_string_equal(only(&p, STEP_PROCESS)->process.cgroup, "/cg/c");
	assert_string_equal(only(&p, STEP_WORKDIR)->workdir.path, "/work");
	assert_true(only(&p, STEP_WORKDIR)->workdir.must_exist);
	assert_int_equal(only(&p, STEP_BOUNDING)->bounding.keep, 0xf0);
	assert_int_equal(only(&p, STEP_USER)->user.uid, 1000);
	assert_int_equal(only(&p, STEP_CAPS)->caps.effective, 0);
	assert_ptr_equal(only(&p, STEP_SECCOMP)->seccomp.filter, &filter);
	assert_true(only(&p, STEP_EXEC)->exec.die_with_guise);
}

static void as_another_user(void **state)
{
	struct arena a = ARENA_INIT(room);
	struct plan c = container(&a), p = { .arena = &a };
	struct seccomp_filter filter = { 0 };
	struct user_ids root = { 0 };
	struct exec_wish w = { .container = &c,
			       .seccomp = &filter,
			       .user = &root,
			       .tty = true,
			       .detach = true,
			       .cgroup = "/cg/c/below", /* where the first one has moved to */
			       .workdir = "/" };

	plan_build_exec(&p, &w);
	assert_string_equal(only(&p, STEP_PROCESS)->process.cgroup, "/cg/c/below");
	assert_int_equal(only(&p, STEP_USER)->user.uid, 0);
	/* root has what the bounding set leaves */
	assert_int_equal(only(&p, STEP_CAPS)->caps.effective, 0xf0);
	assert_string_equal(only(&p, STEP_WORKDIR)->workdir.path, "/");
	assert_int_equal(only(&p, STEP_CONSOLE)->console.uid, 0);
	assert_false(only(&p, STEP_CONSOLE)->console.mount);
	assert_false(only(&p, STEP_EXEC)->exec.die_with_guise);
}

static void privileged(void **state)
{
	struct arena a = ARENA_INIT(room);
	struct plan c = container(&a), p = { .arena = &a };
	struct user_ids root = { 0 };
	struct exec_wish w = { .container = &c, .user = &root, .privileged = true, .caps_held = 0xfff };

	plan_build_exec(&p, &w);
	assert_int_equal(only(&p, STEP_BOUNDING)->bounding.keep, 0xfff);
	assert_int_equal(only(&p, STEP_CAPS)->caps.effective, 0xfff);
	assert_null(only(&p, STEP_SECCOMP));
	assert_null(only(&p, STEP_NO_NEW_PRIVS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_first),
		cmocka_unit_test(as_another_user),
		cmocka_unit_test(privileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
