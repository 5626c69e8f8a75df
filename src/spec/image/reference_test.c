/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/image/digest.h"
#include "spec/image/reference.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct arena arena;
static struct err e;

static void test_parts(void **state)
{
	static const struct {
		const char *text, *domain, *path, *tag, *digest;
	} cases[] = {
		{ "alpine", NULL, "alpine", NULL, NULL },
		{ "alpine:3.20", NULL, "alpine", "3.20", NULL },
		{ "library/alpine", NULL, "library/alpine", NULL, NULL },
		{ "docker.io/library/alpine:latest", "docker.io", "library/alpine", "latest", NULL },
		{ "localhost/x", "localhost", "x", NULL, NULL },
		{ "localhost:5000/x", "localhost:5000", "x", NULL, NULL },
		{ "localhost:5000/x:5000", "localhost:5000", "x", "5000", NULL },
		{ "HOST/x", "HOST", "x", NULL, NULL },
		{ "[::1]:5000/x", "[::1]:5000", "x", NULL, NULL },
		{ "x:5000", NULL, "x", "5000", NULL },
		{ "quay.io/a/b/c_d__e---f.g", "quay.io", "a/b/c_d__e---f.g", NULL, NULL },
		{ "x@sha256:" HEX, NULL, "x", NULL, "sha256:" HEX },
		{ "a.b/x:1@sha256:" HEX, "a.b", "x", "1", "sha256:" HEX },
		{ "a.b/" HEX, "a.b", HEX, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reference ref;

		assert_int_equal(reference_parse(&arena, cases[i].text, &ref, &e), 0);
		assert_string_equal(ref.domain ?: "", cases[i].domain ?: "");
		assert_string_equal(ref.path, cases[i].path);
		assert_string_equal(ref.tag ?: "", cases[i].tag ?: "");
		assert_string_equal(ref.digest ?: "", cases[i].digest ?: "");
		assert_string_equal(reference_text(&arena, &ref), cases[i].text);
	}
}

static void test_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"Alpine",
		"a//b",
		"/a",
		"a/",
		"a:",
		"a:-x",
		"a:.x",
		"a b",
		"a..b",
		"a___b",
		"-a",
		"a-",
		"a.",
		"a@",
		"a@sha256:12",
		"a@md5:" HEX,
		"a.b:/c",
		"a.b:x/c",
		".b/c",
		"-a.b/c",
		"a.b:123456/c",
		"../a",
		"a/../b",
		"[::1/x",
		"[x.y]:1/z",
		HEX,
		"a:x\n",
		"a@sha256:" HEX "0",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reference ref;

		e = (struct err){ 0 };
		assert_int_equal(reference_parse(&arena, cases[i], &ref, &e), -EINVAL);
		assert_string_equal(e.code, "bad-reference");
	}
}

static void test_long_ones(void **state)
{
	char name[300], tag[200];
	struct reference ref;

	memset(name, 'a', 256);
	name[255] = '\0';
	assert_int_equal(reference_parse(&arena, name, &ref, &e), 0);
	name[255] = 'a';
	name[256] = '\0';
	assert_int_equal(reference_parse(&arena, name, &ref, &e), -EINVAL);
	memset(tag, 'b', 131);
	memcpy(tag, "a:", 2);
	tag[130] = '\0';
	assert_int_equal(reference_parse(&arena, tag, &ref, &e), 0);
	tag[130] = 'b';
	tag[131] = '\0';
	assert_int_equal(reference_parse(&arena, tag, &ref, &e), -EINVAL);
}

static void test_short_names_belong_to_a_registry(void **state)
{
	static const struct {
		const char *text, *domain, *whole;
	} cases[] = {
		{ "alpine", "docker.io", "docker.io/library/alpine:latest" },
		{ "me/x:1", "docker.io", "docker.io/me/x:1" },
		{ "alpine", "quay.io", "quay.io/alpine:latest" },
		{ "a.b/x", "quay.io", "a.b/x:latest" },
		{ "x@sha256:" HEX, "docker.io", "docker.io/library/x@sha256:" HEX },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reference ref;

		assert_int_equal(reference_parse(&arena, cases[i].text, &ref, &e), 0);
		ref = reference_tagged(reference_in(&arena, ref, cases[i].domain));
		assert_string_equal(reference_text(&arena, &ref), cases[i].whole);
	}
}

/* As docker and podman have them: whichever is typed, it is the same image. */
static void test_whole_names_of_the_hub(void **state)
{
	static const struct {
		const char *text, *whole;
	} cases[] = {
		{ "docker.io/alpine", "docker.io/library/alpine" },
		{ "docker.io/alpine:3", "docker.io/library/alpine:3" },
		{ "docker.io/me/x", "docker.io/me/x" },
		{ "index.docker.io/alpine", "docker.io/library/alpine" },
		{ "index.docker.io/me/x@sha256:" HEX, "docker.io/me/x@sha256:" HEX },
		{ "quay.io/alpine", "quay.io/alpine" },
		{ "docker.io:443/alpine", "docker.io:443/alpine" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reference ref;

		assert_int_equal(reference_parse(&arena, cases[i].text, &ref, &e), 0);
		assert_string_equal(reference_text(&arena, &ref), cases[i].whole);
	}
}

static void test_digests(void **state)
{
	assert_true(digest_is("sha256:" HEX));
	assert_true(digest_is("sha512:" HEX HEX));
	assert_false(digest_is("sha256:" HEX HEX));
	assert_false(digest_is("sha512:" HEX));
	assert_false(digest_is("sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"));
	assert_false(
		digest_is("sha256:../../../../../../../../../../../../../../../../../../../../etc/shadow"));
	assert_false(digest_is(""));
	assert_string_equal(digest_hex("sha256:" HEX), HEX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_ones),
		cmocka_unit_test(test_short_names_belong_to_a_registry),
		cmocka_unit_test(test_whole_names_of_the_hub),
		cmocka_unit_test(test_digests),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
