/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/credential_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "image/stop.h"
#include "kernel/process/spawn.h"

enum { ANSWER_MAX = 64 * 1024, QUESTION_MAX = 1 << 20 };

/* What goes over the socket before the words, or before the text. */
struct question {
	size_t len; /* HELPER, VERB and what it is given, each with a NUL behind it */
};

struct answer {
	int error, status;
	size_t len;
};

static int outside = -1; /* the process that stays there; -1: we do it ourselves */

/* ---- the helper ---- */

/* Its descriptors 0 and 1 are pipes, and what it wants to say to a person it says. */
static int start(char *const argv[], int *in, int *out, pid_t *pid)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, r;

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		r = -errno;
	else
		r = spawn_with(argv, (int[]){ to[0], from[1], STDERR_FILENO }, 3, pid);
	fd_close(&to[0]);
	fd_close(&from[1]);
	*in = to[1];
	*out = from[0];
	return r;
}

/* Till there is something to read. -EINTR: a signal is to end us; -EPIPE: the asker, another process, is gone. */
static int await(int out, int asker)
{
	struct pollfd p[] = { { .fd = out, .events = POLLIN }, { .fd = asker } };
	struct err ignored;

	if (asker < 0)
		return stop_await(out, &ignored);
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return p[1].revents ? -EPIPE : 0;
}

static int read_answer(struct arena *a, int out, int asker, char **text, size_t *len)
{
	ssize_t n;
	int r;

	*text = arena_alloc(a, ANSWER_MAX + 2);
	for (*len = 0; (r = await(out, asker)) == 0; *len += (size_t)n) {
		n = read(out, *text + *len, ANSWER_MAX + 1 - *len);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (*len + (size_t)n > ANSWER_MAX)
			return -EFBIG;
	}
	return r;
}

static int call_here(struct arena *a, int asker, const char *helper, const char *verb, const char *input,
		     int *status, char **text, size_t *len)
{
	const char *program = arena_printf(a, "docker-credential-%s", helper);
	char *argv[] = { (char *)program, (char *)verb, NULL };
	autoclose int in = -1, out = -1;
	pid_t pid = 0;
	int r = start(argv, &in, &out, &pid);

	if (r < 0)
		return r;
	io_write_all(in, input, strlen(input));
	fd_close(&in);
	r = read_answer(a, out, asker, text, len);
	fd_close(&out);
	if (r == -EINTR || r == -EPIPE)
		kill(pid, SIGKILL);
	/* only signals that are to end us come to a handler */
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		kill(pid, SIGKILL);
	return r;
}

/* ---- the process outside ---- */

/* 0: all of it; -EPIPE: that was the end. */
static int hear(int sock, void *data, size_t len)
{
	char *p = data;

	while (len) {
		ssize_t n = recv(sock, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The words, which are ours, one behind the other. */
static char *hear_words(int sock, struct arena *a)
{
	struct question q;
	char *words;

	if (hear(sock, &q, sizeof(q)) < 0 || q.len > QUESTION_MAX)
		return NULL;
	words = arena_alloc(a, q.len + 3);
	return hear(sock, words, q.len) < 0 ? NULL : words;
}

_Noreturn static void serve(int sock)
{
	struct arena a = { 0 };
	const char *helper;

	/* a helper need not read what it is told */
	signal(SIGPIPE, SIG_IGN);
	while ((helper = hear_words(sock, &a))) {
		const char *verb = helper + strlen(helper) + 1, *input = verb + strlen(verb) + 1;
		struct answer answer = { 0 };
		char *text = NULL;

		answer.error = call_here(&a, sock, helper, verb, input, &answer.status, &text, &answer.len);
		if (answer.error < 0)
			answer.len = 0;
		if (io_write_all(sock, &answer, sizeof(answer)) < 0 ||
		    io_write_all(sock, text, answer.len) < 0)
			break;
	}
	_exit(0);
}

int credential_stay_outside(struct err *e)
{
	int pair[2];
	pid_t pid;

	if (outside >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, "credential-helper", errno, "make a socket");
	if ((pid = fork()) == 0) {
		close(pair[0]);
		serve(pair[1]);
	}
	close(pair[1]);
	outside = pair[0];
	if (pid > 0)
		return 0;
	fd_close(&outside);
	return err_set(e, "credential-helper", EAGAIN, "start a process that asks credential helpers");
}

static int call_outside(struct arena *a, const char *helper, const char *verb, const char *input, int *status,
			char **text, size_t *len)
{
	const struct {
		const char *text;
		size_t len;
	} words[] = { { helper, strlen(helper) + 1 },
		      { verb, strlen(verb) + 1 },
		      { input, strlen(input) + 1 } };
	struct question q = { words[0].len + words[1].len + words[2].len };
	struct answer answer;
	struct err ignored;
	int r = io_write_all(outside, &q, sizeof(q));

	for (size_t i = 0; r == 0 && i < 3; i++)
		r = io_write_all(outside, words[i].text, words[i].len);
	if (r < 0 || (r = stop_await(outside, &ignored)) < 0 ||
	    (r = hear(outside, &answer, sizeof(answer))) < 0 || (r = answer.error) < 0)
		return r;
	*status = answer.status;
	*len = answer.len;
	*text = arena_alloc(a, answer.len + 1);
	return hear(outside, *text, answer.len);
}

int credential_call(struct arena *a, const char *helper, const char *verb, const char *input, int *status,
		    char **text, size_t *len)
{
	return outside >= 0 ? call_outside(a, helper, verb, input, status, text, len) :
			      call_here(a, -1, helper, verb, input, status, text, len);
}
