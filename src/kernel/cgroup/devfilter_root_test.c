/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/devfilter.h"

/* Real device nodes, made beforehand; opened and made by a child that lives in a real cgroup. */
static char first[1 << 20], dir[64];
static struct arena a = ARENA_INIT(first);
static struct cgroup_layout l;
static struct err e;

static const char *node(const char *name)
{
	return arena_printf(&a, "%s/%s", dir, name);
}

/* Others may run this test at the same time. */
static const char *own_cgroup(const char *name)
{
	return cgroup_home(&a, &l, "guise-test", arena_printf(&a, "%s-%d", name, getpid()));
}

static int setup(void **state)
{
	if (cgroup_probe(&a, 0, &l, &e) < 0)
		return -1;
	/* not /tmp: it may be mounted nodev */
	snprintf(dir, sizeof(dir), "/dev/guise-test-%d", getpid());
	mkdir(dir, 0700);
	mknod(node("null"), S_IFCHR | 0600, makedev(1, 3));
	mknod(node("zero"), S_IFCHR | 0600, makedev(1, 5));
	mknod(node("kmsg"), S_IFCHR | 0600, makedev(1, 11));
	mknod(node("mem"), S_IFCHR | 0600, makedev(1, 1));
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "null", "zero", "kmsg", "mem" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlink(node(names[i]));
	return rmdir(dir);
}

enum {
	NULL_RW = 1,
	ZERO_R = 2,
	ZERO_W = 4,
	KMSG_R = 8,
	KMSG_W = 16,
	MKNOD_CHR = 32,
	MKNOD_BLK = 64,
	ZERO_RW = 128
};

