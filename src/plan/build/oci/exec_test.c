/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/oci/exec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/seccomp.h>
#include <sys/resource.h>

#include "kernel/process/caps.h"
#include "kernel/process/cpulist.h"

static struct arena a;
static const struct seccomp_filter filter;
static const char *argv[] = { "sleep", NULL }, *env[] = { "A=1", NULL }, *own[] = { "HOME=/root", NULL };

/* A container in a user namespace, that asks for all that exec takes over. */
static struct plan container(void)
{
	struct plan p = { .arena = &a };
	struct step *st;

	plan_add(&p, STEP_PROCESS, NULL)->process.cgroup = "/sys/fs/cgroup/box";
	plan_add(&p, STEP_IDMAP, NULL)->idmap.uid = "0 100000 65536";
	plan_add(&p, STEP_CGROUP_ENTER, NULL)->cgroup_enter.path = "/sys/fs/cgroup/cpuset/box";
	plan_add(&p, STEP_OOM_SCORE, NULL)->oom_score.value = 300;
	st = plan_add(&p, STEP_RLIMIT, NULL);
	st->rlimit.resource = RLIMIT_NOFILE;
	st->rlimit.hard = 9;
	plan_add(&p, STEP_WAIT, NULL);
	plan_add(&p, STEP_SESSION, NULL);
	plan_add(&p, STEP_USER, NULL)->user.keep_caps = true;
	plan_add(&p, STEP_HOSTNAME, NULL)->hostname.name = "box";
	plan_add(&p, STEP_WORKDIR, NULL)->workdir.path = "/srv";
	plan_add(&p, STEP_BOUNDING, NULL)->bounding.keep = 32;
	st = plan_add(&p, STEP_LABEL, NULL);
	st->label.lsm = "apparmor";
	st->label.value = "profile";
	st = plan_add(&p, STEP_LABEL, NULL);
	st->label.lsm = "selinux";
	st->label.value = "u:r:t:s0";
	plan_add(&p, STEP_USER, NULL)->user.uid = 7;
	plan_add(&p, STEP_CAPS, NULL)->caps.permitted = 32;
	st = plan_add(&p, STEP_SECCOMP, NULL);
	st->seccomp.listener = "/run/agent";
	st->seccomp.metadata = "m";
	st = plan_add(&p, STEP_EXEC, NULL);
	st->exec.argv = (struct strv){ argv, 1 };
	st->exec.env = (struct strv){ env, 1 };
	st->exec.own_env = (struct strv){ own, 1 };
	return p;
}

static struct plan build(const struct plan *first, struct oci_config *c)
{
	struct plan p = { .arena = &a };
	struct oci_facts f = { .privileged = true, .caps_held = CAPS_ALL, .seccomp = &filter };
	struct oci_exec_wish w = { .container = first };

	plan_build_oci_exec(&p, c, &f, &w);
	return p;
}

static long at(const struct plan *p, enum step_kind kind)
{
	const struct step *s = plan_last(p, kind);

	return s ? s - p->steps : -1;
}

static void read_back(void **state)
{
	struct plan first = container();
	struct oci_config c;

	oci_config_of_plan(&a, &first, &c);
	assert_string_equal(c.process.apparmor, "profile");
	assert_string_equal(c.process.selinux, "u:r:t:s0");
	assert_int_equal(c.process.n_rlimits, 1);
	assert_int_equal(c.process.oom_score_adj, 300);
	assert_int_equal(c.process.uid, 7);
	assert_int_equal(c.process.env.n, 1); /* HOME is that of the process's user */
	assert_string_equal(c.seccomp->listener_path, "/run/agent");
	assert_string_equal(c.seccomp->listener_metadata, "m");
	assert_int_equal(c.seccomp->flags, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	assert_true(c.ns[NS_USER].given);
}

static void built(void **state)
{
	struct plan first = container(), p;
	struct oci_config c;

	oci_config_of_plan(&a, &first, &c);
	p = build(&first, &c);
	assert_int_equal(at(&p, STEP_HOSTNAME), -1);
	assert_int_equal(plan_last(&p, STEP_RLIMIT)->rlimit.hard, 9);
	assert_in_range(at(&p, STEP_CAPS), 0, at(&p, STEP_RLIMIT));
	assert_int_equal(plan_last(&p, STEP_HOST_RLIMIT)->rlimit.hard, 9);
	assert_int_equal(plan_last(&p, STEP_OOM_SCORE)->oom_score.value, 300);
	assert_string_equal(plan_last(&p, STEP_LABEL)->label.value, "u:r:t:s0");
	assert_in_range(at(&p, STEP_PROCFS), 0, at(&p, STEP_LABEL));
	assert_string_equal(plan_last(&p, STEP_SECCOMP)->seccomp.listener, "/run/agent");
	assert_int_equal(at(&p, STEP_SECCOMP), p.count - 2);
	assert_true(plan_last(&p, STEP_CAPS)->caps.load_filter);
	assert_string_equal(plan_last(&p, STEP_AFFINITY)->affinity.cpus, CPULIST_ALL);
	assert_int_equal(at(&p, STEP_HOST_AFFINITY), -1);
}

static void affinity(void **state)
{
	struct plan first = container(), p;
	struct oci_config c;

	oci_config_of_plan(&a, &first, &c);
	c.process.affinity_initial = "0-1";
	p = build(&first, &c);
	assert_string_equal(plan_last(&p, STEP_HOST_AFFINITY)->affinity.cpus, "0-1");
	assert_in_range(at(&p, STEP_HOST_AFFINITY), 0, at(&p, STEP_PROCESS));
	assert_string_equal(plan_last(&p, STEP_AFFINITY)->affinity.cpus, CPULIST_ALL);
	assert_true(at(&p, STEP_AFFINITY) > at(&p, STEP_WAIT));
	c.process.affinity_final = "1";
	p = build(&first, &c);
	assert_string_equal(plan_last(&p, STEP_AFFINITY)->affinity.cpus, "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_back),
		cmocka_unit_test(built),
		cmocka_unit_test(affinity),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&a);
	return r;
}
