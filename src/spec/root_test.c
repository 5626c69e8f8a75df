/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "spec/root.h"

static void test_good(void **state)
{
	struct spec_root r = { .readonly = true };
	struct err e;

	assert_int_equal(root_parse("host:", &r, &e), 0);
	assert_true(r.kind == ROOT_HOST && r.overlay && r.readonly);
	assert_string_equal(r.path, "/");
	r = (struct spec_root){ 0 };
	assert_int_equal(root_parse("dir:a:b/c", &r, &e), 0);
	assert_true(r.kind == ROOT_DIR && !r.overlay);
	assert_string_equal(r.path, "a:b/c");
	r = (struct spec_root){ 0 };
	assert_int_equal(root_parse("docker://debian:12", &r, &e), 0);
	assert_true(r.kind == ROOT_IMAGE && r.overlay);
	assert_string_equal(r.image, "debian:12");
	assert_int_equal(root_parse("localhost:5000/x", &r, &e), 0);
	assert_string_equal(r.image, "localhost:5000/x");
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *line;
	} t[] = {
		{ "/srv/rootfs",
		  "root file system '/srv/rootfs': it has no transport in front; for a directory write "
		  "dir:/srv/rootfs" },
		{ "./rootfs",
		  "root file system './rootfs': it has no transport in front; for a directory write "
		  "dir:./rootfs" },
		{ "", "root file system '': it is missing; write host:, dir:PATH, or the name of an image" },
		{ "dir:", "root file system 'dir:': the path is missing; write dir:PATH" },
		{ "host:/x",
		  "root file system 'host:/x': host: is the machine's own root and takes no path; write host: "
		  "alone, or dir:/x" },
		{ "oci:x",
		  "root file system 'oci:x': what runs is an image of this machine's store; guise pull oci:x puts it there, "
		  "and tells its name" },
	};
	struct spec_root r = { 0 };
	struct err e;
	char line[1024];

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_true(root_parse(t[i].text, &r, &e) < 0);
		assert_string_equal(err_line(&e, line, sizeof(line)), t[i].line);
		assert_int_equal(e.status, 125);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
