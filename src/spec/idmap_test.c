/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "spec/idmap.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text, *cause;
	} bad[] = {
		{ "0:100000:0", "its size is 0" },
		{ "0:4294967290:10", "it reaches beyond the last id, 4294967294" },
		{ "4294967295:0:1", "it reaches beyond the last id, 4294967294" },
		{ "0:1", "not three numbers with colons between" },
		{ "0:1:2:3", "not three numbers with colons between" },
		{ "keep-id", "not three numbers with colons between" },
		{ "0:-1:2", "not three numbers below 4294967295" },
		{ "0::2", "not three numbers below 4294967295" },
		{ "0:1:99999999999999999999", "not three numbers below 4294967295" },
	};
	struct spec_idmap m;
	struct err e;

	assert_int_equal(idmap_parse("1:100000:65536", &m, &e), 0);
	assert_true(m.inside == 1 && m.outside == 100000 && m.size == 65536);
	assert_int_equal(idmap_parse("0:0:4294967295", &m, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(idmap_parse(bad[i].text, &m, &e) < 0);
		assert_string_equal(e.cause, bad[i].cause);
		assert_string_equal(e.code, "bad-userns");
		assert_string_equal(e.hint,
				    "write auto, host, keep-id, or UID:HOST:SIZE such as 0:100000:65536");
	}
}

static void test_parse_keep(void **state)
{
	static const char *const bad[] = { "x",      ":1000",           ":uid",   ":uid=",
					   ":uid=x", ":uid=4294967295", ":size=3" };
	int64_t uid, gid;
	struct err e;

	assert_int_equal(idmap_parse_keep("", &uid, &gid, &e), 0);
	assert_true(uid == -1 && gid == -1);
	assert_int_equal(idmap_parse_keep(":uid=5", &uid, &gid, &e), 0);
	assert_true(uid == 5 && gid == -1);
	assert_int_equal(idmap_parse_keep(":gid=7,uid=5", &uid, &gid, &e), 0);
	assert_true(uid == 5 && gid == 7);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(idmap_parse_keep(bad[i], &uid, &gid, &e), -EINVAL);
		assert_string_equal(e.code, "bad-userns");
	}
}

static const char *kept(struct arena *a, uint32_t inside, uint32_t outside, uint32_t first, uint32_t size)
{
	struct spec_idmap lines[3];
	size_t n = idmap_keep(inside, outside, &(struct spec_idmap){ 0, first, size }, lines);

	return idmap_lines(a, lines, n);
}

static void test_keep(void **state)
{
	char first[4096];
	struct arena a = ARENA_INIT(first);

	assert_string_equal(kept(&a, 1000, 1000, 100000, 65536),
			    "0 100000 1000\n1000 1000 1\n1001 101000 64536");
	assert_string_equal(kept(&a, 0, 1000, 100000, 65536), "0 1000 1\n1 100000 65536");
	assert_string_equal(kept(&a, 70000, 1000, 100000, 65536), "0 100000 65536\n70000 1000 1");
	assert_string_equal(kept(&a, 65536, 1000, 100000, 65536), "0 100000 65536\n65536 1000 1");
	arena_free(&a);
}

static void test_subid(void **state)
{
	static const char text[] = "anna:100000:65536\n"
				   "\n"
				   "ben:junk:1\n"
				   "ben:200000:0\n"
				   "ben:4294967290:65536\n"
				   "ben:300000:1000:x\n"
				   "ben:300000:1000\n"
				   "ben:1:1\n"
				   "1005:400000:65536"; /* no newline */
	struct spec_idmap m;
	size_t len = sizeof(text) - 1;

	assert_int_equal(idmap_subid(text, len, "anna", 1000, &m), 0);
	assert_true(m.inside == 0 && m.outside == 100000 && m.size == 65536);
	assert_int_equal(idmap_subid(text, len, "ben", 1001, &m), 0);
	assert_true(m.outside == 300000 && m.size == 1000);
	assert_int_equal(idmap_subid(text, len, NULL, 1005, &m), 0);
	assert_int_equal(m.outside, 400000);
	assert_int_equal(idmap_subid(text, len, "ann", 1006, &m), -ENOENT);
	assert_int_equal(idmap_subid("", 0, "ann", 1006, &m), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse), cmocka_unit_test(test_parse_keep),
					    cmocka_unit_test(test_keep), cmocka_unit_test(test_subid) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
