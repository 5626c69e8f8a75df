/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/oci/cgroups_path.h"

static char first[65536];
static struct arena a;

static int fresh(void **state)
{
	a = (struct arena)ARENA_INIT(first);
	return 0;
}

/* "PARENT NAME", or the error's code. */
static const char *parsed(const char *path)
{
	struct cgroups_path out;
	static struct err e;

	if (cgroups_path_parse(&a, path, "box", false, false, &out, &e) < 0)
		return e.code;
	return arena_printf(&a, "%s %s%s", out.parent, out.name, out.absolute ? "" : " relative");
}

/* "SLICE UNIT PARENT", or the error's code. */
static const char *parsed_systemd(const char *path, bool user)
{
	struct cgroups_path out;
	static struct err e;

	if (cgroups_path_parse(&a, path, "box", true, user, &out, &e) < 0)
		return e.code;
	assert_string_equal(out.name, out.unit);
	return arena_printf(&a, "%s %s %s", out.slice, out.unit, out.parent);
}

static void test_paths(void **state)
{
	assert_string_equal(parsed("/a/b/c"), "/a/b c");
	assert_string_equal(parsed("/a"), "/ a");
	assert_string_equal(parsed("a/b"), "/a b relative");
	assert_string_equal(parsed("//a///b//"), "/a b");
	assert_string_equal(parsed(NULL), "/guise-oci box relative");
	assert_string_equal(parsed(""), "/guise-oci box relative");
	/* without the systemd driver a colon is a letter */
	assert_string_equal(parsed("system.slice:libpod:x"), "/ system.slice:libpod:x relative");
}

static void test_bad_paths(void **state)
{
	char longest[300] = "/";

	assert_string_equal(parsed("/"), "bad-cgroups-path");
	assert_string_equal(parsed("/a/../b"), "bad-cgroups-path");
	assert_string_equal(parsed("../b"), "bad-cgroups-path");
	assert_string_equal(parsed("/a/./b"), "bad-cgroups-path");
	assert_string_equal(parsed("/a/b\n"), "bad-cgroups-path");
	assert_string_equal(parsed("/..."), "/ ...");
	memset(longest + 1, 'x', 255);
	assert_string_not_equal(parsed(longest), "bad-cgroups-path");
	memset(longest + 1, 'x', 256);
	assert_string_equal(parsed(longest), "bad-cgroups-path");
}

static void test_systemd(void **state)
{
	assert_string_equal(parsed_systemd("machine.slice:libpod:abc", false),
			    "machine.slice libpod-abc.scope /machine.slice");
	assert_string_equal(parsed_systemd(":docker:abc", false),
			    "system.slice docker-abc.scope /system.slice");
	assert_string_equal(parsed_systemd("::abc", true), "user.slice abc.scope /user.slice");
	assert_string_equal(parsed_systemd(NULL, false), "system.slice guise-oci-box.scope /system.slice");
	assert_string_equal(parsed_systemd("kubepods-besteffort-pod1.slice:cri:x", false),
			    "kubepods-besteffort-pod1.slice cri-x.scope "
			    "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice");
	assert_string_equal(parsed_systemd("-.slice:p:x", false), "-.slice p-x.scope /");
	assert_string_equal(parsed_systemd("a.slice::a-b.slice", false), "a.slice a-b.slice /a.slice");
}

static void test_bad_systemd(void **state)
{
	static const char *const bad[] = { "/a/b",          "a:b",           "a.slice:b:c:d",  "a:b:c",
					   "-a.slice:b:c",  "a-.slice:b:c",  "a--b.slice:b:c", "a.slice:b:",
					   "a.slice:b:x/y", "../x.slice:b:c" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(parsed_systemd(bad[i], false), "bad-cgroups-path");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_paths, fresh),
		cmocka_unit_test_setup(test_bad_paths, fresh),
		cmocka_unit_test_setup(test_systemd, fresh),
		cmocka_unit_test_setup(test_bad_systemd, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
