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
static const struct seccomp_filter filter = { .flags = SECCOMP_FILTER_FLAG_NEW_LISTENER };
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

/* What was configured for it. */
static struct oci_config configured(void)
{
	static struct spec_rlimit limit = { .resource = RLIMIT_NOFILE, .hard = 9 };
	static struct seccomp_profile profile = { .listener_path = "/run/agent", .listener_metadata = "m" };
	struct oci_config c = { .has_process = true, .seccomp = &profile };

	c.ns[NS_USER].given = true;
	c.process = (struct oci_process){ .cwd = "/srv",
					  .args = { argv, 1 },
					  .env = { env, 1 },
					  .uid = 7,
					  .has_caps = true,
					  .caps = { .bounding = 32, .permitted = 32 },
					  .has_oom_score_adj = true,
					  .oom_score_adj = 300,
					  .rlimits = &limit,
					  .n_rlimits = 1,
					  .apparmor = "profile",
					  .selinux = "u:r:t:s0" };
	return c;
}

static void built(void **state)
{
	struct plan first = container(), p;
	struct oci_config c = configured();

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
	struct oci_config c = configured();

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
		cmocka_unit_test(built),
		cmocka_unit_test(affinity),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&a);
	return r;
}
