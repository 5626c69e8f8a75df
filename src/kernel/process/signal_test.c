/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/str.h"
#include "kernel/process/signal.h"

static void from_name(void **state)
{
	static const struct {
		const char *name;
		int sig;
	} cases[] = {
		{ "SIGTERM", SIGTERM },
		{ "term", SIGTERM },
		{ "15", 15 },
		{ "64", 64 },
		{ "SIGIOT", SIGABRT },
		{ "POLL", SIGIO },
		{ "CLD", SIGCHLD },
		{ "RTMIN", 34 },
		{ "SIGRTMIN+3", 37 },
		{ "rtmax-30", 34 },
		{ "RTMAX", 64 },
		{ "RTMIN+30", 64 },
		{ "0", -1 },
		{ "65", -1 },
		{ "RTMIN+31", -1 },
		{ "RTMIN-1", -1 },
		{ "RTMAX+1", -1 },
		{ "RTMIN+", -1 },
		{ "", -1 },
		{ "SIG", -1 },
		{ "-9", -1 },
		{ "9x", -1 },
		{ "99999999999", -1 },
		{ "SIGSIGTERM", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (signal_from_name(cases[i].name) != cases[i].sig)
			fail_msg("%s is %d", cases[i].name, signal_from_name(cases[i].name));
}

static void there_and_back(void **state)
{
	char buf[16];

	for (int sig = 1; sig <= SIGNAL_RTMAX; sig++)
		assert_int_equal(signal_from_name(signal_name(sig, buf, sizeof(buf))), sig);
	assert_string_equal(signal_name(SIGKILL, buf, sizeof(buf)), "SIGKILL");
	assert_string_equal(signal_name(33, buf, sizeof(buf)), "33");
	assert_string_equal(signal_name(SIGRTMIN, buf, sizeof(buf)), "SIGRTMIN");
	assert_string_equal(signal_name(64, buf, sizeof(buf)), "SIGRTMIN+30");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(from_name), cmocka_unit_test(there_and_back) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
