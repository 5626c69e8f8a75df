/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a container of the OCI runtime specification has beside: hooks, and a first process that waits for
 * start (runtime.md, "Lifecycle"). HOST and INIT meet twice, when there are hooks that HOST runs:
 *
 *     HOST                                   INIT
 *     id maps, cgroups                       wait
 *     await: go on         ---------------> mounts
 *                          <--------------- tell: reached
 *     hooks prestart, createRuntime
 *     go on                ---------------> hooks createContainer, pivot_root, ...
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/caller.h"
#include "kernel/process/caps.h"
#include "kernel/process/hook.h"
#include "plan/plan.h"
#include "plan/talk.h"

/* ---- wait ---- */

static int wait_apply(const struct step *s, struct live *live, struct err *e)
{
	return talk_await_host(live, s->wait.what, e);
}

static void wait_show(const struct step *s, struct str *out)
{
	str_addf(out, "read -r line <\"$work/ready\"  # the host's part: %s\n", s->wait.what);
}

static const struct field wait_fields[] = { FIELD(STR, wait, what), { 0 } };

const struct step_ops step_wait = {
	.name = "wait",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = wait_fields,
	.apply = wait_apply,
	.show = wait_show,
};

/* ---- await, tell ---- */

static int await_apply(const struct step *s, struct live *live, struct err *e)
{
	enum talk_word word;
	int r = talk_go_on(live, e);

	if (r < 0 || (r = talk_hear(live, &word, e)) < 0)
		return r;
	if (word != TALK_REACHED)
		return err_set(e, "process", EPROTO, "wait for the container's %s", s->wait.what);
	return 0;
}

static void await_show(const struct step *s, struct str *out)
{
	str_addf(out, "# wait for the container's %s\n", s->wait.what);
}

static int tell_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = talk_say(live, TALK_REACHED);

	return r < 0 ? err_set(e, "guise-gone", -r, "tell of the container's %s", s->wait.what) :
		       talk_await_host(live, "hooks", e);
}

static void tell_show(const struct step *s, struct str *out)
{
	str_addf(out, "# %s: done; wait for the host's hooks\n", s->wait.what);
}

const struct step_ops step_await = {
	.name = "await",
	.section = SECTION_ROOT,
	.side = SIDE_HOST,
	.fields = wait_fields,
	.apply = await_apply,
	.show = await_show,
};

const struct step_ops step_tell = {
	.name = "tell",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = wait_fields,
	.apply = tell_apply,
	.show = tell_show,
};

/* ---- hooks ---- */

/* What was made inheritable for guise-init alone is not for a program of the image. */
static uint64_t withheld(const struct live *live)
{
	return live->lender ? CAPS_BIT(CAP_SYS_ADMIN) & ~live->lender->inheritable : 0;
}

int step_hook_run(const struct step_hook *s, struct live *live, const char *status, pid_t pid, struct err *e)
{
	enum { NUMBERS = 64 };
	size_t n = strlen(live->state_head) + strlen(live->state_tail) + NUMBERS;
	char *self[] = { (char *)s->path, NULL }, *empty[] = { NULL }, state[n];
	int len = snprintf(state, n, "%s\"status\":\"%s\",\"pid\":%d%s", live->state_head, status, pid,
			   live->state_tail);
	struct hook h = {
		.path = s->path,
		.argv = s->args.n ? (char **)s->args.v : self,
		.env = s->own_env ? environ :
		       s->env.n   ? (char **)s->env.v :
				    empty,
		.timeout = s->timeout,
		.umask = s->has_umask ? (mode_t)s->umask : caller_umask(),
		.filter = live->filter ? live->filter->filter : NULL,
		.withheld = withheld(live),
	};

	return hook_run(&h, state, (size_t)len, e) < 0 ? err_prefix(e, "%s", s->when) : 0;
}

static int hook_apply(const struct step *s, struct live *live, struct err *e)
{
	return step_hook_run(&s->hook, live, "creating", live->pid, e);
}

/* createContainer: a mount step may have gone elsewhere. startContainer: in the process's working
 * directory, and nothing but the command comes behind it. */
static int hook_inside_apply(const struct step *s, struct live *live, struct err *e)
{
	bool last = str_eq(s->hook.when, "startContainer");

	if (last ? live_shed(live, e) < 0 : fchdir(live->cwd) < 0)
		return last ? -e->no :
			      err_set(e, "hook", errno, "go to the bundle, for hook %s", s->hook.path);
	/* the pid is the one that the container sees (runtime.md, "State") */
	return step_hook_run(&s->hook, live, last ? "created" : "creating", getpid(), e);
}

