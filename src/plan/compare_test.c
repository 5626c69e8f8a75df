/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan/compare.h"

static struct arena arena;
static struct str text;

static enum found compare(const struct step *want, const struct step *have)
{
	text = (struct str){ .arena = &arena };
	return step_compare(want, have, &text);
}

static void what_is_equal_needs_no_words(void **state)
{
	struct step s = { .kind = STEP_CGROUP_SET,
			  .cgroup_set = { .path = "/a", .file = "pids.max", .value = "50" } };

	assert_int_equal(compare(&s, &s), FOUND_AS_PLANNED);
	assert_int_equal(text.len, 0);
}

static void a_difference_names_the_field_and_both_values(void **state)
{
	struct step want = { .kind = STEP_SCHEDULER, .scheduler = { .nice = 3, .priority = 0 } };
	struct step have = { .kind = STEP_SCHEDULER, .scheduler = { .nice = -1, .priority = 7 } };

	assert_int_equal(compare(&want, &have), FOUND_DIFFERENT);
	assert_string_equal(text.p, "nice: -1, not 3; priority: 7, not 0");
}

static void it_is_told_of_by_its_name_and_on_one_line(void **state)
{
	struct step want = { .kind = STEP_CGROUP_SET,
			     .cgroup_set = { .path = "/a", .file = "io.max", .value = "8:0 rbps=1" } };
	struct step have = want;

	have.cgroup_set.value = "8:0  rbps=2\n8:16\trbps=1\n";
	assert_int_equal(compare(&want, &have), FOUND_DIFFERENT);
	assert_string_equal(text.p, "io.max: value: 8:0 rbps=2 8:16 rbps=1, not 8:0 rbps=1");
	have.cgroup_set.value = "";
	assert_int_equal(compare(&want, &have), FOUND_DIFFERENT);
	assert_string_equal(text.p, "io.max: value: none, not 8:0 rbps=1");
}

static void what_cannot_be_seen_is_not_compared(void **state)
{
	struct step want = { .kind = STEP_CGROUP,
			     .cgroup = { .path = "/a", .controllers = "cpu", .shared = true } };
	struct step have = { .kind = STEP_CGROUP, .cgroup = { .path = "/a" } };

	assert_int_equal(compare(&want, &have), FOUND_AS_PLANNED);
}

static void a_text_may_say_the_same_in_other_words(void **state)
{
	struct step want = { .kind = STEP_AFFINITY, .affinity.cpus = "0-3" };
	struct step have = { .kind = STEP_AFFINITY, .affinity.cpus = "1,3" };

	assert_int_equal(compare(&want, &have), FOUND_AS_PLANNED);
	have.affinity.cpus = "1,4";
	assert_int_equal(compare(&want, &have), FOUND_DIFFERENT);
	assert_string_equal(text.p, "cpus: 1,4, not 0-3");
	have.affinity.cpus = NULL;
	assert_int_equal(compare(&want, &have), FOUND_DIFFERENT);
}

static void what_is_not_given_may_be_anything(void **state)
{
	struct step want = { .kind = STEP_RDT_GROUP, .rdt_group = { .path = "/a" } };
	struct step have = { .kind = STEP_RDT_GROUP, .rdt_group = { .path = "/a", .schemata = "L3:0=1" } };

	assert_int_equal(compare(&want, &have), FOUND_AS_PLANNED);
	want.rdt_group.schemata = "L3:0=7";
	assert_int_equal(compare(&want, &have), FOUND_DIFFERENT);
	assert_string_equal(text.p, "/a: schemata: L3:0=1, not L3:0=7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_equal_needs_no_words),
		cmocka_unit_test(a_difference_names_the_field_and_both_values),
		cmocka_unit_test(it_is_told_of_by_its_name_and_on_one_line),
		cmocka_unit_test(what_cannot_be_seen_is_not_compared),
		cmocka_unit_test(a_text_may_say_the_same_in_other_words),
		cmocka_unit_test(what_is_not_given_may_be_anything),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
