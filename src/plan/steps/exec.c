/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The last step: the command. It is not executed by guise itself but by guise-init, a program of a few
 * kilobytes (src/init/), which guise carries inside itself and executes from a sealed memfd.
 *
 * Why. A container's command may be a script whose interpreter is /proc/self/exe. Executed by guise
 * directly, that would run guise, the host's file, inside the container, where root could open it
 * through /proc and write to it (CVE-2019-5736). What /proc/self/exe means when the command is executed
 * must therefore be something that nobody can write: not a copy of all of guise, which costs a second
 * start of a large program, but of the few lines that execve takes. The same program is the reaping
 * PID 1 of --init.
 *
 * It also loads the system call filter, so that behind that there is execve(2) and nothing else:
 * init_orders.h. Before, it still holds the right to load one, and is not yet held back by it; so nobody
 * may trace it, not even who has the command's user and rights: the kernel hides a process whose program
 * it cannot read (execve(2), ptrace(2)), and guise-init is executed by mode 0111 and without the
 * capabilities that read any file.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel/process/caller.h"
#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "plan/init_orders.h"
#include "plan/plan.h"
#include "plan/talk.h"
#include "plan/target.h"
#include "spec/engine_words.h"

static const char *get_path(const struct strv *env)
{
	const char *value = NULL, *v;

	for (size_t i = 0; i < env->n; i++)
		if ((v = str_after(env->v[i], "PATH=")))
			value = v;
	return value;
}

/* 0 if path can be executed; -ENOENT goes on searching, anything else ends it, as execvp(3) does. */
static int look_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* `dirs` as in PATH; NULL: none. */
static int find_program(const char *name, const char *dirs, char *path, size_t size)
{
	int found = -ENOENT;

	if (strchr(name, '/')) {
		if (strlen(name) >= size)
			return -ENAMETOOLONG;
		strcpy(path, name);
		return look_at(path);
	}
	for (const char *p = dirs; p && *name; p = *p == ':' ? p + 1 : NULL) {
		size_t n = strcspn(p, ":");

		if (n + strlen(name) + 3 <= size) {
			/* an empty one is the working directory */
			char *end = n ? mempcpy(path, p, n) : stpcpy(path, ".");
			int r;

			stpcpy(stpcpy(end, "/"), name);
			if ((r = look_at(path)) == 0)
				return 0;
			if (r != -ENOENT)
				found = r;
		}
		p += n;
	}
	return found;
}

int step_exec_failed(const char *name, int no, struct err *e)
{
	err_set(e, no == ENOENT ? "command-not-found" : "command-not-executable", no, "execute %s", name);
	if (no == ENOENT)
		err_cause(e, strchr(name, '/') ? ENGINE_NO_FILE : ENGINE_NO_PROGRAM);
	else if (no == EACCES)
		err_cause(e, ENGINE_DENIED);
	else if (no == EISDIR)
		err_cause(e, ENGINE_DENIED ": it is a directory");
	return err_status(e, no == ENOENT ? 127 : 126);
}

int step_exec_find(const char *name, const char *dirs, char *path, size_t size, struct err *e)
{
	int r = find_program(name, dirs, path, size);

	return r < 0 ? step_exec_failed(name, -r, e) : 0;
}

