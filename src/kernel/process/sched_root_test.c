/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "kernel/process/sched.h"

/* Every test in a child: what is set cannot always be taken back. */
static void in_child(int (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(test());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int check_policy(void)
{
	struct sched_wish batch = { .policy = SCHED_BATCH, .nice = 7 }, bad = { .policy = 77 };

	if (sched_set(&batch) != 0 || sched_getscheduler(0) != SCHED_BATCH ||
	    getpriority(PRIO_PROCESS, 0) != 7)
		return 1;
	return sched_set(&bad) == -EINVAL ? 0 : 2;
}

static int check_io(void)
{
	if (sched_set_io(IOPRIO_CLASS_BE, 6) != 0)
		return 1;
	return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6) ? 0 :
													 2;
}

static int check_affinity(void)
{
	cpu_set_t set;

	if (sched_set_affinity("0") != 0 || sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return CPU_COUNT(&set) == 1 && CPU_ISSET(0, &set) && sched_set_affinity("8000") == -EINVAL ? 0 : 2;
}

static int check_memory(void)
{
	unsigned long mask[16] = { 0 };
	char now[64];
	int mode = -1;

	if (sched_set_memory(MPOL_BIND, MPOL_F_STATIC_NODES, "0") != 0 ||
	    syscall(SYS_get_mempolicy, &mode, mask, 8 * sizeof(mask), NULL, 0) < 0)
		return 1;
	if (mode != (MPOL_BIND | MPOL_F_STATIC_NODES) || mask[0] != 1)
		return 2;
	if (sched_memory_is(getpid(), MPOL_BIND, MPOL_F_STATIC_NODES, "0", now, sizeof(now)) != 1 ||
	    strcmp(now, "bind=static:0") != 0 ||
	    sched_memory_is(getpid(), MPOL_BIND, 0, "1", now, sizeof(now)) != 0 ||
	    sched_memory_is(getpid(), MPOL_INTERLEAVE, 0, "0", now, sizeof(now)) != 0)
		return 4;
	if (sched_set_memory(MPOL_PREFERRED, 0, NULL) != 0 ||
	    sched_memory_is(getpid(), MPOL_PREFERRED, 0, NULL, now, sizeof(now)) != 1)
		return 5;
	return sched_set_memory(MPOL_DEFAULT, 0, NULL) == 0 &&
			       sched_set_memory(MPOL_BIND, 0, NULL) == -EINVAL ?
		       0 :
		       3;
}

static void policy(void **state)
{
	in_child(check_policy);
}
static void io(void **state)
{
	in_child(check_io);
}
static void affinity(void **state)
{
	in_child(check_affinity);
}
static void memory(void **state)
{
	in_child(check_memory);
}

static void names(void **state)
{
	assert_string_equal(sched_policy_name(SCHED_BATCH), "SCHED_BATCH");
	assert_string_equal(sched_policy_name(6), "SCHED_DEADLINE");
	assert_null(sched_policy_name(4));
	assert_null(sched_policy_name(99));
	assert_string_equal(sched_memory_name(MPOL_BIND), "MPOL_BIND");
	assert_null(sched_memory_name(-1));
	assert_null(sched_memory_name(7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy), cmocka_unit_test(io),    cmocka_unit_test(affinity),
		cmocka_unit_test(memory), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
