/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/image/registries.h"
#include "spec/image/source.h"

static struct arena arena;
static struct err e;

static void test_transports(void **state)
{
	static const struct {
		const char *text;
		enum image_transport transport;
		const char *path, *tag, *name;
	} cases[] = {
		{ "alpine:3", TRANSPORT_DOCKER, NULL, NULL, "alpine:3" },
		{ "docker://a.b/c", TRANSPORT_DOCKER, NULL, NULL, "a.b/c" },
		{ "oci:dir", TRANSPORT_OCI, "dir", NULL, NULL },
		{ "oci:/a/dir:x/y:z", TRANSPORT_OCI, "/a/dir", "x/y:z", NULL },
		{ "oci-archive:a.tar:1", TRANSPORT_OCI_ARCHIVE, "a.tar", "1", NULL },
		{ "docker-archive:a.tar", TRANSPORT_DOCKER_ARCHIVE, "a.tar", NULL, NULL },
		{ "docker-archive:a.tar:q.io/b:2", TRANSPORT_DOCKER_ARCHIVE, "a.tar", NULL, "q.io/b:2" },
		{ "dir:x", TRANSPORT_DIR, "x", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct image_source s;

		assert_int_equal(image_source_parse(&arena, cases[i].text, &s, &e), 0);
		assert_int_equal(s.transport, cases[i].transport);
		assert_string_equal(s.path ?: "", cases[i].path ?: "");
		assert_string_equal(s.tag ?: "", cases[i].tag ?: "");
		assert_string_equal(s.name.path ? reference_text(&arena, &s.name) : "", cases[i].name ?: "");
	}
}

static void test_what_is_no_source(void **state)
{
	static const struct {
		const char *text, *code;
	} cases[] = {
		{ "oci:", "bad-source" },
		{ "oci::x", "bad-source" },
		{ "oci:a:", "bad-source" },
		{ "dir:a:b", "bad-source" },
		{ "docker://", "bad-reference" },
		{ "docker-archive:a:B", "bad-reference" },
		{ "docker-daemon:x", "no-transport" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct image_source s;

		assert_true(image_source_parse(&arena, cases[i].text, &s, &e) < 0);
		assert_string_equal(e.code, cases[i].code);
	}
}

/* ---- registries.json ---- */

static const char config[] =
	"{\"search\":[\"docker.io\",\"quay.io\"],\"aliases\":{\"deb\":\"docker.io/library/debian\"},"
	"\"mirrors\":{\"docker.io\":[\"m.example:5000/hub\",\"n.example\"]},"
	"\"blocked\":[\"evil.example\"],\"insecure\":[\"localhost:5000\"]}";

static const char *expand(const struct registries *r, const char *name)
{
	struct reference ref, *list;
	struct str out = { .arena = &arena };
	size_t n;

	assert_int_equal(reference_parse(&arena, name, &ref, &e), 0);
	if (registries_expand(&arena, r, &ref, &list, &n, &e) < 0)
		return e.code;
	for (size_t i = 0; i < n; i++)
		str_addf(&out, "%s%s", i ? " " : "", reference_text(&arena, &list[i]));
	return str_get(&out);
}

static void test_short_names(void **state)
{
	struct registries r;

	registries_init(&arena, &r);
	assert_string_equal(expand(&r, "alpine"), "docker.io/library/alpine");
	assert_int_equal(registries_parse(&arena, "f", config, strlen(config), &r, &e), 0);
	assert_string_equal(expand(&r, "alpine:1"), "docker.io/library/alpine:1 quay.io/alpine:1");
	assert_string_equal(expand(&r, "deb:12"), "docker.io/library/debian:12");
	assert_string_equal(expand(&r, "a.b/c"), "a.b/c");
	assert_string_equal(expand(&r, "evil.example/x"), "registry-blocked");
	assert_true(registries_insecure(&r, "localhost:5000"));
	assert_false(registries_insecure(&r, "localhost"));
}

static void test_mirrors_come_first(void **state)
{
	struct reference ref, *list;
	struct registries r;
	size_t n;

	assert_int_equal(registries_parse(&arena, "f", config, strlen(config), &r, &e), 0);
	assert_int_equal(reference_parse(&arena, "docker.io/library/x:1", &ref, &e), 0);
	registries_places(&arena, &r, &ref, &list, &n);
	assert_int_equal(n, 3);
	assert_string_equal(reference_text(&arena, &list[0]), "m.example:5000/hub/library/x:1");
	assert_string_equal(reference_text(&arena, &list[1]), "n.example/library/x:1");
	assert_string_equal(reference_text(&arena, &list[2]), "docker.io/library/x:1");
}

/* Of the hub's two domains one is meant, by whichever it is called. */
static void test_the_hub_has_one_name(void **state)
{
	static const char text[] =
		"{\"search\":[\"index.docker.io\"],\"mirrors\":{\"index.docker.io\":[\"m.example\"]}}";
	static const char blocking[] = "{\"blocked\":[\"index.docker.io\"]}";
	struct reference ref, *list;
	struct registries r;
	size_t n;

	assert_int_equal(registries_parse(&arena, "f", text, strlen(text), &r, &e), 0);
	assert_string_equal(expand(&r, "x"), "docker.io/library/x");
	assert_int_equal(reference_parse(&arena, "docker.io/x", &ref, &e), 0);
	registries_places(&arena, &r, &ref, &list, &n);
	assert_int_equal(n, 2);
	assert_string_equal(reference_text(&arena, &list[0]), "m.example/library/x");
	assert_int_equal(registries_parse(&arena, "f", blocking, strlen(blocking), &r, &e), 0);
	assert_string_equal(expand(&r, "docker.io/x"), "registry-blocked");
}

static void test_bad_files(void **state)
{
	static const char *const cases[] = {
		"{\"search\":[\"docker.io/library\"]}",
		"{\"search\":\"docker.io\"}",
		"{\"search\":[\"\"]}",
		"{\"aliases\":{\"a.b/c\":\"d.e/f\"}}",
		"{\"aliases\":{\"a\":\"b\"}}",
		"{\"aliases\":{\"a\":\"b.c/d:1\"}}",
		"{\"mirrors\":{\"docker.io\":\"x\"}}",
		"{\"mirrors\":{\"docker.io/library\":[\"m.example\"]}}",
		"{\"mirrors\":{\"docker.io\":[\"https://x\"]}}",
		"{\"aliases\":{\"a\":\"a.b/\\u0000\"}}",
		"[]",
	};
	struct registries r;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(registries_parse(&arena, "f", cases[i], strlen(cases[i]), &r, &e) < 0);
		assert_string_equal(e.code, "bad-registries");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transports),           cmocka_unit_test(test_what_is_no_source),
		cmocka_unit_test(test_short_names),          cmocka_unit_test(test_mirrors_come_first),
		cmocka_unit_test(test_the_hub_has_one_name), cmocka_unit_test(test_bad_files),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
