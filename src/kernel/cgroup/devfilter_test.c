/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "kernel/cgroup/devfilter.h"

static struct arena arena;

static void rules_are_read(void **state)
{
	static const char *const bad[] = { "", "c", "c 1", "c 1:", "c 1:3", "c  : rwm", "\n" };
	struct dev_rule r;

	for (size_t i = 0; i < dev_default_count; i++) {
		assert_int_equal(dev_rule_parse(dev_rule_str(&arena, &dev_default[i]), &r), 0);
		assert_int_equal(r.type, dev_default[i].type);
		assert_int_equal(r.access, dev_default[i].access);
		assert_true(r.major == dev_default[i].major && r.minor == dev_default[i].minor);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(dev_rule_parse(bad[i], &r) < 0);
}

static bool same(const char *list, const struct dev_rule *rules, size_t n)
{
	return devfilter_same_v1(&arena, list, rules, n);
}

static void lists_of_v1_are_compared(void **state)
{
	static const struct dev_rule rules[] = {
		{ 'a', false, DEV_RWM, -1, -1 }, { 'c', true, DEV_READ, 1, 3 },
		{ 'c', true, DEV_WRITE, 1, 3 },  { 'b', true, DEV_MKNOD, -1, -1 },
		{ 'c', true, DEV_RWM, 1, 5 },    { 'c', false, DEV_RWM, 1, 5 },
	};
	static const struct dev_rule all = { 'a', true, DEV_RWM, -1, -1 };

	assert_true(same("c 1:3 rw\nb *:* m\n", rules, 6));
	assert_true(same("b *:* m\nc 1:3 rw", rules, 6)); /* in any order */
	assert_false(same("b *:* m\n", rules, 6));
	assert_false(same("b *:* m\nc 1:3 rw\nc 1:7 rwm\n", rules, 6));
	assert_false(same("b *:* m\nc 1:3 rw\nc 1:5 rwm\n", rules, 6));
	assert_false(same("b *:* m\nc 1:3 rwm\n", rules, 6));
	assert_false(same("c 1:3 rw\nc 1:3 rw\n", rules, 6));
	assert_true(same("b *:* m\nc 1:3 rw\nc 1:5 rwm\n", rules, 5));
	assert_false(same("a *:* rwm\n", rules, 6));
	assert_false(same("nonsense\n", rules, 6));
	assert_false(same("", rules, 6));
	assert_true(same("", rules, 1));
	assert_true(same("a *:* rwm\n", &all, 1));
	assert_false(same("", &all, 1));
	assert_false(same("c 1:3 rw\n", &all, 1));
}

/* Offsets that do not fit would lead anywhere. */
static void too_many_rules(void **state)
{
	enum { RULES = 40000 };
	struct dev_rule *rules = arena_array(&arena, struct dev_rule, RULES);
	struct err e = { 0 };

	for (int i = 0; i < RULES; i++)
		rules[i] = (struct dev_rule){ 'c', true, i % 2 ? DEV_READ : DEV_WRITE, i / 200, i % 200 };
	assert_int_equal(devfilter_attach(&arena, -1, rules, RULES, &e), -E2BIG);
	assert_string_equal(e.code, "devices-load");
	assert_non_null(strstr(e.cause, "some 8000 rules"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rules_are_read),
					    cmocka_unit_test(lists_of_v1_are_compared),
					    cmocka_unit_test(too_many_rules) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
