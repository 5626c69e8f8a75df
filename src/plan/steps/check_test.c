/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What check says of a process that is no container: what test/live/explain.bats cannot change in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <grp.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process/timens.h"
#include "kernel/process/userns.h"
#include "plan/compare.h"
#include "plan/plan.h"

static struct arena arena;
static struct target target;
static struct str text;
static struct plan plan;

/* A child that is not the leader of its session, called "pasta", with at most 77:99 descriptors. */
static int setup(void **state)
{
	int ends[2];
	char c;

	if (pipe(ends) < 0)
		return -1;
	target_init(&target, &arena, 0, -1);
	target.pid = fork();
	if (target.pid == 0) {
		struct rlimit l = { 77, 99 };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "pasta");
		setrlimit(RLIMIT_NOFILE, &l);
		if (write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	plan.arena = &arena;
	target.plan = &plan;
	target.pidfd = (int)syscall(SYS_pidfd_open, target.pid, 0);
	return read(ends[0], &c, 1) != 1;
}

static int teardown(void **state)
{
	kill(target.pid, SIGKILL);
	waitpid(target.pid, NULL, 0);
	target_close(&target);
	arena_free(&arena);
	return 0;
}

static enum found check(const struct step *s)
{
	text = (struct str){ .arena = &arena };
	return step_check(s, &target, &text);
}

static void every_kind_has_one(void **state)
{
	for (int i = 0; i < STEP_COUNT; i++)
		assert_true(step_ops(i)->read || i == STEP_WAIT || i == STEP_AWAIT || i == STEP_TELL ||
			    i == STEP_START);
}

static void process(void **state)
{
	struct step s = { .kind = STEP_PROCESS, .process.flags = CLONE_NEWUTS | CLONE_NEWNET };

	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_string_equal(text.p, "namespaces of its own: none, without uts net");
	s.process.flags = 0;
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	assert_int_equal(check(&(struct step){ .kind = STEP_CGROUP_NS }), FOUND_MISSING);
	s = (struct step){ .kind = STEP_DOMAINNAME, .domainname.name = "no such" };
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_non_null(strstr(text.p, "the domain name: "));
}

static void idmap(void **state)
{
	const char *uid = userns_read_map(&arena, target.pid, "uid_map");
	const char *gid = userns_read_map(&arena, target.pid, "gid_map");
	struct step s = { .kind = STEP_IDMAP, .idmap = { .uid = uid, .gid = gid } };

	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.idmap.gid = "0 100000 65536";
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_non_null(strstr(text.p, "gid_map: 0 "));
	assert_null(strstr(text.p, "uid_map"));
	assert_null(strpbrk(text.p, "\n"));
	s = (struct step){ .kind = STEP_IDMAP, .idmap = { .uid = "5 6 7", .gid = gid } };
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_non_null(strstr(text.p, "uid_map: 0 "));
}

static void session(void **state)
{
	char want[64];

	assert_int_equal(check(&(struct step){ .kind = STEP_SESSION }), FOUND_DIFFERENT);
	snprintf(want, sizeof(want), "its session is that of process %d", getsid(0));
	assert_string_equal(text.p, want);
}

static void privileges(void **state)
{
	struct step s = { .kind = STEP_NO_NEW_PRIVS };

	assert_int_equal(check(&s),
			 prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) ? FOUND_AS_PLANNED : FOUND_MISSING);
	s.kind = STEP_SECCOMP;
	assert_int_equal(check(&s), prctl(PR_GET_SECCOMP) ? FOUND_AS_PLANNED : FOUND_MISSING);
	s = (struct step){ .kind = STEP_BOUNDING, .bounding.keep = 1ULL << 50 };
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_non_null(strstr(text.p, "CapBnd: "));
	s = (struct step){ .kind = STEP_CAPS, .caps.ambient = 1ULL << 50 };
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_non_null(strstr(text.p, "CapEff: "));
	assert_non_null(strstr(text.p, "; CapPrm: "));
	assert_non_null(strstr(text.p, "; CapAmb: "));
	assert_null(strstr(text.p, "CapInh: "));
}

static void scheduling(void **state)
{
	struct step s = { .kind = STEP_SCHEDULER,
			  .scheduler = { .policy = SCHED_OTHER, .nice = getpriority(PRIO_PROCESS, 0) } };

	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.scheduler.policy = SCHED_BATCH;
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_string_equal(text.p, "policy: SCHED_OTHER, not SCHED_BATCH");
	s = (struct step){ .kind = STEP_IO_PRIORITY, .io_priority = { .class = 3, .level = 7 } };
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	s = (struct step){ .kind = STEP_AFFINITY, .affinity.cpus = "0-8191" };
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.affinity.cpus = "8191";
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	assert_non_null(strstr(text.p, "cpus: "));
	assert_non_null(strstr(text.p, ", not 8191"));
	s = (struct step){ .kind = STEP_PERSONALITY,
			   .personality.persona = (uint64_t)personality(0xffffffff) };
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.personality.persona = 0x0f000000;
	assert_int_equal(check(&s), FOUND_DIFFERENT);
	s = (struct step){ .kind = STEP_MEMORY_POLICY, .memory_policy = { .mode = MPOL_BIND, .nodes = "0" } };
	assert_int_equal(check(&s),
			 access("/proc/self/numa_maps", R_OK) == 0 ? FOUND_DIFFERENT : FOUND_UNKNOWN);
}

