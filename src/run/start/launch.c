/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Starting the first process. Two processes share the work, and speak over one socketpair:
 *
 *     HOST (guise)                            INIT (the container's first process)
 *     steps before the clone
 *     clone3 ------------------------------>  its steps: root, mounts, ...
 *     steps after it: id maps, veth pair
 *     process.json, and the file that the user wants the pid in
 *     one byte ---------------------------->  STEP_WAIT is over; the rest of its steps
 *                                             a terminal's master goes the other way, if there is one
 *     [one byte: a filter with a listener follows (run/start/listener.h), and another one is waited for]
 *     one byte: no step failed       <------  with the memory of guise-init's orders (plan/init_orders.h);
 *                                             then exec of guise-init, which loads the filter and executes
 *                                             the command:
 *     end of file                    <------  the socket closed itself (O_CLOEXEC), or it died:
 *     what is in that memory now              the command runs, or why it doesn't
 *
 * Instead, INIT sends a struct err when a step failed. An end of file without the byte is its death.
 *
 * How it is said: plan/talk.h. If HOST dies, INIT dies by its parent death signal, or, before that is set, by
 * the end of file at STEP_WAIT. Nothing has been executed then, and the next guise undoes the recorded plan.
 */
#include "run/start/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/oom.h"
#include "kernel/fs/memfd.h"
#include "kernel/fs/self.h"
#include "kernel/process/caller.h"
#include "kernel/process/clone.h"
#include "kernel/process/fdpass.h"
#include "kernel/process/proc.h"
#include "kernel/process/stdio.h"
#include "kernel/process/userns.h"
#include "plan/init_orders.h"
#include "plan/steps/steps.h"
#include "plan/talk.h"
#include "run/start/enter.h"
#include "run/start/guise_init.h"
#include "run/start/interrupt.h"
#include "run/start/join.h"
#include "run/start/listener.h"
#include "run/start/pidfile.h"

int stdio_pipe(struct stdio *io, int n, int *ours, struct err *e)
{
	int ends[2], command = n == STDIN_FILENO ? 0 : 1;

	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[!command], F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, "pipe", errno, "make a pipe for the command's descriptor %d", n);
	io->fd[n] = ends[command];
	*ours = ends[!command];
	return 0;
}

void stdio_close(struct stdio *io)
{
	for (int i = 0; i < 3; i++)
		fd_close(&io->fd[i]);
}

/* ---- INIT ---- */

/* First of all, INIT closes all that is guise's but what it needs. In a pid namespace with others, those may
 * trace it, by their rights, and would find the host's directories and namespaces (CVE-2016-9962). */
static int init_descriptors(const struct plan *p, struct live *live, const struct stdio *io, struct err *e)
{
	const struct step_exec *exec = plan_exec(p);

	for (int i = 0; i < 3; i++)
		if (io->fd[i] >= 0 && dup2(io->fd[i], i) < 0)
			return err_set(e, "process", errno, "set descriptor %d", i);
	live->passed_on = exec ? (unsigned)exec->preserve_fds : 0;
	return live_shed(live, e);
}

