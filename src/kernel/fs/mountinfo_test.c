/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/str.h"
#include "kernel/fs/mountinfo.h"

static struct arena arena;

static struct mountinfo_list parse(const char *text)
{
	struct mountinfo_list list;

	mountinfo_parse(&arena, arena_strdup(&arena, text), &list);
	return list;
}

static void fields_are_read(void **state)
{
	struct mountinfo_list l = parse(
		"36 35 98:0 /mnt1 /mnt2 ro,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n"
		"41 36 0:22 / /a\\040b\\134c rw,nosuid,nodev,noexec,relatime,idmapped - tmpfs  rw\n");

	assert_int_equal(l.n, 2);
	assert_int_equal(l.v[0].id, 36);
	assert_int_equal(l.v[0].parent, 35);
	assert_int_equal(l.v[0].major, 98);
	assert_int_equal(l.v[0].minor, 0);
	assert_string_equal(l.v[0].root, "/mnt1");
	assert_string_equal(l.v[0].target, "/mnt2");
	assert_int_equal(l.v[0].attr, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME);
	assert_int_equal(l.v[0].master, 1);
	assert_int_equal(l.v[0].shared, 7);
	assert_string_equal(l.v[0].type, "ext3");
	assert_string_equal(l.v[0].source, "/dev/root");
	assert_string_equal(l.v[0].options, "rw,errors=continue");

	assert_string_equal(l.v[1].target, "/a b\\c");
	assert_int_equal(l.v[1].attr,
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_IDMAP);
	assert_int_equal(l.v[1].shared, 0);
	assert_string_equal(l.v[1].source, ""); /* mount -t tmpfs "" DIR */
	assert_string_equal(l.v[1].options, "rw");
}

static void neither_relatime_nor_noatime_is_strictatime(void **state)
{
	assert_int_equal(parse("1 0 0:1 / / rw - t s rw").v[0].attr, MOUNT_ATTR_STRICTATIME);
}

static void what_is_no_line_is_passed_over(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"\n\n",
		"1",
		"1 0 0:1 / /",
		"1 0 0:1 / / rw",
		"1 0 0:1 / / rw -",
		"1 0 0:1 / / rw - t",
		"1 0 0:1 / / rw - t s",
		"x 0 0:1 / / rw - t s rw",
		"1 x 0:1 / / rw - t s rw",
		"1 0 01 / / rw - t s rw",
		"1 0 0:1 / / rw shared:1 t s rw",
		"1 0 0:1 /  rw - t s rw",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(parse(bad[i]).n, 0);
	assert_int_equal(parse("nonsense\n1 0 0:1 / / rw - t s rw\n\n2 1 0:1 / /a rw - t s rw").n, 2);
}

/* Any cut and any changed byte of a good table: no crash, nothing read beyond it (see the ASan build). */
static void broken_tables_are_survived(void **state)
{
	static const char good[] =
		"36 35 98:0 /m\\040 /n rw,noatime master:1 - ext3 /dev/x rw,lowerdir=a\\054b,c\n"
		"37 36 0:9 / / ro,relatime shared:2 - overlay o rw\n";
	char text[sizeof(good)];
	struct mountinfo_list l;

	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (int c = 0; c < 256; c += c < 128 ? 1 : 32) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			mountinfo_parse(&arena, text, &l);
			assert_true(l.n <= 3);
			for (size_t n = 0; n < l.n; n++)
				mountinfo_option(&arena, &l.v[n], "lowerdir");
		}
}

static void escapes_need_three_digits(void **state)
{
	struct mountinfo_list l = parse("1 0 0:1 /\\04 /\\999\\ rw - t s\\ rw");

	assert_string_equal(l.v[0].root, "/\\04");
	assert_string_equal(l.v[0].target, "/\\999\\");
	assert_string_equal(l.v[0].source, "s\\");
}

static void options_are_found_by_name(void **state)
{
	struct mountinfo_list l =
		parse("1 0 0:1 / / rw - overlay o rw,lowerdir=/a\\054b,upperdir=/u,lower,uuid=on");

	assert_string_equal(mountinfo_option(&arena, &l.v[0], "lowerdir"), "/a,b");
	assert_string_equal(mountinfo_option(&arena, &l.v[0], "upperdir"), "/u");
	assert_string_equal(mountinfo_option(&arena, &l.v[0], "uuid"), "on");
	assert_string_equal(mountinfo_option(&arena, &l.v[0], "rw"), "");
	assert_string_equal(mountinfo_option(&arena, &l.v[0], "lower"), "");
	assert_null(mountinfo_option(&arena, &l.v[0], "workdir"));
	assert_null(mountinfo_option(&arena, &l.v[0], "u"));
}

static void propagation_has_words(void **state)
{
	assert_string_equal(mountinfo_propagation(&(struct mountinfo){ 0 }), "private");
	assert_string_equal(mountinfo_propagation(&(struct mountinfo){ .shared = 1 }), "shared");
	assert_string_equal(mountinfo_propagation(&(struct mountinfo){ .master = 1 }), "slave");
	assert_string_equal(mountinfo_propagation(&(struct mountinfo){ .master = 1, .shared = 2 }),
			    "slave and shared");
	assert_string_equal(mountinfo_propagation(&(struct mountinfo){ .unbindable = true }), "unbindable");
}

/* What the kernel says of this process: the root's and /proc's mount are there, by the ids of statx(2). */
static void the_kernels_own_table(void **state)
{
	struct mountinfo_list l;
	struct statx st;

	assert_int_equal(mountinfo_read_self(&arena, &l), 0);
	assert_int_equal(statx(AT_FDCWD, "/proc", 0, STATX_MNT_ID, &st), 0);
	assert_string_equal(mountinfo_by_id(&l, st.stx_mnt_id)->type, "proc");
	assert_string_equal(mountinfo_by_id(&l, st.stx_mnt_id)->target, "/proc");
	assert_null(mountinfo_by_id(&l, UINT64_MAX));
	assert_null(mountinfo_by_id(&l, UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(neither_relatime_nor_noatime_is_strictatime),
		cmocka_unit_test(what_is_no_line_is_passed_over),
		cmocka_unit_test(broken_tables_are_survived),
		cmocka_unit_test(escapes_need_three_digits),
		cmocka_unit_test(options_are_found_by_name),
		cmocka_unit_test(propagation_has_words),
		cmocka_unit_test(the_kernels_own_table),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
