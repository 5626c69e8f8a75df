/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "kernel/seccomp/cache.h"

static const struct sock_filter insns[] = { { 0x20, 0, 0, 4 }, { 0x06, 0, 0, 0x7fff0000 } };
static const struct seccomp_filter filter = { insns, 2, 2 };
static const struct seccomp_key key = { "profile", 7, 5, "test 1" };

static char dir[] = "/tmp/guise-seccomp-cache-XXXXXX";
static int dirfd_;

static int setup(void **state)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	dirfd_ = open(dir, O_DIRECTORY | O_CLOEXEC);
	return dirfd_ < 0;
}

static int teardown(void **state)
{
	close(dirfd_);
	return io_remove_tree(AT_FDCWD, dir);
}

/* The name of the only file. */
static const char *entry(void)
{
	static char name[256];
	DIR *d = opendir(dir);

	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			strcpy(name, e->d_name);
	closedir(d);
	return name;
}

static int load(const struct seccomp_key *k)
{
	struct arena a = { 0 };
	struct seccomp_filter f;
	int n = seccomp_cache_load(&a, dirfd_, k, &f);

	if (n == 1) {
		assert_int_equal(f.count, 2);
		assert_int_equal(f.flags, 2);
		assert_memory_equal(f.insns, insns, sizeof(insns));
	}
	arena_free(&a);
	return n;
}

static void store(void)
{
	struct arena a = { 0 };

	assert_int_equal(seccomp_cache_store(&a, dirfd_, &key, &filter), 0);
	arena_free(&a);
}

static void found_again(void **state)
{
	struct seccomp_key other = key;

	assert_int_equal(load(&key), 0);
	store();
	store();
	assert_int_equal(load(&key), 1);
	other.caps = 4;
	assert_int_equal(load(&other), 0);
	other = key;
	other.builder = "test 2";
	assert_int_equal(load(&other), 0);
	other = key;
	other.profile_len = 6;
	assert_int_equal(load(&other), 0);
}

/* No byte may be wrong, missing or too many. */
static void damage(void **state)
{
	struct arena a = { 0 };
	char *data;
	size_t len;

	store();
	const char *name = entry();
	assert_int_equal(io_read_file(&a, dirfd_, name, 4096, &data, &len), 0);
	for (size_t i = 0; i < len; i++) {
		data[i] ^= 0x10;
		assert_int_equal(io_write_file(dirfd_, name, data, len, 0600), 0);
		data[i] ^= 0x10;
		assert_int_equal(load(&key), 0);
		assert_int_equal(io_write_file(dirfd_, name, data, i, 0600), 0);
		assert_int_equal(load(&key), 0);
	}
	assert_int_equal(io_write_file(dirfd_, name, data, len + 1, 0600), 0); /* the NUL behind */
	assert_int_equal(load(&key), 0);
	assert_int_equal(io_write_file(dirfd_, name, data, len, 0600), 0);
	assert_int_equal(load(&key), 1);
	arena_free(&a);
}

static void strangers(void **state)
{
	store();
	const char *name = entry();
	assert_int_equal(fchmodat(dirfd_, name, 0620, 0), 0);
	assert_int_equal(load(&key), 0);
	assert_int_equal(fchmodat(dirfd_, name, 0600, 0), 0);
	assert_int_equal(load(&key), 1);
	assert_int_equal(renameat(dirfd_, name, dirfd_, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", dirfd_, name), 0);
	assert_true(load(&key) < 0);
	assert_int_equal(unlinkat(dirfd_, name, 0), 0);
	assert_int_equal(mkfifoat(dirfd_, name, 0600), 0);
	assert_int_equal(load(&key), 0);
	if (geteuid() == 0) {
		assert_int_equal(renameat(dirfd_, "elsewhere", dirfd_, name), 0);
		assert_int_equal(fchownat(dirfd_, name, 1234, 0, 0), 0);
		assert_int_equal(load(&key), 0);
	}
}

/* Profiles that differ have texts that differ, also where a name has what stands between names. */
static void profile_texts(void **state)
{
	static const char *const names[][3] = {
		{ "read", "write" },   { "read write" },        { "read5:write" },
		{ "4:read", "write" }, { "read", "write", "" }, { "read", "", "write" },
	};
	const struct seccomp_arg arg = { .index = 1, .op = SECCOMP_OP_EQ, .value = 2, .mask = 3 };
	struct seccomp_rule rules[ARRAY_LEN(names)][2];
	struct str texts[ARRAY_LEN(names) * 4];
	struct arena a = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct seccomp_profile p = { .default_action = 5, .rules = rules[i], .n_rules = 1 };
		struct seccomp_rule *r = rules[i];

		*r = (struct seccomp_rule){ .names = (const char **)names[i], .action = 7 };
		while (r->n_names < 3 && names[i][r->n_names])
			r->n_names++;
		texts[n++] = seccomp_key_profile(&a, &p);
		r->args = (struct seccomp_arg *)&arg;
		r->n_args = 1;
		texts[n++] = seccomp_key_profile(&a, &p);
		r[1] = r[0];
		p.n_rules = 2;
		texts[n++] = seccomp_key_profile(&a, &p);
		p.n_arches = 1;
		p.arches = &(uint32_t){ 7 };
		texts[n++] = seccomp_key_profile(&a, &p);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (texts[i].len == texts[k].len && memcmp(texts[i].p, texts[k].p, texts[i].len) == 0)
				fail_msg("%.*s", (int)texts[i].len, texts[i].p);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(found_again, setup, teardown),
		cmocka_unit_test_setup_teardown(damage, setup, teardown),
		cmocka_unit_test(profile_texts),
		cmocka_unit_test_setup_teardown(strangers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
