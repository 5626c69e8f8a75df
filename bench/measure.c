/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * measure: how long commands take, side by side.
 *
 *	measure RUNS -- NAME [@NAMESPACE...] COMMAND [ARG...] [-- NAME ...]
 *
 * Each command is run RUNS times, taking turns with the others, so that what else the machine does strikes
 * all alike; one more round before them is not counted. @/proc/PID/ns/net and the like are entered before
 * the command is executed. Its output goes to /dev/null. One that fails is told on stderr, and no longer run.
 *
 * One line per command, tab-separated medians: NAME, wall clock and CPU time in microseconds, page faults, peak memory;
 * or only NAME, if it failed. The exit status is 1 if all did.
 *
 * Wall clock: from fork until the command itself has ended. CPU time: user and system time of the command and
 * all its descendants. wait4(2) alone would miss those that the command left behind (podman's conmon, a
 * monitor), so measure is their subreaper and waits for all of them before the next turn. A cgroup's
 * counters would miss more: engines move processes to cgroups of their own. What the kernel does in its own
 * threads afterwards (tearing down a network namespace) is in no engine's time. Peak memory: the resident set, in KiB,
 * of the process among them that had the largest; a small one is hidden behind measure's own, of which it is a fork.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_MAX = 32, RUNS_MAX = 10000 };

struct row {
	const char *name;
	char **argv; /* @NAMESPACE..., then the command */
	int failed;
	long wall[RUNS_MAX], cpu[RUNS_MAX], faults[RUNS_MAX], memory[RUNS_MAX];
};

static struct row rows[ROWS_MAX];

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

_Noreturn static void execute(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	for (; **argv == '@'; argv++) {
		int ns = open(*argv + 1, O_RDONLY | O_CLOEXEC);

		if (ns < 0 || setns(ns, 0) < 0)
			die(*argv);
	}
	dup2(null, 0);
	dup2(null, 1);
	execvp(*argv, argv);
	die(*argv);
}

/* Wait for the command and for all that it left behind; return when the command ended. */
static long wait_for_all(pid_t command, struct row *r, long *memory)
{
	struct rusage used;
	long ended = 0;
	int status;
	pid_t pid;

	*memory = 0;
	while ((pid = wait4(-1, &status, 0, &used)) > 0) {
		if (used.ru_maxrss > *memory)
			*memory = used.ru_maxrss;
		if (pid != command)
			continue;
		ended = now_us();
		r->failed = status;
	}
	if (r->failed)
		fprintf(stderr, "measure: %s failed (wait status %#x)\n", r->name, r->failed);
	return ended;
}

static long micros(struct timeval t)
{
	return t.tv_sec * 1000000 + t.tv_usec;
}

static void run_once(struct row *r, int run)
{
	struct rusage before, after;
	long started;
	pid_t pid;

	if (r->failed)
		return;
	getrusage(RUSAGE_CHILDREN, &before);
	started = now_us();
	if ((pid = fork()) < 0)
		die("fork");
	if (pid == 0)
		execute(r->argv);
	r->wall[run] = wait_for_all(pid, r, &r->memory[run]) - started;
	getrusage(RUSAGE_CHILDREN, &after);
	r->cpu[run] = micros(after.ru_utime) + micros(after.ru_stime) - micros(before.ru_utime) -
		      micros(before.ru_stime);
	r->faults[run] = after.ru_minflt - before.ru_minflt;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(long *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static int print(struct row *r, int runs)
{
	if (r->failed)
		return printf("%s\n", r->name), 0;
	printf("%s\t%ld\t%ld\t%ld\t%ld\n", r->name, median(r->wall, runs), median(r->cpu, runs),
	       median(r->faults, runs), median(r->memory, runs));
	return 1;
}

/* Cut argv at each "--" into rows. */
static int parse(char **argv)
{
	int n = 0;

	while (*argv && strcmp(*argv, "--") == 0) {
		if (n == ROWS_MAX || !argv[1] || !argv[2])
			return 0;
		rows[n].name = argv[1];
		rows[n].argv = argv + 2;
		n++;
		*argv = NULL;
		for (argv += 3; *argv && strcmp(*argv, "--") != 0; argv++)
			;
	}
	return *argv ? 0 : n;
}

int main(int argc, char **argv)
{
	int runs = argc > 2 ? atoi(argv[1]) : 0, n = argc > 2 ? parse(argv + 2) : 0, good = 0;

	if (runs < 1 || runs >= RUNS_MAX || n == 0) {
		fputs("usage: measure RUNS -- NAME [@NAMESPACE...] COMMAND [ARG...] [-- NAME ...]\n", stderr);
		return 1;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("PR_SET_CHILD_SUBREAPER");
	for (int i = 0; i < n; i++)
		run_once(&rows[i], 0); /* to warm caches; overwritten by the first that counts */
	for (int run = 0; run < runs; run++)
		for (int i = 0; i < n; i++)
			run_once(&rows[i], run);
	for (int i = 0; i < n; i++)
		good += print(&rows[i], runs);
	return good == 0;
}