/* What the process still has of guise. */
static int leave_guise(const struct step_exec *s, struct live *live, struct err *e)
{
	char byte;

	/* until now the process dies with guise in any case, so that nothing half made stays behind; the
	 * change of user made the kernel forget it (prctl(2)), so look whether guise has gone since */
	if (prctl(PR_SET_PDEATHSIG, s->die_with_guise ? SIGKILL : 0) < 0)
		return err_set(e, "exec", errno, "set the parent death signal");
	if (recv(live->sync, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return err_set(e, "guise-gone", EPIPE, "execute %s", s->argv.v[0]);
	caller_give_limits(live->limited);
	umask(s->has_umask ? (mode_t)s->umask : 0022);
	/* Whatever guise inherited or opened ends here, but what guise-init needs, which closes it */
	if (close_range(3 + (unsigned)s->preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ||
	    fcntl(live->sync, F_SETFD, 0) < 0 || fcntl(live->orders, F_SETFD, 0) < 0 ||
	    (live->n_labels && fcntl(live->proc, F_SETFD, 0) < 0))
		return err_set(e, "exec", errno, "close what the command must not inherit");
	return 0;
}

/* ---- what guise-init has to do ---- */

static bool gets_admin(const struct step_caps *caps)
{
	uint64_t admin = CAPS_BIT(CAP_SYS_ADMIN);

	if (geteuid() == 0)
		return (caps->inheritable & admin) || prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 1;
	return caps->ambient & admin;
}

/* Over the execution of guise-init it comes as an ambient capability, if at all. */
static void lend_admin(const struct step_caps *caps, struct init_orders *o)
{
	uint64_t admin = CAPS_BIT(CAP_SYS_ADMIN);

	if (!caps || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0) < 0)
		return; /* then the filter cannot be loaded, which is told */
	o->not_inheritable = !(caps->inheritable & admin);
	o->not_ambient = !(caps->ambient & admin);
	o->not_permitted = !gets_admin(caps);
}

/* Where that will be found which is written next. */
static uint32_t add(struct iovec *v, uint32_t *at, const void *data, size_t len)
{
	uint32_t here = *at;

	*v = (struct iovec){ .iov_base = (void *)data, .iov_len = len };
	*at += (uint32_t)len;
	return here;
}

/* Into live->orders. Their size, or -errno. */
static int write_orders(struct live *live, struct init_orders *o)
{
	const struct seccomp_filter *f = live->filter ? live->filter->filter : NULL;
	struct iovec v[2 + 2 * INIT_LABELS_MAX];
	struct label_text texts[INIT_LABELS_MAX];
	uint32_t size = 0;
	int n = 2;

	add(&v[0], &size, o, sizeof(*o));
	add(&v[1], &size, f ? f->insns : NULL, f ? f->count * sizeof(*f->insns) : 0);
	o->n_insns = f ? f->count : 0;
	o->filter_flags = f ? f->flags : 0;
	for (; o->n_labels < live->n_labels; o->n_labels++) {
		struct label_text *t = &texts[o->n_labels];

		step_label_text(live->labels[o->n_labels], t);
		o->labels[o->n_labels].path = add(&v[n++], &size, t->path, strlen(t->path) + 1);
		o->labels[o->n_labels].len = (uint32_t)strlen(t->text);
		o->labels[o->n_labels].text = add(&v[n++], &size, t->text, strlen(t->text));
	}
	return writev(live->orders, v, n) == (ssize_t)size ? (int)size : -ENOSPC;
}

static int say_exec(const struct step_exec *s, struct live *live, struct err *e)
{
	int r;

	if (live->filter && live->filter->listener) {
		if ((r = talk_say(live, TALK_LISTENER)) < 0)
			return err_set(e, "guise-gone", -r, "load the seccomp filter");
		if ((r = talk_await_host(live, "the seccomp listener", e)) < 0)
			return r;
	}
	r = talk_say_exec(live);
	return r < 0 ? err_set(e, "guise-gone", -r, "execute %s", s->argv.v[0]) : 0;
}

/* Nothing more is said over the socket: that guise-init could not be executed, neither. */
static int execute_init(struct live *live, const char *const argv[], const char *const env[], struct err *e)
{
	int32_t no;

	if (caps_rest(e) < 0)
		no = e->no;
	else
		syscall(SYS_execveat, live->program, "", argv, env, AT_EMPTY_PATH), no = errno;
	if (pwrite(live->orders, &no, sizeof(no), offsetof(struct init_orders, no)) < 0)
		return err_set(e, "exec", errno, "tell of a failure");
	return err_set(e, "exec", no, "execute guise-init");
}

/* ---- apply ---- */

static bool has_name_of(const struct strv *env, const char *variable)
{
	size_t n = strcspn(variable, "=");

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], variable, n) == 0 && env->v[i][n] == '=')
			return true;
	return false;
}