static int init_steps(const struct plan *p, struct live *live, struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_set(e, "process", errno, "set the parent death signal");
	umask(0);
	caller_unignore_signals();
	if ((live->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, "process", errno, "open the working directory");
	return plan_apply(p, PHASE_INIT, live, e);
}

_Noreturn static void init_main(const struct plan *p, struct live *live, const struct stdio *io)
{
	struct err e = { 0 };
	uint64_t flags = plan_process(p)->enter;

	if (init_descriptors(p, live, io, &e) == 0 &&
	    (!plan_process(p)->join_user || enter_user(plan_process(p), live, &e) == 0) &&
	    (!flags || enter(flags, live, &e) == 0))
		init_steps(p, live, &e);
	/* the plan ends in exec: to be here means that a step failed. The code in e points to a literal,
	 * which lies at the same address in the parent */
	send(live->sync, &e, sizeof(e), MSG_NOSIGNAL);
	_exit(e.status);
}

/* ---- HOST ---- */

/* guise-init, in memory that can no longer be changed: it is executed, not read (plan/steps/exec.c). And a
 * place for its orders: INIT writes them when it may have no more descriptors (RLIMIT_NOFILE). */
static int make_program(struct live *live, struct err *e)
{
	enum { MODE = 0111 };
	int fd = live->program = memfd_new("guise-init", true);

	if (fd < 0 || io_write_all(fd, guise_init, guise_init_size) < 0 || fchmod(fd, MODE) < 0 ||
	    self_seal(fd) < 0)
		return err_set(e, "process", errno, "prepare guise-init in memory");
	if ((live->orders = memfd_new("guise-orders", false)) < 0)
		return err_set(e, "process", errno, "make memory for guise-init's orders");
	return 0;
}

/* No process is born into a cgroup with a pids.max of 0, but one can enter it (cgroup-v2.rst, "PID"). At any
 * other limit, to enter would be to go beyond it. */
static long clone_into(const char *cgroup, struct clone_args *args, bool *moves)
{
	long pid = clone_process(args);

	if (pid >= 0 || errno != EAGAIN || !(args->flags & CLONE_INTO_CGROUP))
		return pid;
	if (!cgroup_lets_none_fork(cgroup))
		return errno = EAGAIN, -1;
	args->flags &= ~(uint64_t)CLONE_INTO_CGROUP;
	pid = clone_process(args);
	*moves = pid > 0;
	return pid;
}

static int clone_first(const struct step_process *s, struct live *live, struct err *e)
{
	bool born = s->cgroup && !s->moved, moves = false;
	autoclose int cgroup = born ? cgroup_open(s->cgroup, e) : -1;
	struct clone_args args = { .flags = s->flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
				   .exit_signal = SIGCHLD,
				   .pidfd = (uint64_t)(uintptr_t)&live->pidfd };
	int r = 0;
	long pid;

	/* then the namespaces come later, as that user namespace's: enter_user() */
	if (s->join_user)
		args.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
	if (born) {
		if (cgroup < 0)
			return cgroup;
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	pid = clone_into(s->cgroup, &args, &moves);
	if (pid < 0 && errno == EAGAIN)
		return cgroup_no_fork(e);
	if (pid < 0)
		return clone_failed("the container's first process", args.flags, errno, e);
	live->pid = (pid_t)pid;
	if (moves && (r = cgroup_join(s->cgroup, live->pid, e)) == 0)
		r = cgroup_check_pids(s->cgroup, e); /* those above it may have a limit, too */
	return r;
}

/* Namespaces by path: guise is in them for the clone, and then back in its own. */
static int clone_joined(const struct plan *p, struct live *live, struct err *e)
{
	const struct step_process *s = plan_process(p);
	struct joined j;
	int r = join_begin(p, live, &j, e);

	/* one becomes a member of a pid namespace by birth */
	if (r == 0 && s->join_pid && !s->join_user)
		r = join_pid_ns(s->join_pid, &j, e);
	if (r == 0)
		r = clone_first(s, live, e);
	if (r == 0 && live->pid == 0)
		return 0;
	return r < 0 ? join_end(&j, &(struct err){ 0 }), r : join_end(&j, e);
}

static int not_executed(const struct plan *p, int no, struct err *e)
{
	int r = step_exec_failed(plan_exec(p)->argv.v[0], no, e);

	if (no == ENOENT)
		return err_hint(e, "its interpreter may be missing in the root file system");
	if (plan_seccomp(p) && no != EACCES && no != ENOEXEC)
		return err_hint(e, "its seccomp profile may not allow execve");
	return r;
}

/* What guise-init has left in memory. Whoever can trace the first process might leave anything: it is an
 * errno at most. */
static int what_came_of_it(struct live *live, const struct plan *p, struct err *e)
{
	struct init_orders o = { 0 };

	if (pread(live->orders, &o, sizeof(o), 0) < 0)
		return err_set(e, "process", errno, "hear from the container's first process");
	if (o.no <= 0)
		return o.stage == INIT_EXECUTES ? 0 : talk_died_early(live, e);
	switch (o.stage) {
	case INIT_LABELS:
		return plan_label(p) ? step_label_failed(plan_label(p), o.no, e) : talk_died_early(live, e);
	case INIT_LOADS:
		return seccomp_not_loaded(o.no, e);
	case INIT_EXECUTES:
		return not_executed(p, o.no, e);
	default:
		return err_set(e, "exec", o.no, "execute guise-init");
	}
}

/* From here on guise-init has the socket, and says nothing there; whoever can trace it might say anything. */
static int await_exec(struct live *live, const struct plan *p, struct err *e)
{
	char byte;
	int fd;
	ssize_t n;

	while ((n = fdpass_recv(live->sync, &byte, 1, &fd)) != 0) {
		fd_close(&fd);
		if (n < 0 && errno != ECONNRESET)
			return err_set(e, "process", errno, "hear from the container's first process");
	}
	return what_came_of_it(live, p, e);
}

int launch_await(const struct plan *p, struct live *live, struct err *e)
{
	enum talk_word word;
	int r = talk_hear(live, &word, e);

	timing_mark(live->timing, "the first process's steps");
	if (r == 0 && word == TALK_LISTENER && (r = listener_pass(p, live, e)) == 0)
		r = talk_hear(live, &word, e);
	if (r < 0 || word == TALK_PARKED)
		return r;
	if (word == TALK_EXEC && plan_exec(p))
		return await_exec(live, p, e);
	return err_set(e, "process", EPROTO, "hear from the container's first process");
}

static bool has_other_ids(const struct plan *p, const struct live *live)
{
	const struct step_process *s = plan_process(p);

	return s->join_user || ((s->flags | s->enter | live->joined) & CLONE_NEWUSER);
}

/* STEP_USER gives the command its streams. But in a user namespace that works only where the stream's owner
 * is mapped, and our pipes' owner is not. */
static void give_stdio(const struct plan *p, struct live *live, const struct stdio *io)
{
	const struct step_user *user = plan_user(p);
	const char *map = user && has_other_ids(p, live) ?
				  userns_read_map(live->arena, live->pid, "uid_map") :
				  NULL;
	int64_t uid = map ? userns_outside(map, (uint32_t)user->uid) : -1;

	for (int i = 0; uid >= 0 && i < 3; i++)
		stdio_give(io->fd[i] >= 0 ? io->fd[i] : i, (uid_t)uid);
}

static int host_steps(const struct container *c, const struct plan *p, struct live *live,
		      const struct stdio *io, struct err *e)
{
	int r = plan_apply(p, PHASE_AFTER, live, e);

	if (r < 0)
		return talk_blame(live, e);
	give_stdio(p, live, io);
	if (c)
		r = record_write_process(c, live->pid, e);
	if (r == 0)
		r = pidfile_write(live, e);
	if (r == 0)
		r = talk_go_on(live, e);
	timing_mark(live->timing, "host's steps beside it");
	return r < 0 ? r : launch_await(p, live, e);
}

/* The kernel would kill the process that executes the command, and nobody could say why. */
static int check_filter(const struct plan *p, struct err *e)
{
	const struct step_seccomp *s = plan_seccomp(p);

	if (!s || !s->filter || !seccomp_filter_kills(s->filter, SYS_execve))
		return 0;
	err_set(e, "seccomp-execve", EPERM, "execute %s", plan_exec(p)->argv.v[0]);
	err_cause(e, "the seccomp profile kills who calls execve");
	err_hint(e, "allow execve there");
	return err_status(e, 126);
}

static int start(const struct container *c, const struct plan *p, struct live *live, const struct stdio *io,
		 struct err *e)
{
	int pair[2], r;

	if ((r = check_filter(p, e)) < 0 || (r = make_program(live, e)) < 0 ||
	    (r = plan_apply(p, PHASE_BEFORE, live, e)) < 0)
		return r;
	live_unlock_networks(live);
	timing_mark(live->timing, "host's steps before the first process");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, "process", errno, "make a socket pair");
	live->sync = pair[0];
	r = clone_joined(p, live, e);
	if (r == 0 && live->pid == 0) {
		live->sync = pair[1];
		init_main(p, live, io);
	}
	close(pair[1]);
	interrupt_aim(live->pidfd, SIGKILL, live->sync);
	timing_mark(live->timing, "clone");
	if (r == 0 && (plan_process(p)->enter || plan_process(p)->join_user))
		r = enter_await(live, e), interrupt_aim(live->pidfd, SIGKILL, live->sync);
	if (r == 0)
		r = host_steps(c, p, live, io, e);
	interrupt_aim(r < 0 ? -1 : live->pidfd, 0, -1);
	fd_close(&live->sync);
	fd_close(&live->program);
	fd_close(&live->orders);
	return r;
}

/* Killed before the command began: if it was for lack of memory, there is something to be done about it. */
static void hint_memory(const struct plan *p, const struct live *live, struct err *e)
{
	siginfo_t end = { 0 };

	if (!live->blamed || waitid(P_PIDFD, (id_t)live->pidfd, &end, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    end.si_code != CLD_KILLED || end.si_status != SIGKILL)
		return;
	for (size_t i = 0; i < p->count; i++) {
		const char *cgroup = step_cgroup_path(&p->steps[i], CGROUP_ENTERED);

		if (cgroup && cgroup_oom_kills(cgroup)) {
			err_hint(e, "its memory limit may be too low");
			return;
		}
	}
}

int launch(const struct container *c, const struct plan *p, struct live *live, const struct stdio *io,
	   int *terminal, struct err *e)
{
	int r;

	r = start(c, p, live, io, e);
	if (r < 0) {
		hint_memory(p, live, e);
		r = interrupt_blame(e);
		pidfile_take_back(live);
	}
	*terminal = r < 0 ? -1 : take_fd(&live->terminal);
	return r;
}

void launch_give_up(const struct live *live)
{
	if (live->pidfd < 0)
		return;
	proc_kill(live->pidfd, SIGKILL);
	waitid(P_PIDFD, (id_t)live->pidfd, NULL, WEXITED);
}
