/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

static char top[] = "/tmp/guise-inroot-XXXXXX";
static int root; /* of top/root */

static int set_up(void **state)
{
	if (!mkdtemp(top) || chdir(top) < 0 || mkdir("root", 0755) < 0)
		return -1;
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	close(root);
	return io_remove_tree(AT_FDCWD, top);
}

static const struct {
	const char *link, *to; /* in the root */
	const char *path;      /* that is made */
	const char *at;        /* where it then is */
} dangling[] = {
	{ "a", "/made/a", "a", "made/a" },
	{ "b", "made/b", "b", "made/b" },
	{ "c", "/made/c", "c/below/it", "made/c/below/it" },
	{ "d", "../../../d2", "d", "d2" },
	{ "e", "made/../e2/./x", "e/y", "e2/x/y" },
	{ "f", "a2", "f", "made/f" },
	{ "a2", "/made/f", "a2", "made/f" },
	{ "made/g", "sub/g", "made/g/h", "made/sub/g/h" },
};

static void make_links(void)
{
	assert_int_equal(mkdirat(root, "made", 0755), 0);
	for (size_t i = 0; i < ARRAY_LEN(dangling); i++)
		assert_int_equal(symlinkat(dangling[i].to, root, dangling[i].link), 0);
}

static void test_dangling(int (*make)(int root, const char *path), mode_t type)
{
	struct stat made, there;

	make_links();
	for (size_t i = 0; i < ARRAY_LEN(dangling); i++) {
		autoclose int fd = make(root, dangling[i].path);

		if (fd < 0 || fstat(fd, &made) < 0 ||
		    fstatat(root, dangling[i].at, &there, AT_SYMLINK_NOFOLLOW) < 0)
			fail_msg("%s: %d", dangling[i].path, fd);
		assert_true((made.st_mode & S_IFMT) == type && made.st_ino == there.st_ino);
	}
	assert_int_equal(access("d2", F_OK), -1);
}

static int make_dir(int fd, const char *path)
{
	return inroot_make_dir(fd, path, false);
}

static void test_directories(void **state)
{
	test_dangling(make_dir, S_IFDIR);
}

static void test_files(void **state)
{
	test_dangling(inroot_make_file, S_IFREG);
}

static void test_refused(void **state)
{
	assert_int_equal(symlinkat("loop2", root, "loop1"), 0);
	assert_int_equal(symlinkat("loop1", root, "loop2"), 0);
	assert_int_equal(symlinkat("/nowhere", root, "link"), 0);
	assert_int_equal(symlinkat("self/x", root, "self"), 0);
	assert_int_equal(inroot_make_dir(root, "loop1", false), -ELOOP);
	assert_int_equal(inroot_make_file(root, "loop1"), -ELOOP);
	assert_int_equal(inroot_make_dir(root, "self", false), -ELOOP);
	assert_int_equal(inroot_make_dir(root, "link", true), -ELOOP);
	assert_int_equal(faccessat(root, "nowhere", F_OK, 0), -1);
}

static int empty(void **state)
{
	close(root);
	return io_remove_tree(AT_FDCWD, "root") < 0 || mkdir("root", 0755) < 0 ||
			       (root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0 ?
		       -1 :
		       0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_directories, empty),
		cmocka_unit_test_teardown(test_files, empty),
		cmocka_unit_test_teardown(test_refused, empty),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