/* getenv(3) finds the first of a name: those of b are to be found. */
static void join(const struct strv *a, const struct strv *b, const char **out)
{
	for (size_t i = 0; i < a->n; i++)
		if (!has_name_of(b, a->v[i]))
			*out++ = a->v[i];
	for (size_t i = 0; i < b->n; i++)
		*out++ = b->v[i];
	*out = NULL;
}

static int exec_apply(const struct step *s, struct live *live, struct err *e)
{
	size_t n = s->exec.argv.n;
	const char *argv[n + 6], *env[s->exec.env.n + s->exec.own_env.n + 1];
	struct init_orders orders = { .sock = live->sync, .proc = live->n_labels ? live->proc : -1 };
	char path[4096], memory[16], size[16];
	int r = step_exec_find(s->exec.argv.v[0], get_path(&s->exec.env), path, sizeof(path), e);
	int len;

	if (r < 0)
		return r;
	lend_admin(live->lender, &orders);
	if ((len = write_orders(live, &orders)) < 0)
		return err_set(e, "exec", -len, "prepare guise-init's orders");
	argv[0] = "guise-init";
	argv[1] = s->exec.init ? "init" : "exec";
	argv[2] = memory;
	argv[3] = size;
	argv[4] = path;
	memcpy(argv + 5, s->exec.argv.v, (n + 1) * sizeof(*argv));
	join(&s->exec.env, &s->exec.own_env, env);
	str_put_number(memory, (unsigned)live->orders);
	str_put_number(size, (unsigned)len);
	if ((r = leave_guise(&s->exec, live, e)) < 0 || (r = say_exec(&s->exec, live, e)) < 0)
		return r;
	return execute_init(live, argv, env, e);
}

static void exec_show(const struct step *s, struct str *out)
{
	str_add(out, "exec");
	for (size_t i = 0; i < s->exec.argv.n; i++) {
		str_add(out, " ");
		str_add_shell(out, s->exec.argv.v[i]);
	}
	str_add(out, s->exec.init ? "  # below a small init that reaps and forwards signals\n" : "\n");
}

/*
 * By the name that the kernel gives a process when it executes a file, the file's own (comm, 15 bytes).
 * The arguments and the environment are not looked at: they are the process's memory, where it may have
 * written anything, and where a page may come from a file system that keeps who reads it waiting. Of a
 * command that has executed another, as many do, nobody knows any more what it was.
 */
static int exec_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *path = want->exec.init   ? "guise-init" :
			   want->exec.argv.n ? want->exec.argv.v[0] :
					       "",
		   *slash = strrchr(path, '/');
	char now[64];

	if (proc_is_zombie(t->pid) || proc_comm(t->pid, now, sizeof(now)) < 0)
		return READ_MISSING;
	have->exec = want->exec;
	if (strncmp(now, slash ? slash + 1 : path, 15) == 0)
		return READ_FOUND;
	str_addf(text, "it has executed, or calls itself, %s", now);
	return want->exec.init ? READ_CHANGED : READ_UNKNOWN;
}

static const struct field exec_fields[] = {
	FIELD(STRV, exec, argv),
	FIELD(STRV, exec, env),
	FIELD(STRV, exec, own_env),
	FIELD(BOOL, exec, init),
	FIELD(BOOL, exec, die_with_guise),
	FIELD(BOOL, exec, has_umask),
	FIELD(U64, exec, umask),
	FIELD(U64, exec, preserve_fds),
	{ 0 },
};

static const char *exec_program(const struct step *s)
{
	return s->exec.argv.v[0];
}

const struct step_ops step_exec = {
	.name = "exec",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_COMMAND,
	.fields = exec_fields,
	.apply = exec_apply,
	.show = exec_show,
	.read = exec_read,
	.program = exec_program,
};

const struct step_exec *plan_exec(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_EXEC);

	return s ? &s->exec : NULL;
}
