/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For the tests in src/spec/oci/: configurations in C strings, with ' for ". Each call forgets the one
 * before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/oci/oci.h"

static struct arena test_arena;
static struct err test_err;
static char test_line[2048];

static char *test_text(const char *text)
{
	arena_free(&test_arena);
	test_arena = (struct arena){ 0 };
	test_err = (struct err){ 0 };

	char *s = arena_strdup(&test_arena, text);
	for (char *p = s; *p; p++)
		if (*p == '\'')
			*p = '"';
	return s;
}

/* A config.json with `members` after the two that must be there. 0, or -errno with the message in test_line.
 */
[[maybe_unused]] static int test_parse(const char *members, struct oci_config *c)
{
	char *s = test_text(members);

	s = arena_printf(&test_arena, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"}%s%s}",
			 *s ? "," : "", s);
	int r = oci_parse(&test_arena, s, strlen(s), "/bundle", c, &test_err);
	if (r < 0)
		err_line(&test_err, test_line, sizeof(test_line));
	return r;
}

struct test_bad {
	const char *members, *message; /* without "read config.json: " */
};

/* Each must fail with exactly its message. */
[[maybe_unused]] static void test_all_bad(const struct test_bad *bad, size_t n)
{
	struct oci_config c;

	for (size_t i = 0; i < n; i++) {
		if (test_parse(bad[i].members, &c) == 0)
			fail_msg("%s: accepted", bad[i].members);
		assert_int_equal(test_err.no, 22);
		assert_string_equal(test_err.code, "bad-config");
		if (!str_eq(str_after(test_line, "read config.json: "), bad[i].message))
			fail_msg("%s:\n%s\nis not\n%s", bad[i].members, test_line, bad[i].message);
	}
}
