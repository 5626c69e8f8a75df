/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_parse(void **state)
{
	static const struct {
		const char *text, *keys;
	} rows[] = {
		{ "ctrl-p,ctrl-q", "\x10\x11" },
		{ "a", "a" },
		{ "ctrl-A,b", "\x01"
			      "b" },
		{ "ctrl-[", "\x1b" },
		{ "ctrl-\\", "\x1c" },
		{ "", "" },
	};
	static const char *const bad[] = { "ctrl-", "ctrl-1",  "ab",   "a,",
					   ",a",    "shift-a", "a,,b", "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7" };
	char keys[KEYS_MAX];
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(keys_parse(rows[i].text, keys, &e), strlen(rows[i].keys));
		assert_memory_equal(keys, rows[i].keys, strlen(rows[i].keys));
	}
	assert_int_equal(keys_parse("ctrl-@", keys, &e), 1);
	assert_int_equal(keys[0], 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e = (struct err){ 0 };
		assert_true(keys_parse(bad[i], keys, &e) < 0);
		assert_string_equal(e.code, "bad-keys");
	}
}

/* Typed in pieces, what goes on and whether the keys were hit. */
static void filter(const char *want, const char *const *typed, const char *passes, bool hits)
{
	struct keys k = { .n = strlen(want) };
	char out[256] = "", piece[64 + KEYS_MAX];
	size_t n = 0;
	bool hit = false;

	memcpy(k.want, want, k.n);
	for (; *typed && !hit; typed++) {
		size_t len = keys_filter(&k, *typed, strlen(*typed), piece, &hit);

		memcpy(out + n, piece, len);
		n += len;
	}
	out[n] = '\0';
	assert_string_equal(out, passes);
	assert_int_equal(hit, hits);
}

static void test_filter(void **state)
{
	filter("PQ", (const char *const[]){ "abc", NULL }, "abc", false);
	filter("PQ", (const char *const[]){ "abPQc", NULL }, "ab", true);
	filter("PQ", (const char *const[]){ "aP", "Qb", NULL }, "a", true);
	filter("PQ", (const char *const[]){ "aP", "b", NULL }, "aPb", false);
	filter("PQ", (const char *const[]){ "PPQ", NULL }, "P", true);
	filter("PQR", (const char *const[]){ "PQPQR", NULL }, "PQ", true);
	filter("", (const char *const[]){ "PQ", NULL }, "PQ", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse), cmocka_unit_test(test_filter) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
