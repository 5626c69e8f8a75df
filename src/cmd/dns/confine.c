/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/dns/server.h"
#include "kernel/process/caps.h"

/* All that the loop does, beside two that are looked at. What else is called fails, and nothing is lost by
 * that. */
static const int called[] = {
	SCMP_SYS(read),          SCMP_SYS(write),        SCMP_SYS(close),
	SCMP_SYS(lseek),         SCMP_SYS(recvfrom),     SCMP_SYS(sendto),
	SCMP_SYS(connect),       SCMP_SYS(accept4),      SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),   SCMP_SYS(epoll_ctl),    SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),    SCMP_SYS(statx),        SCMP_SYS(fcntl),
	SCMP_SYS(getrandom),     SCMP_SYS(mmap),         SCMP_SYS(munmap),
	SCMP_SYS(mremap),        SCMP_SYS(brk),          SCMP_SYS(madvise),
	SCMP_SYS(clock_gettime), SCMP_SYS(exit),         SCMP_SYS(exit_group),
	SCMP_SYS(futex),         SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
};

static int add_looked_at(scmp_filter_ctx filter)
{
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));

	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, AF_INET));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, AF_INET6));
	return r;
}

static int allow_calls(struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = filter ? add_looked_at(filter) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(called); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, called[i], 0);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? err_set(e, "seccomp", -r, "allow system calls") : 0;
}

/* The names are root's to read, so it stays root, which without a capability is no more than their owner. */
int confine(int dir, struct err *e)
{
	const struct caps none = { 0 };
	int r;

	if (fchdir(dir) < 0 || chroot(".") < 0)
		return err_set(e, "process", errno, "see nothing but the network's directory");
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_set(e, "process", errno, "give up the caller's groups");
	if ((r = caps_limit_bounding(0, e)) < 0 || (r = caps_set(&none, e)) < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, "process", errno, "give up further privileges");
	return allow_calls(e);
}
