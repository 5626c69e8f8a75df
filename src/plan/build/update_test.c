/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "plan/build/update.h"

static char first[65536];

static void add_set(struct plan *p, const char *file, const char *value)
{
	plan_add(p, STEP_CGROUP_SET, NULL)->cgroup_set =
		(struct step_cgroup_set){ .path = "/cg/a", .file = file, .value = value };
}

/* A container with a home and two limits. */
static struct plan old_plan(struct arena *a)
{
	struct plan p = { .arena = a };

	plan_add(&p, STEP_CGROUP, NULL)->cgroup = (struct step_cgroup){ .path = "/cg/a",
									.controllers = "pids" };
	add_set(&p, "pids.max", "10");
	add_set(&p, "io.max", "8:0 rbps=1");
	plan_add(&p, STEP_PROCESS, NULL);
	plan_add(&p, STEP_EXEC, NULL);
	return p;
}

/* The kinds of the steps, and what limits say. */
static const char *text_of(const struct plan *p)
{
	struct str s = { .arena = p->arena };

	for (size_t i = 0; i < p->count; i++) {
		const struct step *step = &p->steps[i];

		str_addf(&s, "%s%s", i ? ", " : "", step_ops(step->kind)->name);
		if (step->kind == STEP_CGROUP_SET)
			str_addf(&s, " %s=%s", step->cgroup_set.file, step->cgroup_set.value);
		if (step->kind == STEP_CGROUP)
			str_addf(&s, " %s (%s)", step->cgroup.path,
				 step->cgroup.controllers ? step->cgroup.controllers : "");
	}
	return str_get(&s);
}

static const char *updated(const struct plan *old, const struct update_wish *w)
{
	struct plan p = { .arena = old->arena };

	build_update(old, w, &p);
	return text_of(&p);
}

static void test_replaced(void **state)
{
	struct arena a = ARENA_INIT(first);
	struct plan old = old_plan(&a);
	struct update_write writes[] = { { "/cg/a", "pids.max", "20", false },
					 { "/cg/a", "io.max", "8:0 wbps=2", false },
					 { "/cg/a", "io.max", "8:16 rbps=3", false } };
	struct update_wish w = { .home = "/cg/a", .writes = writes, .n_writes = 3 };

	assert_string_equal(updated(&old, &w),
			    "cgroup /cg/a (pids), cgroup-set io.max=8:0 rbps=1, cgroup-set pids.max=20, "
			    "cgroup-set io.max=8:0 wbps=2, cgroup-set io.max=8:16 rbps=3, process, exec");
	writes[1].value = "8:0 rbps=9";
	w.n_writes = 2;
	assert_string_equal(updated(&old, &w), "cgroup /cg/a (pids), cgroup-set pids.max=20, "
					       "cgroup-set io.max=8:0 rbps=9, process, exec");
	arena_free(&a);
}

/* What a new cgroup has anyway is in no plan. */
static void test_none(void **state)
{
	struct arena a = ARENA_INIT(first);
	struct plan old = old_plan(&a);
	struct update_write writes[] = { { "/cg/a", "pids.max", "max", false },
					 { "/cg/a", "io.max", "8:0 rbps=max", false },
					 { "/cg/a", "cpu.max", "max 100000", false },
					 { "/cg/a", "cpu.cfs_quota_us", "-1", false },
					 { "/cg/a", "blkio.throttle.read_bps_device", "8:0 0", false } };
	struct update_wish w = { .home = "/cg/a", .writes = writes, .n_writes = ARRAY_LEN(writes) };

	assert_string_equal(updated(&old, &w), "cgroup /cg/a (pids), process, exec");
	arena_free(&a);
}

static void test_more(void **state)
{
	struct arena a = ARENA_INIT(first);
	struct plan old = old_plan(&a), twice = { .arena = &a };
	struct step_cgroup made = { .path = "/cg/memory/a" };
	struct update_write writes[] = { { "/cg/memory/a", "memory.limit_in_bytes", "5", false } };
	struct update_wish w = {
		.home = "/cg/a", .enable = "cpu", .made = &made, .n_made = 1, .writes = writes, .n_writes = 1
	};
	static const char expected[] =
		"cgroup /cg/a (pids cpu), cgroup-set pids.max=10, cgroup-set io.max=8:0 rbps=1, "
		"cgroup /cg/memory/a (), cgroup-set memory.limit_in_bytes=5, process, cgroup-join, exec";

	assert_string_equal(updated(&old, &w), expected);
	/* again, behind an update that was killed */
	build_update(&old, &w, &twice);
	w.enable = NULL;
	assert_string_equal(updated(&twice, &w), expected);
	assert_string_equal(build_update_home(&old, "/cg/a")->controllers, "pids");
	assert_null(build_update_home(&old, "/cg/b"));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_replaced), cmocka_unit_test(test_none),
					    cmocka_unit_test(test_more) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
