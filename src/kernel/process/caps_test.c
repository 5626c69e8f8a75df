/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "kernel/process/caps.h"

static void names(void **state)
{
	for (int cap = 0; cap < CAPS_COUNT; cap++) {
		assert_int_equal(caps_from_name(caps_name(cap)), CAPS_BIT(cap));
		assert_int_equal(caps_from_name(caps_name(cap) + 4), CAPS_BIT(cap));
	}
	assert_null(caps_name(CAPS_COUNT));
	assert_null(caps_name(-1));
	assert_int_equal(caps_from_name("cap_Sys_Admin"), CAPS_BIT(CAP_SYS_ADMIN));
	assert_int_equal(caps_from_name("All"), CAPS_ALL);
	assert_int_equal(caps_from_name("CAP_"), 0);
	assert_int_equal(caps_from_name("CAP_CAP_CHOWN"), 0);
	assert_int_equal(caps_from_name(""), 0);
	assert_int_equal(CAPS_ALL, 0x1ffffffffff);
	assert_int_equal(CAPS_DEFAULT, 0xa80425fb); /* as in CapEff of a container of docker's */
}

static void clamp(void **state)
{
	struct caps c = {
		.bounding = 0xff, .permitted = 0xf, .effective = 0xf, .inheritable = 0x1f2, .ambient = 0x7
	};

	caps_clamp(&c, 0x56);
	assert_int_equal(c.bounding, 0xff);
	assert_int_equal(c.permitted, 0x6);
	assert_int_equal(c.effective, 0x6);
	assert_int_equal(c.inheritable, 0x52); /* it need not be permitted */
	assert_int_equal(c.ambient, 0x2);
}

/* Give up everything in a child; works for root and, with nothing to give up, for others. */
static void drop_all(void **state)
{
	struct caps none = caps_of(0);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct err e;
		uint64_t held;
		int can_drop = prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0);

		if (caps_held(&held, &e) < 0)
			_exit(1);
		if (held & CAPS_BIT(CAP_SETPCAP)) {
			if (caps_limit_bounding(0, &e) < 0 || prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) != 0)
				_exit(2);
			if (caps_limit_bounding(0, &e) < 0) /* again: nothing is there */
				_exit(3);
		} else if (can_drop && caps_limit_bounding(0, &e) != -EPERM) {
			_exit(4);
		}
		if (caps_set(&none, &e) < 0 || caps_held(&held, &e) < 0 || held != 0)
			_exit(5);
		if (caps_set(&(struct caps){ .permitted = 1 }, &e) != -EPERM)
			_exit(6);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(clamp),
		cmocka_unit_test(drop_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
