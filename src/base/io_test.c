/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

enum { FILES = 200 }; /* more than one buffer of names */

static int make_dir(void **state)
{
	static char dir[] = "/tmp/guise-io-XXXXXX";

	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

static void names_are_told_once(void **state)
{
	autoclose int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	bool seen[FILES] = { false };
	char name[16];
	int n;

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		assert_int_equal(io_write_file(fd, name, "", 0, 0600), 0);
	}
	for (const char *found; (found = io_dir_next(&d));) {
		assert_int_equal(sscanf(found, "file%d", &n), 1);
		assert_false(seen[n]);
		seen[n] = true;
	}
	assert_int_equal(d.error, 0);
	for (int i = 0; i < FILES; i++)
		assert_true(seen[i]);
}

static void a_file_is_no_directory(void **state)
{
	autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);

	assert_null(io_dir_next(&d));
	assert_int_equal(d.error, -ENOTDIR);
}

/* Each of them writes the same file: one remains, and none fails for another's sake. */
static void many_write_one_file(void **state)
{
	enum { WRITERS = 8, TIMES = 100 };
	autoclose int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[2] = "0", *longest = memset(calloc(1, NAME_MAX + 1), 'x', NAME_MAX);
	int failed = 0, status;

	for (; text[0] < '0' + WRITERS; text[0]++)
		if (fork() == 0) {
			int r = 0;

			for (int i = 0; r == 0 && i < TIMES; i++)
				r = io_write_file(fd, "same", text, 1, 0600);
			_exit(r < 0);
		}
	for (int i = 0; i < WRITERS; i++)
		failed += wait(&status) < 0 || status != 0;
	assert_int_equal(failed, 0);
	assert_int_equal(io_read_small(fd, "same", text, sizeof(text)), 1);
	/* its temporary name is no longer than it */
	assert_int_equal(io_write_file(fd, longest, "", 0, 0600), 0);
	assert_int_equal(unlinkat(fd, longest, 0) | unlinkat(fd, "same", 0), 0);
	free(longest);
}

static void a_tree_is_removed(void **state)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/a/b/c", (char *)*state);
	assert_int_equal(io_mkdirs(AT_FDCWD, path, 0700), 0);
	assert_int_equal(symlink("/", strcat(path, "/link")), 0);
	assert_int_equal(io_remove_tree(AT_FDCWD, *state), 0);
	assert_int_equal(access(*state, F_OK), -1);
	assert_int_equal(access("/bin", F_OK), 0);
}

static int read_pipe(const char *text, size_t max, char **data, size_t *len)
{
	static char first[64];
	struct arena a = ARENA_INIT(first);
	char path[32];
	int ends[2], r;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write_all(ends[1], text, strlen(text)), 0);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	assert_int_equal(io_read_file(&a, AT_FDCWD, path, max, data, len), -EINVAL);
	r = io_read_given(&a, path, max, data, len);
	close(ends[0]);
	return r;
}

static void what_the_user_names_may_be_a_pipe(void **state)
{
	static char long_text[9000];
	char *data;
	size_t len;

	memset(long_text, 'x', sizeof(long_text) - 1);
	assert_int_equal(read_pipe(long_text, sizeof(long_text), &data, &len), 0);
	assert_string_equal(data, long_text);
	assert_int_equal(len, sizeof(long_text) - 1);
	assert_int_equal(read_pipe("", 10, &data, &len), 0);
	assert_string_equal(data, "");
	assert_int_equal(read_pipe("12345678901", 10, &data, &len), -EFBIG);
}

static void the_last_allocation_grows_in_place(void **state)
{
	static char first[256];
	struct arena a = ARENA_INIT(first);
	char *p = arena_strndup(&a, "1234567", 7), *q;

	memset(first + 8, 'x', 64); /* used before: an arena gives zeroed memory all the same */
	assert_ptr_equal(q = arena_grow(&a, p, 8, 32), p);
	assert_string_equal(q, "1234567");
	assert_int_equal(q[8] | q[31], 0);
	arena_alloc(&a, 1);
	assert_ptr_not_equal(p = arena_grow(&a, q, 32, 64), q); /* no longer the last */
	assert_string_equal(p, "1234567");
	assert_int_equal(p[63], 0);
	assert_ptr_not_equal(q = arena_grow(&a, p, 64, 1024), p); /* no room */
	assert_string_equal(q, "1234567");
	arena_free(&a);
}

static void numbers_are_put_behind_text(void **state)
{
	char buf[16];

	assert_ptr_equal(str_put_number(stpcpy(buf, "a"), 0), buf + 2);
	assert_string_equal(buf, "a0");
	str_put_number(buf, 4294967295);
	assert_string_equal(buf, "4294967295");
}

/* Deeper than there are descriptors; with files, and with names that are taken. */
static void a_tree_of_any_depth_is_removed(void **state)
{
	enum { DEPTH = 200 };
	const struct rlimit few = { 40, 40 };
	char top[] = "/tmp/guise-io-XXXXXX";
	int fd;

	assert_non_null(mkdtemp(top));
	fd = open(top, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(fd, ".0", 0700), 0);
	assert_int_equal(mkdirat(fd, ".0/full", 0700), 0);
	close(openat(fd, ".1", O_CREAT | O_WRONLY, 0600));
	for (int i = 0; i < DEPTH; i++) {
		int sub;

		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		assert_int_equal(mkdirat(fd, "e", 0700), 0);
		assert_int_equal(symlinkat("/etc", fd, "l"), 0);
		sub = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = sub;
	}
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(io_remove_tree(AT_FDCWD, top), 0);
	assert_int_equal(access(top, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_told_once),
		cmocka_unit_test(a_file_is_no_directory),
		cmocka_unit_test(many_write_one_file),
		cmocka_unit_test(what_the_user_names_may_be_a_pipe),
		cmocka_unit_test(a_tree_is_removed),
		cmocka_unit_test(numbers_are_put_behind_text),
		cmocka_unit_test(the_last_allocation_grows_in_place),
		cmocka_unit_test(a_tree_of_any_depth_is_removed), /* the last: few descriptors are left */
	};

	return cmocka_run_group_tests(tests, make_dir, NULL);
}
