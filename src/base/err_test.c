/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void a_failure_is_never_0(void **state)
{
	struct err e = { 0 };

	assert_int_equal(err_set(&e, "x", 0, "do it"), -EINVAL);
	assert_string_equal(e.code, "x");
	assert_int_equal(err_status_of(&e), 125);
	assert_int_equal(err_status(&e, 127), -EINVAL);
	assert_int_equal(err_status_of(&e), 127);
}

/* It may be a process that somebody traces. */
static void what_others_say_is_a_failure(void **state)
{
	struct err told = { 0 }, e;

	assert_int_equal(err_take(&e, &told), -EPROTO);
	assert_int_equal(e.status, 125);
	memset(&told, 'x', sizeof(told));
	assert_true(err_take(&e, &told) < 0);
	assert_int_equal(e.status, 125);
	assert_int_equal(strlen(e.code), sizeof(e.code) - 1);
	assert_int_equal(strlen(e.what), sizeof(e.what) - 1);
	assert_int_equal(strlen(e.cause), sizeof(e.cause) - 1);
	assert_int_equal(strlen(e.hint), sizeof(e.hint) - 1);
	told = (struct err){ .no = INT32_MIN, .status = -1 };
	assert_true(err_take(&e, &told) < 0);
	assert_int_equal(e.status, 125);
	err_set(&told, "code", ENOENT, "open it"), err_cause(&told, "why"), err_hint(&told, "what then");
	err_status(&told, 127);
	assert_int_equal(err_take(&e, &told), -ENOENT);
	assert_memory_equal(&e, &told, sizeof(e));
}

static void a_hint_for_one_cause_is_not_given_for_another(void **state)
{
	struct err e;

	assert_int_equal((err_set(&e, "x", EMFILE, "open it"), err_hint_for(&e, ENOENT, "make it")), -EMFILE);
	assert_string_equal(e.hint, "");
	assert_int_equal((err_set(&e, "x", ENOENT, "open it"), err_hint_for(&e, ENOENT, "make %s", "it")),
			 -ENOENT);
	assert_string_equal(e.hint, "make it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_is_never_0),
		cmocka_unit_test(what_others_say_is_a_failure),
		cmocka_unit_test(a_hint_for_one_cause_is_not_given_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
