/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the tests of cgroups share. Each has a parent cgroup of its own, `parent`, and the machine's layout in
 * `l`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/cgroup/cgroup.h"

static char first[65536], parent[32];
static struct arena a = ARENA_INIT(first);
static struct cgroup_layout l;
static struct err e;

#define ok(call) assert_ok((call), __LINE__)
static int assert_ok(int r, int line)
{
	char text[1200];

	if (r < 0)
		fail_msg("line %d: %s", line, err_line(&e, text, sizeof(text)));
	return r;
}

static int probe(void **state)
{
	snprintf(parent, sizeof(parent), "guise-test-%d", getpid());
	ok(cgroup_probe(&a, CG_ALL, &l, &e));
	cgroup_probe_every(&a, &l);
	return 0;
}

/* A child that sleeps in the cgroup dir. */
static pid_t sleeper(const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	ok(cgroup_join(dir, pid, &e));
	return pid;
}
