/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "kernel/cgroup/value.h"

static const struct {
	const char *now, *value;
} same[] = {
	{ "50", "50" },
	{ "50\n", "50" },
	{ "max", "max" },
	{ "50000 100000\n", "50000 100000" },
	{ "default 100\n8:0 200\n", "100" },
	{ "default 100\n8:0 200\n", "8:0 200" },
	{ "7:0 rbps=max\n8:0 rbps=1048576 wbps=max riops=max wiops=12\n", "8:0 rbps=1048576 wiops=12" },
	{ "9223372036854771712\n", "-1" },
	{ "999424\n", "1000000" },  /* v2 rounds down, */
	{ "1003520\n", "1000000" }, /* v1 up */
	{ "10485760\n", "10M" },
	{ "0-1\n", "0,1" },
	{ "0-3,8\n", "8,0-1,2,3" },
	{ "0", "0-0" },
	{ "", "" },
	{ "\n", "" },
}, different[] = {
	{ "500", "50" },
	{ "50", "500" },
	{ "150", "50" },
	{ "51", "50" },
	{ "max", "50" },
	{ "50", "max" },
	{ "50", "-1" },
	{ "100000 50000\n", "50000 100000" },
	{ "50000\n100000\n", "50000 100000" },
	{ "8:0 rbps=10485760\n", "8:0 rbps=1048576" },
	{ "8:16 rbps=1048576\n", "8:0 rbps=1048576" },
	{ "8:0 rbps=max\n7:0 rbps=1\n", "8:0 rbps=1" },
	{ "1007616\n", "1000000" },
	{ "1000001\n", "1000000" },
	{ "0-2\n", "0,1" },
	{ "0\n", "0,1" },
	{ "", "50" },
	{ "50", "" },
	{ "99999999999999999999", "5" },
	{ "0-99999999999", "0" },
	{ "0-", "0" },
	{ ",", "0" },
	{ "9T", "9999999999T" },
};

static void values_are_compared(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (!cgroup_shows(same[i].now, same[i].value))
			fail_msg("'%s' does not show '%s'", same[i].now, same[i].value);
	for (size_t i = 0; i < ARRAY_LEN(different); i++)
		if (cgroup_shows(different[i].now, different[i].value))
			fail_msg("'%s' shows '%s'", different[i].now, different[i].value);
}

/* Cut anywhere, nothing beyond the end is read (see the ASan build). */
static void broken_text_is_survived(void **state)
{
	char now[64], value[64];

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		for (size_t n = 0; n < strlen(same[i].now); n++) {
			strcpy(now, same[i].now);
			now[n] = '\0';
			strcpy(value, same[i].value);
			value[strlen(value) / 2] = '\0';
			cgroup_shows(now, same[i].value);
			cgroup_shows(now, value);
			cgroup_shows(same[i].value, now);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values_are_compared),
					    cmocka_unit_test(broken_text_is_survived) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
