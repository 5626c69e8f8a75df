/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 *     we                                  criu swrk FD
 *     criu_req: type, opts ------------>
 *                          <------------  criu_resp of type NOTIFY, any number of times, and each is
 *     criu_req: type NOTIFY, done ----->  answered
 *                          <------------  criu_resp of the request's type: success, pid, or why not
 *
 * It is our child, and what it restores becomes its sibling (CRIU_OPT_RST_SIBLING): our child, too.
 */
#include "run/oci/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/caller.h"
#include "kernel/process/fdpass.h"

enum { MESSAGE_MAX = 16 << 10, LOG_MAX = 64 << 20 };

/* The numbers of messages criu_req, criu_resp and those in them. */
enum { REQ_TYPE = 1, REQ_OPTS = 2, REQ_NOTIFY_SUCCESS = 3, TYPE_NOTIFY = 6 };
enum { RESP_TYPE = 1, RESP_SUCCESS = 2, RESP_RESTORE = 4, RESP_NOTIFY = 5, RESP_ERRNO = 7, RESP_ERRMSG = 9 };
enum { RESTORE_PID = 1, NOTIFY_SCRIPT = 1, NOTIFY_PID = 2 };

struct response {
	uint64_t type;
	bool success;
	pid_t pid;
	int no;
	char *what, *message; /* of a notification, of an error */
	int fd;
};

/* ---- start ---- */

/* The same directory by its path, under the same number, and inherited. A mount of another namespace than
 * CRIU's own would not do: it could not mount anything there. */
static int reopen(int fd, const char *path, struct err *e)
{
	autoclose int again = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return again < 0 || dup2(again, fd) < 0 ? err_set(e, "images", errno, "open the directory %s", path) :
						  0;
}

/* CRIU takes the descriptors of its request from the process that made the socket. So the child makes it,
 * which becomes CRIU, and we get our end from there. */
static int make_socket(int tell, int *sock, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 || fdpass_send(tell, pair[0]) < 0)
		return err_set(e, "criu", errno, "make a socket pair");
	*sock = pair[1];
	return fcntl(*sock, F_SETFD, 0) < 0 ? err_set(e, "criu", errno, "pass on a socket") : 0;
}

/* Wait until the parent has done what it has to do first. If that failed, the parent's error is told. */
static int await_parent(int tell, struct err *e)
{
	char go;

	return recv(tell, &go, 1, 0) == 1 ? 0 : err_set(e, "criu", ECANCELED, "start CRIU");
}

static int child_become(const struct criu *c, int tell, struct err *e)
{
	const char *program = c->program ?: "criu";
	char number[16];
	char *argv[] = { "criu", "swrk", number, NULL };
	int sock = -1, r;

	if ((r = await_parent(tell, e)) < 0 || (c->prepare && (r = c->prepare(c->arg, e)) < 0) ||
	    (r = reopen(c->images, c->images_path, e)) < 0 || (r = reopen(c->work, c->work_path, e)) < 0 ||
	    (r = make_socket(tell, &sock, e)) < 0)
		return r;
	snprintf(number, sizeof(number), "%d", sock);
	for (unsigned i = 0; i < c->n_keep; i++)
		fcntl(c->keep[i], F_SETFD, 0);
	/* we may have blocked or ignored signals that we take by descriptor */
	caller_reset_signals();
	caller_give_limits(0);
	execvp(program, argv);
	return err_set(e, "criu-missing", errno, "start %s", program),
	       err_hint_for(e, ENOENT, "install CRIU, or say where it is with --criu");
}

/* The child gives us the socket. Then it becomes CRIU, which closes `hear`; or it says why not. */
static int await_socket(int hear, int *sock, struct err *e)
{
	struct err said;
	ssize_t n;
	int fd;

	while ((n = fdpass_recv(hear, &said, sizeof(said), &fd)) > 0) {
		if (fd >= 0) {
			fd_close(sock);
			*sock = fd;
		}
		if (n == sizeof(said)) {
			*e = said;
			return -e->no;
		}
	}
	return *sock >= 0 ? 0 : err_set(e, "criu", EPIPE, "start CRIU");
}

static int start(const struct criu *c, int *sock, pid_t *child, struct err *e)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, "criu", errno, "make a socket pair");
	*child = fork();
	if (*child == 0) {
		close(pair[0]);
		child_become(c, pair[1], e);
		_exit(send(pair[1], e, sizeof(*e), MSG_NOSIGNAL) == sizeof(*e) ? 1 : 2);
	}
	r = *child < 0 ? err_set(e, "criu", errno, "start a process") : 0;
	close(pair[1]);
	if (r == 0 && c->forked)
		r = c->forked(c->arg, *child, e);
	if (r == 0 && send(pair[0], "g", 1, MSG_NOSIGNAL) != 1)
		r = err_set(e, "criu", errno, "start CRIU");
	if (r == 0)
		r = await_socket(pair[0], sock, e);
	close(pair[0]);
	return r;
}

/* ---- messages ---- */

static int say(int sock, const struct str *req, struct err *e)
{
	if (send(sock, req->p, req->len, MSG_NOSIGNAL) != (ssize_t)req->len)
		return err_set(e, "criu", errno, "speak to CRIU");
	return 0;
}

static int say_request(const struct criu *c, int sock, enum criu_request type, struct err *e)
{
	struct str req = { .arena = c->arena };

	protobuf_put_int(&req, REQ_TYPE, type);
	protobuf_put_message(&req, REQ_OPTS, &c->opts);
	return say(sock, &req, e);
}

