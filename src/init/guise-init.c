/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-init: the last program before a container's command, and its PID 1 with --init.
 *
 *     guise-init exec FD SIZE PATH ARGV0 [ARG...]   execute PATH
 *     guise-init init FD SIZE PATH ARGV0 [ARG...]   the same in a child; reap, pass signals on, exit like it
 *
 * FD is memory of SIZE bytes (plan/init_orders.h): what to do first, and where guise-init reports a failure.
 * It loads the system call filter last of all. From then on it calls nothing but execve(2), so a profile has
 * to allow no other call. If execve(2) fails, guise-init reports that in the memory and ends: by
 * exit_group(2) or, where the filter denies that, by an instruction that no processor has.
 *
 * Until then nobody may trace it: a tracer could make it call what the filter denies. plan/steps/exec.c sees
 * to that.
 *
 * Why this is a program of its own: plan/steps/exec.c. It uses no C library, so that it is two pages, starts
 * in the time of one execve and can be carried inside guise.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mman.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/signal.h>
#include <linux/wait.h>

#include "plan/init_orders.h"

#if defined(__x86_64__)
static long call6(long nr, long a, long b, long c, long d, long f, long g)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = f, r9 __asm__("r9") = g;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
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

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
__asm__(".globl _start\n_start: mov x29,#0\n mov x0,sp\n bl start\n");
#else
#error "guise-init: write call6 and _start for this architecture"
#endif

#define call(nr, a, b, c, d) call6((nr), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* The kernel's sigset_t: 64 bits. The C library's headers know a larger one. */
typedef unsigned long long mask_t;

__attribute__((noreturn)) static void quit(int status)
{
	call(__NR_exit_group, status, 0, 0, 0);
	__builtin_trap();
}

static int number(const char *s)
{
	int n = 0;

	while (*s >= '0' && *s <= '9')
		n = 10 * n + *s++ - '0';
	return n;
}

/* Go on to the stage `next`. r is the result of the last one: if it is negative, an errno, report it and
 * end. */
static void go_on(struct init_orders *o, long r, enum init_stage next)
{
	if (r < 0) {
		o->no = (int)-r;
		quit(-r == ENOENT && o->stage == INIT_EXECUTES ? 127 : 126);
	}
	o->stage = next;
}

/* As in kernel/fs/procfs.h: through no mount over it, through no link. */
static long write_label(struct init_orders *o, unsigned i)
{
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };
	const char *base = (const char *)o;
	long fd = call(__NR_openat2, o->proc, base + o->labels[i].path, &how, sizeof(how)), n;

	if (fd < 0)
		return fd;
	n = call(__NR_write, fd, base + o->labels[i].text, o->labels[i].len, 0);
	call(__NR_close, fd, 0, 0, 0);
	return n;
}

/* Drop CAP_SYS_ADMIN from the inheritable set, and so from the ambient one; or, if `all`, from all sets. */
static long drop_admin(int all)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	long r = call(__NR_capget, &head, data, 0, 0);

	if (r < 0)
		return r;
	data[0].inheritable &= ~(1U << CAP_SYS_ADMIN);
	if (all) {
		data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
		data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	}
	return call(__NR_capset, &head, data, 0, 0);
}

static long load_filter(const struct init_orders *o)
{
	struct sock_fprog prog = { .len = (unsigned short)o->n_insns,
				   .filter = (struct sock_filter *)o->insns };

	return o->n_insns ? call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, o->filter_flags, &prog, 0) : 0;
}

static void execute(struct init_orders *o, char **argv, char **envp)
{
	long r = call(__NR_fcntl, o->sock, F_SETFD, FD_CLOEXEC, 0);

	go_on(o, r, INIT_LABELS);
	for (unsigned i = 0; i < o->n_labels; i++)
		go_on(o, write_label(o, i), INIT_LABELS);
	if (o->proc >= 0)
		call(__NR_close, o->proc, 0, 0, 0);
	go_on(o, 0, INIT_LOADS);
	if (o->not_ambient)
		go_on(o, call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_SYS_ADMIN, 0),
		      INIT_LOADS);
	if (o->not_inheritable)
		go_on(o, drop_admin(0), INIT_LOADS);
	go_on(o, load_filter(o), INIT_EXECUTES);
	go_on(o, call(__NR_execve, argv[0], argv + 1, envp, 0), INIT_EXECUTES);
}

/* Did the terminal send the signal to its whole foreground job (Ctrl-C)? Then the command got it, too: it
 * stays in our process group. That group is orphaned, so Ctrl-Z cannot stop a command that nobody would
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

/* PID 1 gets the filter, too, and no more rights than the command, which could else make PID 1 call for it.
 * It loads the filter by no_new_privs; the child, made before, does not have that. From then on PID 1 may be
 * looked at as any other process. */
static void protect(struct init_orders *o, int child)
{
	long r = o->proc >= 0 ? call(__NR_close, o->proc, 0, 0, 0) : 0;

	call(__NR_close, o->sock, 0, 0, 0);
	if (o->not_permitted && r == 0)
		r = drop_admin(1);
	if (o->n_insns && r == 0)
		r = call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0);
	if (r == 0 && (r = load_filter(o)) < 0)
		o->stage = INIT_LOADS;
	if (r < 0) {
		call(__NR_kill, child, SIGKILL, 0, 0);
		go_on(o, r, INIT_LOADS);
	}
	o->ready = 1;
	call(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0);
}

static void watch(int child, const mask_t *all)
{
	siginfo_t info;
	int sig, code;

	for (;;) {
		sig = (int)call(__NR_rt_sigtimedwait, all, &info, 0, sizeof(*all));
		if (sig == SIGCHLD && (code = reap(child)) >= 0)
			quit(code);
		if (sig > 0 && sig != SIGCHLD && !from_terminal(&info))
			call(__NR_kill, child, sig, 0, 0);
	}
}

static void init(struct init_orders *o, char **argv, char **envp)
{
	volatile uint32_t *ready = &o->ready;
	mask_t all = ~0ULL, old;
	int child;

	/* executed by descriptor, it would show in ps as the memfd */
	call(__NR_prctl, PR_SET_NAME, "guise-init", 0, 0);
	/* all signals are taken by sigtimedwait */
	call(__NR_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(all));
	child = (int)call(__NR_clone, SIGCHLD, 0, 0, 0);
	go_on(o, child, INIT_PREPARES);
	if (child == 0) {
		call(__NR_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof(old));
		while (!*ready)
			call(__NR_sched_yield, 0, 0, 0, 0);
		execute(o, argv, envp);
	}
	protect(o, child);
	watch(child, &all);
}

__attribute__((used, noreturn)) void start(long *stack)
{
	long argc = stack[0], fd, size;
	char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
	struct init_orders *o;

	if (argc < 6)
		quit(125);
	fd = number(argv[2]);
	size = number(argv[3]);
	o = (struct init_orders *)call6(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if ((unsigned long)o > -4096UL)
		quit(125);
	call(__NR_close, fd, 0, 0, 0);
	o->stage = INIT_PREPARES;
	if (argv[1][0] == 'i')
		init(o, argv + 4, envp);
	else
		execute(o, argv + 4, envp);
	quit(125);
}
