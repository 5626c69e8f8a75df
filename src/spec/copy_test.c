/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/copy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct arena arena;

static void operand(const char *text, enum copy_kind kind, const char *container, const char *path)
{
	struct copy_operand o;
	struct err e = { 0 };

	assert_int_equal(copy_operand(&arena, text, &o, &e), 0);
	assert_int_equal(o.kind, kind);
	if (container)
		assert_string_equal(o.container, container);
	else
		assert_null(o.container);
	assert_string_equal(o.path, path);
}

static void operands_are_docker_s(void **state)
{
	operand("-", COPY_STREAM, NULL, "-");
	operand("web:/etc/hosts", COPY_CONTAINER, "web", "/etc/hosts");
	operand("web:etc/hosts", COPY_CONTAINER, "web", "/etc/hosts");
	operand("web:/a:b", COPY_CONTAINER, "web", "/a:b");
	operand("web:.", COPY_CONTAINER, "web", "/.");
	operand("file", COPY_HOST, NULL, "file");
	operand("./web:x", COPY_HOST, NULL, "./web:x");
	operand("/srv/web:x", COPY_HOST, NULL, "/srv/web:x");
	operand("dir/web:x", COPY_HOST, NULL, "dir/web:x");
	operand(":x", COPY_HOST, NULL, ":x");
}

static void an_empty_path_is_refused(void **state)
{
	struct copy_operand o;
	struct err e = { 0 };

	assert_int_equal(copy_operand(&arena, "", &o, &e), -EINVAL);
	assert_int_equal(copy_operand(&arena, "web:", &o, &e), -EINVAL);
	assert_string_equal(e.hint, "write web:/ for the root of the container");
}

static void content_is_told_from_its_directory(void **state)
{
	assert_true(copy_is_content("/dir/."));
	assert_true(copy_is_content("."));
	assert_true(copy_is_content("/"));
	assert_true(copy_is_content("dir/.."));
	assert_false(copy_is_content("/dir"));
	assert_false(copy_is_content("/dir/"));
	assert_false(copy_is_content("/dir/.x"));
	assert_false(copy_is_content("x."));
	assert_true(copy_is_directory("/dir/"));
	assert_true(copy_is_directory("/dir/."));
	assert_false(copy_is_directory("/dir"));
}

static void the_table_is_docker_s(void **state)
{
	static const struct {
		bool directory, content;
		const char *destination;
		enum copy_there there;
		int result;
		enum copy_place place;
	} rows[] = {
		{ false, false, "/x", COPY_NOTHING, 0, COPY_AS },
		{ false, false, "/x/", COPY_NOTHING, -ENOENT, 0 },
		{ false, false, "/x", COPY_FILE, 0, COPY_AS },
		{ false, false, "/x/", COPY_FILE, -ENOTDIR, 0 },
		{ false, false, "/x", COPY_DIRECTORY, 0, COPY_INTO },
		{ true, false, "/x", COPY_NOTHING, 0, COPY_AS },
		{ true, false, "/x/", COPY_NOTHING, 0, COPY_AS },
		{ true, true, "/x", COPY_NOTHING, 0, COPY_AS },
		{ true, false, "/x", COPY_FILE, -ENOTDIR, 0 },
		{ true, true, "/x", COPY_FILE, -ENOTDIR, 0 },
		{ true, false, "/x", COPY_DIRECTORY, 0, COPY_INTO },
		{ true, true, "/x", COPY_DIRECTORY, 0, COPY_MERGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum copy_place place = COPY_AS;
		struct err e = { 0 };

		assert_int_equal(copy_decide(rows[i].directory, rows[i].content, rows[i].destination,
					     rows[i].there, &place, &e),
				 rows[i].result);
		if (rows[i].result == 0)
			assert_int_equal(place, rows[i].place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands_are_docker_s),
		cmocka_unit_test(an_empty_path_is_refused),
		cmocka_unit_test(content_is_told_from_its_directory),
		cmocka_unit_test(the_table_is_docker_s),
	};
	int failed = cmocka_run_group_tests_name("copy", tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