static int may_open(const char *name, int flags)
{
	autoclose int fd = open(node(name), flags | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0;
}

static int may_mknod(mode_t type)
{
	const char *path = node("made");
	int r = mknod(path, type | 0600, makedev(7, 200));

	unlink(path);
	return r == 0;
}

/* What a process in a cgroup with these rules may do. */
static int allowed(const struct dev_rule *rules, size_t n)
{
	const char *cg = own_cgroup("dev");
	int status, r;
	pid_t pid;

	assert_int_equal(cgroup_make(cg, &e), 0);
	autoclose int fd = cgroup_open(cg, &e);
	r = devfilter_attach(&a, fd, rules, n, &e);
	if (r < 0)
		print_error("%s: %s\n", e.what, e.cause);
	assert_int_equal(r, 0);
	pid = fork();
	if (pid == 0) {
		if (cgroup_join(cg, 0, &e) < 0)
			_exit(255);
		_exit(may_open("null", O_RDWR) * NULL_RW | may_open("zero", O_RDONLY) * ZERO_R |
		      may_open("zero", O_WRONLY) * ZERO_W | may_open("zero", O_RDWR) * ZERO_RW |
		      may_open("kmsg", O_RDONLY) * KMSG_R | may_open("kmsg", O_WRONLY) * KMSG_W |
		      may_mknod(S_IFCHR) * MKNOD_CHR | may_mknod(S_IFBLK) * MKNOD_BLK);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(cgroup_remove(cg, NULL, 2000, &e), 0);
	return WEXITSTATUS(status);
}

#define RULES(...)                                                                                           \
	allowed((const struct dev_rule[]){ __VA_ARGS__ },                                                    \
		sizeof((const struct dev_rule[]){ __VA_ARGS__ }) / sizeof(struct dev_rule))
#define NONE                                                                                                 \
	{                                                                                                    \
		'a', false, DEV_RWM, -1, -1                                                                  \
	}
#define ALL                                                                                                  \
	{                                                                                                    \
		'a', true, DEV_RWM, -1, -1                                                                   \
	}

static void test_default(void **state)
{
	assert_int_equal(allowed(dev_default, dev_default_count),
			 NULL_RW | ZERO_R | ZERO_W | ZERO_RW | MKNOD_CHR | MKNOD_BLK);
}

static void test_rules(void **state)
{
	assert_int_equal(allowed(NULL, 0), 0);
	assert_int_equal(RULES(NONE), 0);
	assert_int_equal(RULES(NONE, ALL), 255);
	assert_int_equal(RULES(ALL, NONE), 0);
	/* the accesses of one device from two rules */
	assert_int_equal(RULES(NONE, { 'c', true, DEV_READ, 1, 5 }, { 'c', true, DEV_WRITE, 1, 5 }),
			 ZERO_R | ZERO_W | ZERO_RW);
	/* allowed, then a part of it refused */
	assert_int_equal(RULES(NONE, { 'c', true, DEV_RWM, 1, -1 }, { 'c', false, DEV_WRITE, 1, 11 }),
			 NULL_RW | ZERO_R | ZERO_W | ZERO_RW | KMSG_R);
	/* refused, then allowed again */
	assert_int_equal(RULES(NONE, { 'c', false, DEV_RWM, 1, -1 }, { 'c', true, DEV_READ, 1, 11 }), KMSG_R);
	/* devices of one major, which share its test, before and after something else */
	assert_int_equal(RULES(NONE, { 'c', true, DEV_RWM, 1, 11 }, { 'c', true, DEV_RWM, 1, 3 }),
			 NULL_RW | KMSG_R | KMSG_W);
	assert_int_equal(RULES(NONE, { 'c', true, DEV_RWM, 1, 5 }, { 'c', true, DEV_RWM, 1, 3 },
			       { 'c', false, DEV_WRITE, 1, 5 }),
			 NULL_RW | ZERO_R);
	assert_int_equal(RULES(NONE, { 'c', false, DEV_RWM, 1, 5 }, { 'c', true, DEV_RWM, 1, 3 },
			       { 'c', true, DEV_RWM, 1, 9 }),
			 NULL_RW);
	/* everything but one thing */
	assert_int_equal(RULES(ALL, { 'b', false, DEV_MKNOD, -1, -1 }), 255 & ~MKNOD_BLK);
	assert_int_equal(RULES(NONE, { 'b', true, DEV_RWM, 7, 200 }), MKNOD_BLK);
}

/* No descriptor is left for the program: the error says that, and nothing of the verifier's. */
static void test_no_descriptor(void **state)
{
	const char *cg = own_cgroup("full");
	struct rlimit was, none;

	assert_int_equal(cgroup_make(cg, &e), 0);
	autoclose int fd = cgroup_open(cg, &e);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){ 0, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(devfilter_attach(&a, fd, dev_default, dev_default_count, &e), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_string_equal(e.cause, strerror(EMFILE));
	assert_int_equal(cgroup_remove(cg, NULL, 2000, &e), 0);
}

static void test_check(void **state)
{
	const char *cg = own_cgroup("check");
	struct dev_rule other[dev_default_count];

	memcpy(other, dev_default, sizeof(other));
	other[dev_default_count - 1].access = DEV_READ;
	assert_int_equal(cgroup_make(cg, &e), 0);
	autoclose int fd = cgroup_open(cg, &e);
	assert_int_equal(devfilter_check(&a, fd, dev_default, dev_default_count, &e), -ENOENT);
	assert_int_equal(devfilter_check(&a, fd, &(struct dev_rule)ALL, 1, &e), 0);
	assert_int_equal(devfilter_attach(&a, fd, other, dev_default_count, &e), 0);
	assert_int_equal(devfilter_check(&a, fd, dev_default, dev_default_count, &e), -ESTALE);
	assert_int_equal(devfilter_check(&a, fd, other, dev_default_count, &e), 0);
	assert_int_equal(devfilter_attach(&a, fd, dev_default, dev_default_count, &e), 0);
	assert_int_equal(devfilter_check(&a, fd, dev_default, dev_default_count, &e), 0);
	assert_int_equal(cgroup_remove(cg, NULL, 2000, &e), 0);
}

static bool list_is(const char *cg, const struct dev_rule *rules, size_t n)
{
	char *text;

	assert_int_equal(
		io_read_file(&a, AT_FDCWD, arena_printf(&a, "%s/devices.list", cg), 65536, &text, NULL), 0);
	return devfilter_same_v1(&a, text, rules, n);
}

/* Only where the hierarchy of v1 is mounted: hybrid hosts use the program instead. */
static void test_v1(void **state)
{
	const char *cg = arena_printf(&a, "/sys/fs/cgroup/devices/guise-test-%d/v1", getpid());
	int status;
	pid_t pid;

	if (access("/sys/fs/cgroup/devices/devices.allow", F_OK) < 0)
		skip();
	assert_int_equal(cgroup_make(cg, &e), 0);
	assert_int_equal(devfilter_write_v1(&a, cg, dev_default, dev_default_count, &e), 0);
	assert_true(list_is(cg, dev_default, dev_default_count));
	assert_false(list_is(cg, dev_default, dev_default_count - 1));
	assert_false(list_is(cg, &(struct dev_rule)ALL, 1));
	pid = fork();
	if (pid == 0) {
		if (cgroup_join(cg, 0, &e) < 0)
			_exit(255);
		_exit(may_open("null", O_RDWR) | may_open("kmsg", O_RDONLY) << 1 | may_mknod(S_IFCHR) << 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1 | 4);
	assert_int_equal(cgroup_remove(cg, NULL, 2000, &e), 0);
}

static void test_rule_str(void **state)
{
	assert_string_equal(dev_rule_str(&a, &dev_default[0]), "a *:* rwm");
	assert_string_equal(dev_rule_str(&a, &(struct dev_rule){ 'b', true, DEV_READ, 8, 17 }), "b 8:17 r");
	assert_string_equal(dev_rule_str(&a, &(struct dev_rule){ 'c', true, DEV_MKNOD, 136, -1 }),
			    "c 136:* m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_check),   cmocka_unit_test(test_no_descriptor),
		cmocka_unit_test(test_v1),      cmocka_unit_test(test_rule_str),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