/* In a user namespace, whose root may have clocks of its own. */
static void time_offsets(void **state)
{
	struct step s = { .kind = STEP_TIME_NS,
			  .time_ns = { .monotonic = 1000, .boottime = 5000, .boottime_ns = 1 } };
	struct timens_offset m = { .secs = 1000 }, b = { .secs = 5000, .nanosecs = 1 };
	pid_t first = target.pid;
	int ends[2];
	char c = 1;

	assert_int_equal(check(&s), FOUND_MISSING);
	assert_int_equal(pipe(ends), 0);
	if ((target.pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0) || timens_enter_new(&m, &b) < 0;
		(void)!write(ends[1], &c, 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ends[0], &c, 1), 1);
	if (c == 0) {
		assert_int_equal(check(&s), FOUND_AS_PLANNED);
		s.time_ns.monotonic = 7;
		assert_int_equal(check(&s), FOUND_DIFFERENT);
		assert_string_equal(text.p, "monotonic: 1000, not 7");
	}
	kill(target.pid, SIGKILL);
	waitpid(target.pid, NULL, 0);
	target.pid = first;
	close(ends[0]);
	close(ends[1]);
	if (c)
		skip();
}

static void rlimit(void **state)
{
	struct step s = { .kind = STEP_RLIMIT, .rlimit = { "nofile", RLIMIT_NOFILE, 77, 99 } };

	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.rlimit.soft = 76;
	assert_int_equal(check(&s), FOUND_UNKNOWN);
	assert_string_equal(text.p, "nofile: soft: 77, not 76");
	s.rlimit.soft = 77;
	s.rlimit.hard = RLIM_INFINITY;
	assert_int_equal(check(&s), FOUND_DIFFERENT);
}

static void user(void **state)
{
	gid_t groups[65536];
	uint32_t ids[65536];
	int n = getgroups(65536, groups);
	struct step s = { .kind = STEP_USER };

	for (int i = 0; i < n; i++)
		ids[i] = groups[i];
	s.user.uid = getuid();
	s.user.gid = getgid();
	s.user.groups.v = ids;
	s.user.groups.n = (uint64_t)n;
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.user.uid++;
	assert_int_equal(check(&s), FOUND_UNKNOWN);
	assert_non_null(strstr(text.p, "uid: "));
	s.user.uid--;
	s.user.gid++;
	assert_int_equal(check(&s), FOUND_UNKNOWN);
	assert_non_null(strstr(text.p, "gid: "));
	s.user.gid--;
	ids[n] = 4294967294U;
	s.user.groups.n++;
	assert_int_equal(check(&s), FOUND_UNKNOWN);
	assert_non_null(strstr(text.p, "groups: "));
	s.user.keep_groups = true;
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	s.user.keep_caps = true;
	assert_int_equal(check(&s), s.user.uid ? FOUND_AS_PLANNED : FOUND_UNKNOWN);
	s.user.uid = 0;
	assert_int_equal(check(&s), FOUND_UNKNOWN);
}

static void exec(void **state)
{
	struct step s = { .kind = STEP_EXEC };
	const char *argv[] = { "/bin/pasta", NULL };

	s.exec.argv = (struct strv){ argv, 1 };
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	argv[0] = "other";
	assert_int_equal(check(&s), FOUND_UNKNOWN);
	assert_string_equal(text.p, "it has executed, or calls itself, pasta");
	s.exec.init = true;
	assert_int_equal(check(&s), FOUND_DIFFERENT);
}

static void pasta(void **state)
{
	char path[] = "/tmp/step_check_test.XXXXXX";
	struct step s = { .kind = STEP_PASTA, .pasta.pidfile = path };
	int fd = mkstemp(path);

	dprintf(fd, "%d\n", target.pid);
	assert_int_equal(check(&s), FOUND_AS_PLANNED);
	assert_int_equal(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	dprintf(fd, "%d\n", getpid()); /* somebody else has the number by now */
	assert_int_equal(check(&s), FOUND_MISSING);
	assert_string_equal(text.p, "pasta has ended");
	close(fd);
	unlink(path);
	assert_int_equal(check(&s), FOUND_MISSING);
}

/* The same of a pid that no process has. */
static void nobody(void **state)
{
	static const enum step_kind kinds[] = { STEP_PROCESS, STEP_SESSION,  STEP_NO_NEW_PRIVS,
						STEP_SECCOMP, STEP_BOUNDING, STEP_CAPS,
						STEP_RLIMIT,  STEP_EXEC,     STEP_CONSOLE };
	const char *argv[] = { "a", NULL };
	pid_t pid = target.pid;

	target.pid = 4194304 + 1; /* above any (PID_MAX_LIMIT) */
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct step s = { .kind = kinds[i] };

		if (s.kind == STEP_EXEC)
			s.exec.argv = (struct strv){ argv, 1 };
		assert_int_equal(check(&s), FOUND_MISSING);
	}
	target.pid = pid;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_one),
		cmocka_unit_test(process),
		cmocka_unit_test(idmap),
		cmocka_unit_test(session),
		cmocka_unit_test(privileges),
		cmocka_unit_test(scheduling),
		cmocka_unit_test(time_offsets),
		cmocka_unit_test(rlimit),
		cmocka_unit_test(user),
		cmocka_unit_test(exec),
		cmocka_unit_test(pasta),
		cmocka_unit_test(nobody),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