static void hook_show(const struct step *s, struct str *out)
{
	if (!s->hook.own_env)
		str_add(out, "env -i ");
	for (size_t i = 0; i < s->hook.env.n; i++) {
		str_add_shell(out, s->hook.env.v[i]);
		str_add(out, " ");
	}
	str_add_shell(out, s->hook.path);
	for (size_t i = 1; i < s->hook.args.n; i++) {
		str_add(out, " ");
		str_add_shell(out, s->hook.args.v[i]);
	}
	str_addf(out, " <state.json  # %s\n", s->hook.when);
}

static int hook_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	str_add(text, "it was run; what it did only it knows");
	return READ_UNKNOWN;
}

static const struct field hook_fields[] = {
	FIELD(STR, hook, when),  FIELD(STR, hook, path),     FIELD(STRV, hook, args),
	FIELD(STRV, hook, env),  FIELD(BOOL, hook, own_env), FIELD(BOOL, hook, has_umask),
	FIELD(U64, hook, umask), FIELD(U64, hook, timeout),  { 0 },
};

static const char *hook_program(const struct step *s)
{
	return s->hook.path;
}

const struct step_ops step_hook = {
	.name = "hook",
	.section = SECTION_ROOT,
	.side = SIDE_HOST,
	.fields = hook_fields,
	.apply = hook_apply,
	.show = hook_show,
	.read = hook_read,
	.program = hook_program,
};

const struct step_ops step_hook_inside = {
	.name = "hook-inside",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = hook_fields,
	.apply = hook_inside_apply,
	.show = hook_show,
	.read = hook_read,
	.program = hook_program,
};

/* ---- start ---- */

static int peer_uid(int sock, uid_t *uid)
{
	struct ucred c;
	socklen_t len = sizeof(c);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &c, &len) < 0)
		return -errno;
	*uid = c.uid;
	return 0;
}

/* Wait for start, as the socket's owner only: as this user namespace sees the one that made live->sync. */
static int accept_start(int listener, uid_t owner)
{
	for (;;) {
		autoclose int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		uid_t uid = 0;

		if (sock < 0 && errno != EINTR && errno != ECONNABORTED)
			return -errno;
		if (sock >= 0 && peer_uid(sock, &uid) == 0 && uid == owner)
			return take_fd(&sock);
	}
}

_Noreturn static void end_by_signal(int sig)
{
	_exit(128 + sig);
}

/* The kernel ignores a signal to the first process of a pid namespace that has no handler for it, and kill
 * shall end a container that was not started as it would another program. */
static void take_signals(bool take)
{
	static const int ending[] = { SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
				      SIGFPE,  SIGUSR1, SIGSEGV,   SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
				      SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO };
	struct sigaction sa = { .sa_handler = take ? end_by_signal : SIG_DFL };

	for (size_t i = 0; i < ARRAY_LEN(ending); i++)
		sigaction(ending[i], &sa, NULL);
}

/* The command that created the container ends, start is another: from here on what is left of INIT's steps is
 * told to it. A program that is not there is told to the first. */
static int start_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[4096];
	uid_t owner = 0;
	int r = s->start.program ? step_exec_find(s->start.program, s->start.path, path, sizeof(path), e) : 0;

	if (r < 0 || (r = live_shed(live, e)) < 0)
		return r;
	take_signals(true);
	if ((r = peer_uid(live->sync, &owner)) == 0)
		r = prctl(PR_SET_PDEATHSIG, 0) < 0 ? -errno : talk_say(live, TALK_PARKED);
	if (r < 0)
		return err_set(e, "guise-gone", -r, "wait for start");
	fd_close(&live->sync);
	if ((live->sync = accept_start(live->start, owner)) < 0)
		return err_set(e, "process", -live->sync, "wait for start");
	fd_close(&live->start);
	take_signals(false);
	return 0;
}

static void start_show(const struct step *s, struct str *out)
{
	str_add(out, "# the container is created; wait for start\n");
}

static const struct field start_fields[] = { FIELD(MAYBE, start, program), FIELD(MAYBE, start, path), { 0 } };

const struct step_ops step_start = {
	.name = "start",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = start_fields,
	.apply = start_apply,
	.show = start_show,
};

const struct step_hook *plan_next_hook(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_HOOK, at);

	return s ? &s->hook : NULL;
}
