/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "base/json.h"
#include "plan/plan.h"

static struct arena arena;

static struct plan make_plan(void)
{
	struct plan p = { .arena = &arena };
	struct step *s = plan_add(&p, STEP_OOM_SCORE, "whom the kernel kills first");

	s->oom_score.value = 5;
	plan_add(&p, STEP_WAIT, NULL)->wait.what = "the network";
	plan_add(&p, STEP_HOSTNAME, NULL)->hostname.name = "web";
	s = plan_add(&p, STEP_RLIMIT, NULL);
	s->rlimit.name = "nofile";
	s->rlimit.soft = 1;
	s->rlimit.hard = 2;
	plan_add(&p, STEP_LOOPBACK, "its own loopback");
	return p;
}

static const char *explain(pid_t pid, bool check, unsigned *wrong)
{
	struct plan p = make_plan();
	struct str out = { .arena = &arena };
	struct target t;

	target_init(&t, &arena, 0, -1);
	t.pid = pid;
	*wrong = plan_explain(&p, &t, check, &out);
	return out.p;
}

static void test_running(void **state)
{
	unsigned wrong;
	const char *text = explain(4711, false, &wrong);

	assert_int_equal(wrong, 0);
	assert_string_equal(text, "# ---- limits: what it may use\n"
				  "# whom the kernel kills first\n"
				  "echo 5 > /proc/4711/oom_score_adj\n"
				  "\n# ---- isolation: what it sees\n"
				  "nsenter --target 4711 --uts hostname web\n"
				  "\n# ---- root: the file system where it lives\n"
				  "\n# ---- network: whom it reaches\n"
				  "# its own loopback\n"
				  "nsenter --target 4711 --net ip link set lo up\n"
				  "\n# ---- security: what it may do\n"
				  "prlimit --pid 4711 --nofile=1:2\n");
}

static void test_ended(void **state)
{
	unsigned wrong;
	const char *text = explain(0, true, &wrong);

	/* all of it dies with the container; the wait is no part of it */
	assert_int_equal(wrong, 4);
	assert_non_null(strstr(text, "\nmissing   echo 5 > /proc/$pid/oom_score_adj\n"));
	assert_non_null(strstr(text, "\n          # its own loopback\nmissing   ip link set lo up\n"));
}

static void test_json(void **state)
{
	struct plan p = make_plan();
	struct str out = { .arena = &arena };
	struct err e = { 0 };
	struct target t;
	json_object *list, *last, *shell;

	target_init(&t, &arena, 0, -1);
	t.pid = 4711;
	plan_explain_json(&p, &t, false, &out);
	list = json_from_text(out.p, out.len, &e);
	assert_non_null(list);
	assert_int_equal(json_object_array_length(list), 4);
	last = json_object_array_get_idx(list, 3);
	assert_string_equal(json_object_get_string(json_object_object_get(last, "step")), "loopback");
	assert_string_equal(json_object_get_string(json_object_object_get(last, "section")), "network");
	shell = json_object_array_get_idx(json_object_object_get(last, "shell"), 0);
	assert_string_equal(json_object_get_string(shell), "nsenter --target 4711 --net ip link set lo up");
	json_object_put(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_running), cmocka_unit_test(test_ended),
					    cmocka_unit_test(test_json) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