static int say_noted(const struct criu *c, int sock, bool success, struct err *e)
{
	struct str req = { .arena = c->arena };

	protobuf_put_int(&req, REQ_TYPE, TYPE_NOTIFY);
	protobuf_put_int(&req, REQ_NOTIFY_SUCCESS, success);
	return say(sock, &req, e);
}

static void read_pid(struct protobuf_reader in, unsigned field, pid_t *pid)
{
	struct protobuf_reader r = PROTOBUF_READER(in.data, in.len);

	while (protobuf_next(&r))
		if (r.field == field)
			*pid = (pid_t)r.number;
}

static char *read_script(struct arena *a, struct protobuf_reader in)
{
	struct protobuf_reader r = PROTOBUF_READER(in.data, in.len);

	while (protobuf_next(&r))
		if (r.field == NOTIFY_SCRIPT)
			return arena_strndup(a, r.data, r.len);
	return "";
}

static bool read_response(struct arena *a, const char *text, size_t len, struct response *resp)
{
	struct protobuf_reader r = PROTOBUF_READER(text, len);

	while (protobuf_next(&r))
		switch (r.field) {
		case RESP_TYPE:
			resp->type = r.number;
			break;
		case RESP_SUCCESS:
			resp->success = r.number;
			break;
		case RESP_RESTORE:
			read_pid(r, RESTORE_PID, &resp->pid);
			break;
		case RESP_NOTIFY:
			read_pid(r, NOTIFY_PID, &resp->pid);
			resp->what = read_script(a, r);
			break;
		case RESP_ERRNO:
			resp->no = (int)r.number;
			break;
		case RESP_ERRMSG:
			resp->message = arena_strndup(a, r.data, r.len);
			break;
		}
	return !r.bad;
}

static int receive(const struct criu *c, int sock, struct response *resp, struct err *e)
{
	char text[MESSAGE_MAX];
	ssize_t n;

	*resp = (struct response){ .fd = -1, .what = "", .message = arena_strdup(c->arena, "") };
	n = fdpass_recv(sock, text, sizeof(text), &resp->fd);
	if (n < 0)
		return err_set(e, "criu", errno, "hear from CRIU");
	if (n == 0)
		return err_set(e, "criu", EPIPE, "hear from CRIU"),
		       err_cause(e, "it ended without an answer");
	if (!read_response(c->arena, text, (size_t)n, resp))
		return err_set(e, "criu", EBADMSG, "hear from CRIU");
	return 0;
}

/* ---- what went wrong ---- */

/* "(00.012345)   1: Error (criu/files.c:12): TEXT": where TEXT begins, or NULL. That it failed, we know. */
static const char *error_of(const char *line)
{
	const char *at = strstr(line, "Error ("), *text = at ? strstr(at, "): ") : NULL;

	return text && !strstr(text, " FAILED.") && text[3] ? text + 3 : NULL;
}

/* The last two errors of the log. The very last is seldom the one that led to the end. The first one, which
 * CRIU answers with, may be of something that CRIU could do without. */
static void add_log(const struct criu *c, struct str *out)
{
	const char *last = NULL, *before = NULL, *error;
	char *text;

	if (io_read_file(c->arena, c->work, c->log, LOG_MAX, &text, NULL) < 0)
		return;
	for (char *line; (line = strsep(&text, "\n"));)
		if ((error = error_of(line)) && !str_eq(error, last)) {
			before = last;
			last = error;
		}
	if (before)
		str_addf(out, "%s; ", before);
	if (last)
		str_add(out, last);
}

static int add_reason(const struct criu *c, char *message, struct err *e)
{
	struct str why = { .arena = c->arena };

	message[strcspn(message, "\n")] = '\0';
	add_log(c, &why);
	err_cause(e, "CRIU: %s", why.len ? why.p : *message ? message : strerror(e->no));
	return err_hint(e, "its log is %s/%s", c->work_path, c->log);
}

/* ---- all of it ---- */

/* The first failure of a notification is the one that is told. CRIU hears of it, and undoes what it did. */
static int answer_notices(struct criu *c, int sock, struct response *resp, struct err *e)
{
	struct err later = { 0 };
	int r, failed = 0;

	while ((r = receive(c, sock, resp, failed ? &later : e)) == 0 && resp->type == TYPE_NOTIFY) {
		if (c->notify && !failed)
			failed = c->notify(c->arg, resp->what, resp->pid, &resp->fd, e);
		fd_close(&resp->fd);
		if ((r = say_noted(c, sock, !failed, failed ? &later : e)) < 0)
			break;
	}
	return failed ? failed : r;
}

static int converse(struct criu *c, int sock, enum criu_request type, pid_t *pid, struct err *e)
{
	struct response resp = { .message = arena_strdup(c->arena, "") };
	int r = say_request(c, sock, type, e);

	if (r == 0)
		r = answer_notices(c, sock, &resp, e);
	if (r < 0 && !str_eq(e->code, "criu"))
		return r; /* notify() said it */
	if (r == 0 && resp.success) {
		if (pid)
			*pid = resp.pid;
		return 0;
	}
	if (r == 0)
		err_set(e, "criu", resp.no > 0 ? resp.no : EIO, "%s",
			type == CRIU_RESTORE ? "restore" : "checkpoint");
	return add_reason(c, resp.message, e);
}

int criu_serve(struct criu *c, enum criu_request type, pid_t *pid, struct err *e)
{
	autoclose int sock = -1;
	pid_t child = -1;
	int r = start(c, &sock, &child, e);

	if (r == 0)
		r = converse(c, sock, type, pid, e);
	fd_close(&sock);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
