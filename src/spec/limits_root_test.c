/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"
#include "spec/limits.h"

/* Does this kernel take what limits_build() says, in that order, and hand it back? */
static char first[65536];
static struct arena a = ARENA_INIT(first);
static struct err e;

static void ok(int r)
{
	char text[1200];

	if (r < 0)
		fail_msg("%s", err_line(&e, text, sizeof(text)));
}

/* The first disk that can be throttled. */
static bool disk_find(struct limits_device *d)
{
	DIR *list = opendir("/sys/block");
	char number[32];
	bool found = false;

	for (struct dirent *ent; list && !found && (ent = readdir(list));)
		found = ent->d_name[0] != '.' && !str_after(ent->d_name, "loop") &&
			!str_after(ent->d_name, "ram") && !str_after(ent->d_name, "zram") &&
			io_read_small(-1, arena_printf(&a, "/sys/block/%s/dev", ent->d_name), number,
				      sizeof(number)) > 0 &&
			sscanf(number, "%u:%u", &d->major, &d->minor) == 2;
	if (list)
		closedir(list);
	return found;
}

static void test_all(void **state)
{
	struct limits_device disk = { .path = "disk" };
	struct spec_throttle t = { "disk", 1 << 20 };
	struct spec_limits l = {
		.memory = 64 << 20,
		.memory_swap = 96 << 20,
		.memory_reservation = 32 << 20,
		.cpu_quota = 50000,
		.cpu_shares = 512,
		.cpuset_cpus = "0",
		.cpuset_mems = "0",
		.pids = 50,
	};
	struct cgroup_layout cg;
	struct limits_facts f = {
		.cg = &cg, .cpus = 1, .page_size = sysconf(_SC_PAGESIZE), .devices = &disk
	};
	struct limit_write *w;
	char parent[64], now[256];
	const char *dirs[CG_COUNT] = { 0 };
	size_t n;

	if (disk_find(&disk)) {
		f.n_devices = l.n_read_bps = l.n_write_iops = 1;
		l.read_bps = l.write_iops = &t;
	}
	ok(cgroup_probe(&a, limits_need(&l) | CG_BIT(CG_IO), &cg, &e));
	if (cg.bfq_weight || cg.io_weight)
		l.blkio_weight = 505;
	snprintf(parent, sizeof(parent), "guise-test-%d", getpid());
	ok(limits_build(&a, &l, &f, &w, &n, &e));
	assert_true(n >= 8);
	for (size_t i = 0; i < n; i++) {
		enum cgroup_controller c = w[i].controller;
		const char *dir = cgroup_dir(&a, &cg, c, parent, "limits");

		if (!dirs[c]) {
			dirs[c] = dir;
			if (access(dir, F_OK) < 0)
				ok(cgroup_make(dir, &e));
			if (cg.at[c].held == CG_IN_V2)
				ok(cgroup2_enable(cg.v2, dir, cgroup_name[c], &e));
			else if (c == CG_CPUSET)
				ok(cgroup1_cpuset_inherit(cg.at[c].base, dir, &e));
		}
		ok(cgroup_set(dir, w[i].file, w[i].value, &e));
		assert_true(io_read_small(-1, arena_printf(&a, "%s/%s", dir, w[i].file), now, sizeof(now)) >
			    0);
		/* io.max and the weights show more words than were written */
		if (!strstr(now, w[i].value) && !strstr(now, strrchr(w[i].value, ' ') ?: w[i].value))
			fail_msg("%s: wrote \"%s\", reads \"%s\"", w[i].file, w[i].value, now);
	}
	for (int c = 0; c < CG_COUNT; c++)
		if (dirs[c])
			ok(cgroup_remove(dirs[c], NULL, 1000, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
