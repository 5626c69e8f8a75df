/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/clone.h"

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

long clone_process(struct clone_args *args)
{
	return syscall(SYS_clone3, args, sizeof(*args));
}

int clone_failed(const char *what, unsigned long long flags, int no, struct err *e)
{
	err_set(e, "process", no, "start %s (clone3)", what);
	/* sandboxes answer so, for a C library then tries clone(2), whose flags they can see; but clone(2)
	 * lets no process be born into a cgroup */
	if (no == ENOSYS)
		return err_hint(
			e,
			"a sandbox around guise may forbid it: have its seccomp profile allow clone3 (of an outer "
			"container: --security-opt seccomp=unconfined); Linux before 5.3 does not have it");
	if (no == EPERM && flags & CLONE_NEWUSER)
		return err_hint(
			e, "user namespaces may be switched off: see /proc/sys/user/max_user_namespaces and "
			   "kernel.unprivileged_userns_clone; or a sandbox around guise forbids them");
	if (no == EPERM)
		return err_hint(
			e,
			"it takes CAP_SYS_ADMIN, and a sandbox around guise that does not forbid it: an outer "
			"container needs --privileged, or --cap-add SYS_ADMIN --security-opt seccomp=unconfined");
	return no == ENOSPC ? err_hint(e, "a limit on namespaces: see /proc/sys/user/max_*_namespaces") : -no;
}
