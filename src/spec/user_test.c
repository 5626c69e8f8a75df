/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "spec/user.h"

static char first_block[64 * 1024];

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     ":x:7:7::/nobody:\n"
			     "broken\n"
			     "huge:x:4294967295:1::/:\n"
			     "www:x:33:33:www:/var/www:/bin/false\n"
			     "1234:x:99:98:a name of digits:/digits:\n"
			     "2000:x:0:0:another:/root:\n"
			     "other:x:1234:5:::\n"
			     "last:x:1000:1000::/home/last"; /* without a newline */
static const char group[] = "root:x:0:\n"
			    "tape:x:26:www,last\n"
			    "www:x:33:\n"
			    "video:x:44:last\n"
			    "again:x:26:last\n"
			    "bad:x:none:last\n"
			    "3000:x:0:2000\n"
			    "55:x:0:\n"
			    "last:x:1000:last\n";

static const struct user_files files = { passwd, group, sizeof(passwd) - 1, sizeof(group) - 1 };

static void test_lookup(void **state)
{
	static const char *const extra[] = { "video", "55", "26", NULL };
	static const struct {
		const char *user;
		bool extra;
		const char *ids;
	} t[] = {
		{ NULL, false, "0:0: /root" },
		{ "root", false, "0:0: /root" },
		{ "0", false, "0:0: /root" },
		{ "www", false, "33:33: 26 /var/www" },
		{ "33", false, "33:33: 26 /var/www" },
		{ "last", false, "1000:1000: 26 44 /home/last" },
		{ "last:www", false, "1000:33: /home/last" },
		{ "last:77", false, "1000:77: /home/last" },
		{ "5000", false, "5000:0: /" },
		{ "5000:26", false, "5000:26: /" },
		{ "5000:tape", false, "5000:26: /" },
		{ "1234", false, "1234:5: /" }, /* digits are the number, whoever is called so */
		{ "2000", false, "2000:0: /" },
		{ "5000:3000", false, "5000:3000: /" },
		{ "5000", true, "5000:0: 26 44 55 /" },
		{ "other", false, "1234:5: /" },
		{ "7", false, "7:0: /" },
		{ "www", true, "33:33: 26 44 55 /var/www" },
		{ "5000:44", true, "5000:44: 26 55 /" },
	};
	struct arena a = ARENA_INIT(first_block);
	struct strv list = { (const char **)extra, 3 };

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct user_ids ids;
		char buf[256];
		struct err e;
		int n;

		assert_int_equal(user_lookup(&a, t[i].user, t[i].extra ? &list : NULL, &files, &ids, &e), 0);
		n = sprintf(buf, "%u:%u:", ids.uid, ids.gid);
		for (size_t k = 0; k < ids.n_groups; k++)
			n += sprintf(buf + n, " %u", ids.groups[k]);
		sprintf(buf + n, " %s", ids.home);
		assert_string_equal(buf, t[i].ids);
	}
	arena_free(&a);
}

static void test_name(void **state)
{
	struct arena a = ARENA_INIT(first_block);

	assert_string_equal(user_name(&a, passwd, sizeof(passwd) - 1, 1000), "last");
	assert_string_equal(user_name(&a, passwd, sizeof(passwd) - 1, 1234), "other");
	assert_null(user_name(&a, passwd, sizeof(passwd) - 1, 8));
	arena_free(&a);
}

static void test_lookup_refused(void **state)
{
	static const struct {
		const char *user, *line;
	} t[] = {
		{ "nobody",
		  "find user 'nobody': the container's /etc/passwd has no such user; give its number" },
		{ "huge", "find user 'huge': the container's /etc/passwd has no such user; give its number" },
		{ "root:nogroup",
		  "find group 'nogroup': the container's /etc/group has no such group; give its number" },
		{ "root:bad",
		  "find group 'bad': the container's /etc/group has no such group; give its number" },
	};
	struct arena a = ARENA_INIT(first_block);
	struct user_ids ids;
	struct err e;
	char line[512];

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_true(user_lookup(&a, t[i].user, NULL, &files, &ids, &e) < 0);
		assert_string_equal(err_line(&e, line, sizeof(line)), t[i].line);
	}
	arena_free(&a);
}

static void test_no_files(void **state)
{
	static const struct user_files none = { "", "", 0, 0 };
	struct arena a = ARENA_INIT(first_block);
	struct user_ids ids;
	struct err e;

	assert_int_equal(user_lookup(&a, NULL, NULL, &none, &ids, &e), 0);
	assert_int_equal(ids.uid, 0);
	assert_string_equal(ids.home, "/");
	assert_true(user_lookup(&a, "root", NULL, &none, &ids, &e) < 0);
	arena_free(&a);
}

/* A group file that the container wrote may list a user more often than the kernel takes groups. */
static void test_too_many_groups(void **state)
{
	struct arena a = { 0 };
	struct str text = { .arena = &a };
	struct user_files many = files;
	struct user_ids ids;
	struct err e;

	for (int i = 0; i <= NGROUPS_MAX; i++)
		str_addf(&text, "g:x:%d:www\n", 1000 + i);
	many.group = text.p;
	many.group_len = text.len;
	assert_int_equal(user_lookup(&a, "www", NULL, &many, &ids, &e), -E2BIG);
	assert_string_equal(e.code, "too-many-groups");
	many.group_len -= strlen("g:x:66536:www\n");
	assert_int_equal(user_lookup(&a, "www", NULL, &many, &ids, &e), 0);
	assert_int_equal(ids.n_groups, NGROUPS_MAX);
	arena_free(&a);
}

static void test_check(void **state)
{
	static const char *const good[] = { "root",     "0",          "1000:1000", "a:b",
					    "www-data", "4294967294", "dom\\user" };
	static const char *const bad[] = { "",    ":",   "a:",   ":b",  "a:b:c", "-1",          "4294967295",
					   "a b", "a/b", "0:-1", "a\n", "a,b",   "0:4294967295" };
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (user_check(good[i], &e) < 0)
			fail_msg("'%s' was refused", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (user_check(bad[i], &e) == 0)
			fail_msg("'%s' was taken", bad[i]);
	assert_string_equal(e.code, "bad-user");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_lookup_refused),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_too_many_groups),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
