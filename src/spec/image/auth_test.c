/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/image/auth.h"

static struct arena arena;
static struct err e;

static int find(const char *text, const char *name, struct auth *found)
{
	struct reference ref;

	assert_int_equal(reference_parse(&arena, name, &ref, &e), 0);
	return auth_find(&arena, "auth.json", text, strlen(text), &ref, found, &e);
}

static void test_the_longest_key_counts(void **state)
{
	/* a:1, b:2, c:3 */
	static const char text[] =
		"{\"auths\":{\"quay.io\":{\"auth\":\"YTox\"},\"quay.io/team\":{\"auth\":\"Yjoy\"},"
		"\"quay.io/team/x\":{\"auth\":\"Yzoz\"},\"https://index.docker.io/v1/\":{\"auth\":\"ZDo0OjU=\"}}}";
	static const struct {
		const char *name, *user, *password;
	} cases[] = {
		{ "quay.io/other", "a", "1" },         { "quay.io/team/y", "b", "2" },
		{ "quay.io/team/x:tag", "c", "3" },    { "quay.io/teams", "a", "1" },
		{ "docker.io/library/z", "d", "4:5" },
	};
	struct auth found;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(find(text, cases[i].name, &found), 0);
		assert_string_equal(found.user, cases[i].user);
		assert_string_equal(found.password, cases[i].password);
	}
	assert_int_equal(find(text, "quay.io.evil/x", &found), 0);
	assert_null(found.user);
}

static void test_helpers_and_tokens(void **state)
{
	static const char text[] = "{\"auths\":{\"a.b\":{},\"t.u\":{\"identitytoken\":\"T\"}},"
				   "\"credHelpers\":{\"g.io\":\"gcloud\"},\"credsStore\":\"pass\"}";
	struct auth found;

	assert_int_equal(find(text, "g.io/x", &found), 0);
	assert_string_equal(found.helper, "gcloud");
	assert_string_equal(found.helper_key, "g.io");
	assert_int_equal(find(text, "a.b/x", &found), 0);
	assert_string_equal(found.helper, "pass");
	assert_string_equal(found.helper_key, "a.b");
	assert_int_equal(find(text, "docker.io/x", &found), 0);
	assert_string_equal(found.helper_key, "https://index.docker.io/v1/");
	assert_int_equal(find(text, "t.u/x", &found), 0);
	assert_string_equal(found.token, "T");
	assert_null(found.helper);
}

/* As podman and docker have it. */
static void test_who_keeps_them(void **state)
{
	static const char text[] =
		"{\"auths\":{\"g.io\":{\"auth\":\"YTox\"},\"a.b\":{\"auth\":\"YTox\"}},"
		"\"credHelpers\":{\"g.io\":\"gcloud\",\"q.io/team\":\"team\"},\"credsStore\":\"pass\"}";
	static const struct {
		const char *domain, *helper, *key;
	} cases[] = {
		{ "g.io", "gcloud", "g.io" },
		{ "q.io", "pass", "q.io" },
		{ "a.b", "pass", "a.b" },
		{ "docker.io", "pass", "https://index.docker.io/v1/" },
		{ "index.docker.io", "pass", "https://index.docker.io/v1/" },
	};
	struct auth at;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(auth_helper(&arena, "f", text, strlen(text), cases[i].domain, &at, &e), 0);
		assert_string_equal(at.helper, cases[i].helper);
		assert_string_equal(at.helper_key, cases[i].key);
	}
	assert_int_equal(auth_helper(&arena, "f", "{}", 2, "g.io", &at, &e), 0);
	assert_null(at.helper);
	/* one of its own comes before entries, that of all others behind them */
	assert_int_equal(find(text, "g.io/x", &at), 0);
	assert_string_equal(at.helper, "gcloud");
	assert_null(at.user);
	assert_int_equal(find(text, "a.b/x", &at), 0);
	assert_null(at.helper);
	assert_string_equal(at.user, "a");
	assert_int_equal(find(text, "q.io/team/x", &at), 0);
	assert_string_equal(at.helper, "pass");
}

static void test_bad_files(void **state)
{
	static const char *const cases[] = {
		"{\"auths\":{\"a.b\":{\"auth\":\"@\"}}}",
		"{\"auths\":{\"a.b\":{\"auth\":\"YQ==\"}}}",
		"{\"auths\":{\"a.b\":{\"auth\":\"YQBhOmI=\"}}}",
		"{\"auths\":[]}",
		"{\"credsStore\":\"../../bin/sh\"}",
		"x",
	};
	struct auth found;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(find(cases[i], "a.b/x", &found) < 0);
		assert_string_equal(e.code, "bad-auth-file");
	}
}

static void test_what_is_changed(void **state)
{
	static const char text[] = "{\"credsStore\":\"pass\",\"auths\":{\"a.b\":{\"auth\":\"YTox\"}}}";
	const char *changed;
	struct auth found;

	for (unsigned len = 1; len < 5; len++) { /* all the ends that base64 has */
		const char *password = &"wörd"[5 - len];

		assert_int_equal(
			auth_change(&arena, "f", text, strlen(text), "c.d", "me", password, &changed, &e), 0);
		assert_int_equal(find(changed, "c.d/x", &found), 0);
		assert_string_equal(found.password, password);
	}
	assert_int_equal(find(changed, "a.b/x", &found), 0);
	assert_string_equal(found.user, "a");
	assert_non_null(strstr(changed, "credsStore"));
	assert_int_equal(auth_change(&arena, "f", text, strlen(text), "a.b", NULL, NULL, &changed, &e), 0);
	assert_int_equal(find(changed, "a.b/x", &found), 0);
	assert_null(found.user);
	assert_int_equal(auth_change(&arena, "f", text, strlen(text), "x.y", NULL, NULL, &changed, &e),
			 -ENOENT);
	assert_int_equal(auth_change(&arena, "f", NULL, 0, "x.y", "u", "p", &changed, &e), 0);
}

static void test_challenges(void **state)
{
	static const struct {
		const char *header;
		int scheme;
		const char *realm, *service;
	} cases[] = {
		{ "Bearer realm=\"https://auth.x/token\",service=\"reg\",scope=\"repository:a/b:pull,push\"",
		  CHALLENGE_BEARER, "https://auth.x/token", "reg" },
		{ "bearer Realm = https, SERVICE=\"a\\\"b\"", CHALLENGE_BEARER, "https", "a\"b" },
		{ "Basic realm=\"x\"", CHALLENGE_BASIC, "x", NULL },
		{ "Basic realm=\"x\", Bearer realm=\"y\"", CHALLENGE_BEARER, "y", NULL },
		{ "Negotiate abc==, Basic realm=\"x\"", CHALLENGE_BASIC, "x", NULL },
		{ "Digest realm=\"x\"", CHALLENGE_NONE, NULL, NULL },
		{ "", CHALLENGE_NONE, NULL, NULL },
		{ "Bearer realm=\"open", CHALLENGE_BEARER, "open", NULL },
		{ "Bearer realm=\"x\\", CHALLENGE_BEARER, "x\\", NULL },
		{ "\"", CHALLENGE_NONE, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct auth_challenge c;

		auth_challenge(&arena, cases[i].header, &c);
		assert_int_equal(c.scheme, cases[i].scheme);
		assert_string_equal(c.realm ?: "", cases[i].realm ?: "");
		assert_string_equal(c.service ?: "", cases[i].service ?: "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longest_key_counts), cmocka_unit_test(test_helpers_and_tokens),
		cmocka_unit_test(test_who_keeps_them),         cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_what_is_changed),        cmocka_unit_test(test_challenges),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
