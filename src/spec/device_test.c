/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/device.h"

static char first_block[64 * 1024];

static void test_device(void **state)
{
	static const struct {
		const char *text, *host, *path, *access;
	} good[] = {
		{ "/dev/fuse", "/dev/fuse", "/dev/fuse", "rwm" },
		{ "/dev/a:/dev/b", "/dev/a", "/dev/b", "rwm" },
		{ "/dev/a:/dev/b:r", "/dev/a", "/dev/b", "r" },
		{ "/dev/a:wm", "/dev/a", "/dev/a", "wm" },
	};
	static const char *const bad[] = { "",
					   "fuse",
					   "/dev/a:",
					   "/dev/a:b",
					   "/dev/a:/dev/b:",
					   "/dev/a:/dev/b:x",
					   "/dev/a:/dev/b:rr",
					   "/dev/../a",
					   "/dev/a:/../b",
					   "/dev/a:/dev/b:r:w",
					   "/dev/a:/",
					   "/dev/a:/dev/b:rwmr" };
	struct arena a = ARENA_INIT(first_block);
	struct spec_device d;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(device_parse(&a, good[i].text, &d, &e), 0);
		assert_string_equal(d.host, good[i].host);
		assert_string_equal(d.path, good[i].path);
		assert_string_equal(d.access, good[i].access);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (device_parse(&a, bad[i], &d, &e) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_string_equal(e.code, "bad-device");
		assert_string_equal(e.hint, "write /dev/NAME[:PATH-INSIDE[:rwm]]");
	}
	arena_free(&a);
}

static void test_throttle(void **state)
{
	static const char *const bad[] = { "",    "/dev/sda",   "sda:1m", "/dev/sda:", "/dev/sda:fast",
					   ":1m", "/dev/sda:-1" };
	struct arena a = ARENA_INIT(first_block);
	struct spec_throttle t;
	struct err e;

	assert_int_equal(device_parse_bps(&a, "/dev/sda:1m", &t, &e), 0);
	assert_string_equal(t.device, "/dev/sda");
	assert_int_equal(t.rate, 1 << 20);
	assert_int_equal(device_parse_bps(&a, "/dev/disk/by-path/pci:1:2k", &t, &e), 0);
	assert_string_equal(t.device, "/dev/disk/by-path/pci:1");
	assert_int_equal(device_parse_iops(&a, "/dev/sda:100", &t, &e), 0);
	assert_int_equal(t.rate, 100);
	assert_true(device_parse_iops(&a, "/dev/sda:1m", &t, &e) < 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(device_parse_bps(&a, bad[i], &t, &e) < 0);
		assert_true(device_parse_iops(&a, bad[i], &t, &e) < 0);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_device), cmocka_unit_test(test_throttle) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
