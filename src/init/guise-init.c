/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-init: the last program before a container's command, and its PID 1 with --init.
 *
 *     guise-init exec FD PATH ARGV0 [ARG...]   execute PATH
 *     guise-init init FD PATH ARGV0 [ARG...]   the same in a child; reap, forward signals, exit as it does
 *
 * FD is a socket to guise: told "now" (one byte) just before execve, which closes it when it succeeds, and
 * else told its errno (one int). Without the byte, guise knows an end of file for a death. Why this is
 * a program of its own: plan/step_exec.c. It uses no C library, so that it is two pages, starts in the
 * time of one execve and can be carried inside guise.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/signal.h>
#include <linux/wait.h>

#if defined(__x86_64__)
static long call6(long nr, long a, long b, long c, long d, long f, long g)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = f, r9 __asm__("r9") = g;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
/* the stack at the start: argc, argv, NULL, envp, NULL (System V ABI) */
__asm__(".globl _start\n_start: xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call start\n");
#elif defined(__aarch64__)
static long call6(long nr, long a, long b, long c, long d, long f, long g)
{
	register long x8 __asm__("x8") = nr, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = f, x5 __asm__("x5") = g;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
__asm__(".globl _start\n_start: mov x29,#0\n mov x0,sp\n bl start\n");
#else
#error "guise-init: write call6 and _start for this architecture"
#endif

#define call(nr, a, b, c, d) call6((nr), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* The kernel's sigset_t: 64 bits. The C library's headers know a larger one. */
typedef unsigned long long mask_t;

static void quit(int status)
{
	for (;;)
		call(__NR_exit_group, status, 0, 0, 0);
}

static int number(const char *s)
{
	int n = 0;

	while (*s >= '0' && *s <= '9')
		n = 10 * n + *s++ - '0';
	return n;
}

static void execute(int fd, char **argv, char **envp)
{
	int no;

	call(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC, 0);
	no = (int)-call(__NR_execve, argv[0], argv + 1, envp, 0);
	call(__NR_write, fd, &no, sizeof(no), 0);
	quit(no == ENOENT ? 127 : 126);
}

/* Is the signal one that the terminal sent to its whole foreground job (Ctrl-C)? The command got it, too: it
 * stays in our process group. That group is orphaned, so that Ctrl-Z cannot stop a command which nobody would
 * continue; a shell makes groups of its own. A hangup may have been for us alone, as the session's leader. */
static int from_terminal(const siginfo_t *info)
{
	return info->si_code == SI_KERNEL && info->si_signo != SIGHUP;
}

static int reap(int child)
{
	int status, pid, code = -1;

	while ((pid = (int)call(__NR_wait4, -1, &status, WNOHANG, 0)) > 0)
		if (pid == child)
			code = status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
	return code;
}

static void init(int fd, char **argv, char **envp)
{
	mask_t all = ~0ULL, old;
	siginfo_t info;
	int child, sig, code;

	/* executed by descriptor, it would show in ps as the memfd */
	call(__NR_prctl, PR_SET_NAME, "guise-init", 0, 0);
	/* all signals are taken by sigtimedwait */
	call(__NR_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(all));
	child = (int)call(__NR_clone, SIGCHLD, 0, 0, 0);
	if (child == 0) {
		call(__NR_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof(old));
		execute(fd, argv, envp);
	}
	call(__NR_close, fd, 0, 0, 0);
	if (child < 0)
		quit(126);
	for (;;) {
		sig = (int)call(__NR_rt_sigtimedwait, &all, &info, 0, sizeof(all));
		if (sig == SIGCHLD && (code = reap(child)) >= 0)
			quit(code);
		if (sig > 0 && sig != SIGCHLD && !from_terminal(&info))
			call(__NR_kill, child, sig, 0, 0);
	}
}

__attribute__((used, noreturn)) void start(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
	int fd;

	if (argc < 5)
		quit(125);
	fd = number(argv[2]);
	if (argv[1][0] == 'i')
		init(fd, argv + 3, envp);
	else
		execute(fd, argv + 3, envp);
	quit(125);
	__builtin_unreachable();
}
