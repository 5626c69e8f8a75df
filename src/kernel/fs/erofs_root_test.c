/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/erofs.h"
#include "kernel/fs/mount.h"

static char top[] = "/tmp/guise-erofs.XXXXXX";

/* dir/a in `image`. */
static int set_up(void **state)
{
	char command[256];

	if (!mkdtemp(top))
		return -1;
	snprintf(command, sizeof(command),
		 "cd %s && mkdir dir && echo text >dir/a && mkfs.erofs --quiet image dir 2>/dev/null", top);
	return system(command) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char at[sizeof(top) + 3];

	/* in the namespace of the last test */
	snprintf(at, sizeof(at), "%s/at", top);
	umount2(at, MNT_DETACH | UMOUNT_NOFOLLOW);
	return io_remove_tree(AT_FDCWD, top);
}

static int open_top(void)
{
	int dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (erofs_possible() < 0 || !erofs_is_file(dir, "image"))
		skip();
	return dir;
}

static void expect_image(int tree)
{
	autoclose int file = openat(tree, "a", O_RDONLY | O_CLOEXEC);
	char text[8] = "";
	struct statvfs fs;

	assert_true(file >= 0);
	assert_int_equal(read(file, text, sizeof(text)), 5);
	assert_string_equal(text, "text\n");
	assert_int_equal(fstatvfs(tree, &fs), 0);
	assert_true(fs.f_flag & ST_RDONLY);
	assert_true(fs.f_flag & ST_NOSUID);
	assert_true(fs.f_flag & ST_NODEV);
}

static void a_file_is_mounted(void **state)
{
	autoclose int dir = open_top();
	autoclose int tree = erofs_mount(dir, "image");

	expect_image(tree);
	assert_true(openat(tree, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0);
	assert_int_equal(errno, EROFS);
}

/* What erofs_mount() does before Linux 6.12. */
static void by_a_loop_device(void **state)
{
	autoclose int dir = open_top();
	autoclose int file = openat(dir, "image", O_RDONLY | O_CLOEXEC);
	autoclose int tree = erofs_mount_by_loop(file);

	if (tree == -ENOENT || tree == -EPERM || tree == -ENXIO)
		skip();
	expect_image(tree);
}

static void attached_to_a_directory_of_its_own(void **state)
{
	autoclose int dir = open_top();
	autoclose int inside = -1;

	assert_int_equal(mount_own_namespace(), 0);
	/* the descriptor of before is of the other namespace's mount */
	fd_close(&dir);
	dir = open_top();
	assert_int_equal(erofs_mount_at(dir, "at", "image"), 0);
	inside = openat(dir, "at", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	expect_image(inside);
	assert_int_equal(erofs_mount_at(dir, "at", "image"), -EEXIST);
}

static void what_is_none_is_refused(void **state)
{
	autoclose int dir = open_top();

	assert_int_equal(erofs_mount(dir, "dir"), -EINVAL);
	assert_int_equal(erofs_mount(dir, "dir/a"), -EINVAL);
	assert_int_equal(erofs_mount(dir, "nothing"), -ENOENT);
	assert_false(erofs_is_file(dir, "dir"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_mounted),
		cmocka_unit_test(by_a_loop_device),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(attached_to_a_directory_of_its_own),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
