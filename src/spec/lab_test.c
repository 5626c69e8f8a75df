/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "spec/lab.h"

static const char whole[] = "# a comment\n"
			    "title: A bridge\n"
			    "after: 03-netns\n"
			    "fault: bridge-down link-down\n"
			    "\n"
			    "[task]\n"
			    "\n"
			    "Make it.\n"
			    "\n"
			    "Well.\n"
			    "\n"
			    "[watch]\n"
			    "ip link\n"
			    "[setup]\n"
			    "[ -e /x ] ||\n"
			    "\ttouch /x\n"
			    "[goals]\n"
			    "# not a goal\n"
			    "link  machine br0\tup\n"
			    "\n"
			    "netns net1 -- it is there\n"
			    "[hints]\n"
			    "One,\n"
			    "still one.\n"
			    "\n"
			    "\n"
			    "Two.\n"
			    "[solution]\n"
			    "# why\n"
			    "ip link add br0 type bridge";

static int parse(struct arena *a, const char *file, const char *text, struct lab *l, struct err *e)
{
	return lab_parse(a, file, text, strlen(text), l, e);
}

static void test_whole(void **state)
{
	struct arena a = { 0 };
	struct lab l;
	struct err e;

	assert_int_equal(parse(&a, "04-bridge.lab", whole, &l, &e), 0);
	assert_int_equal(l.number, 4);
	assert_string_equal(l.name, "bridge");
	assert_string_equal(l.title, "A bridge");
	assert_string_equal(l.after, "03-netns");
	assert_int_equal(l.faults.n, 2);
	assert_true(lab_is_broken(&l));
	assert_string_equal(l.task, "Make it.\n\nWell.");
	assert_string_equal(l.setup, "[ -e /x ] ||\n\ttouch /x");
	assert_int_equal(l.watch.n, 1);
	assert_int_equal(l.n_goals, 2);
	assert_int_equal(l.goals[0].line, 19);
	assert_int_equal(l.goals[0].words.n, 4);
	assert_string_equal(l.goals[0].words.v[3], "up");
	assert_string_equal(l.goals[0].text, "link  machine br0\tup");
	assert_int_equal(l.goals[1].words.n, 2);
	assert_string_equal(l.goals[1].text, "it is there");
	assert_int_equal(l.hints.n, 2);
	assert_string_equal(l.hints.v[0], "One,\nstill one.");
	assert_string_equal(l.solution, "# why\nip link add br0 type bridge");
	arena_free(&a);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *what, *cause;
	} bad[] = {
		{ "titel: x\n", "line 1", "not one of title:, after: and fault:, each once" },
		{ "title: x\ntitle: y\n", "line 2", "not one of title:, after: and fault:, each once" },
		{ "title: x\n[tasks]\n", "line 2", "no such section" },
		{ "title: x\n[task]\na\n[task]\n", "line 4", "the section is there twice" },
		{ "title: x\n[task]\n\033[31m\n", "line 3", "a control character, or no UTF-8" },
		{ "title: x\n[task]\n\xff\n", "line 3", "a control character, or no UTF-8" },
		{ "title: x\n[task]\n\xe2\x80\xae\n", "line 3", "a character that moves or hides text" },
		{ "[task]\na\n[goals]\nb\n[solution]\nc\n", "line 7", "no title" },
		{ "title: x\n[goals]\nb\n[solution]\nc\n", "line 6", "no task" },
		{ "title: x\n[task]\na\n[goals]\n\n[solution]\nc\n", "line 8", "no goal" },
		{ "title: x\n[task]\na\n[goals]\nb\n[solution]\n\n", "line 8", "no solution" },
		{ "title: x\n[goals]\n -- b\n", "line 3", "a goal without words" },
		{ "", "line 1", "no title" },
	};
	struct arena a = { 0 };
	struct lab l;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (parse(&a, "1-a.lab", bad[i].text, &l, &e) == 0)
			fail_msg("taken: %s", bad[i].text);
		assert_string_equal(e.code, "lab-bad");
		assert_string_equal(e.cause, bad[i].cause);
		if (!strstr(e.what, bad[i].what))
			fail_msg("%s: %s", bad[i].text, e.what);
	}
	/* a NUL in the middle hides nothing */
	assert_true(lab_parse(&a, "1-a.lab", "title: x\0y", 10, &l, &e) < 0);
	assert_string_equal(e.cause, "a control character, or no UTF-8");
	arena_free(&a);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "a.lab",    "1.lab",     "1-.lab", "0-a.lab", "1234-a.lab",
					   "01-A.lab", "01-a.lab~", "01-a",   "",        "1-a/b.lab" };
	struct arena a = { 0 };
	const char *name;
	unsigned n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (lab_file_name(&a, bad[i], &n, &name))
			fail_msg("taken: %s", bad[i]);
	assert_true(lab_file_name(&a, "007-two-words.lab", &n, &name));
	assert_int_equal(n, 7);
	assert_string_equal(name, "two-words");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
