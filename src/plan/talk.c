/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/talk.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "kernel/process/fdpass.h"

/* ---- INIT ---- */

int talk_say(struct live *live, enum talk_word word)
{
	return send(live->sync, &(char){ (char)word }, 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int talk_say_exec(struct live *live)
{
	return fdpass_send_with(live->sync, live->orders, &(char){ TALK_EXEC }, 1) < 0 ? -errno : 0;
}

int talk_say_hosts(struct live *live, int fd)
{
	return fdpass_send_with(live->sync, fd, &(char){ TALK_HOSTS }, 1) < 0 ? -errno : 0;
}

/* If HOST is gone, the socket is at its end, and so is the container: there is nobody to undo it but a later
 * command, which must find no process. */
int talk_await_host(struct live *live, const char *what, struct err *e)
{
	char byte;
	ssize_t n;
	int fd;

	while ((n = fdpass_recv(live->sync, &byte, 1, &fd)) == 1 && fd >= 0) {
		if (live->n_trees == TREES_MAX)
			return err_set(e, "root-idmap", E2BIG, "take the trees of the root file system");
		live->trees[live->n_trees++] = fd;
	}
	return n == 1 ? 0 :
			err_set(e, "guise-gone", n < 0 ? errno : EPIPE, "wait for guise's part of %s", what);
}

/* ---- HOST ---- */

int talk_go_on(struct live *live, struct err *e)
{
	if (send(live->sync, "", 1, MSG_NOSIGNAL) == 1 || errno == EPIPE || errno == ECONNRESET)
		return 0;
	return err_set(e, "process", errno, "tell the container's first process to go on");
}

/* It ended before the command began, and told nobody why: its wait status does. */
int talk_died_early(struct live *live, struct err *e)
{
	siginfo_t info = { 0 };

	live->blamed = true;
	err_set(e, "process", EIO, "start the container's first process");
	if (waitid(P_PIDFD, (id_t)live->pidfd, &info, WEXITED | WNOWAIT) < 0) /* start is not its parent */
		return err_cause(e, "it ended before the command began");
	if (info.si_code == CLD_EXITED)
		return err_cause(e, "it exited with %d before the command began", info.si_status);
	return err_cause(e, "it was killed by signal %d before the command began", info.si_status);
}

static int from_init(struct live *live, const struct err *failed, struct err *e)
{
	live->blamed = true;
	return err_take(e, failed);
}

int talk_hear(struct live *live, enum talk_word *word, struct err *e)
{
	union {
		struct err failed;
		char word;
	} m;
	ssize_t n;
	int fd;

	for (;;) {
		n = fdpass_recv(live->sync, &m, sizeof(m), &fd);
		if (n == 1 && m.word == TALK_EXEC) {
			fd_close(&live->orders);
			live->orders = fd;
			*word = TALK_EXEC;
			return 0;
		} else if (fd >= 0) {
			int *place = n == 1 && m.word == TALK_HOSTS ? &live->hosts : &live->terminal;

			fd_close(place);
			*place = fd;
		} else if (n < 0 && errno != ECONNRESET) {
			break;
		} else if (n == 0) {
			return talk_died_early(live, e);
		} else if (n == sizeof(m.failed)) {
			return from_init(live, &m.failed, e);
		} else if (n == 1) {
			*word = (enum talk_word)m.word;
			return 0;
		} else if (n > 0) {
			errno = EPROTO;
			break;
		}
		/* ECONNRESET only says that INIT ended without reading our byte; what it said comes next */
	}
	return err_set(e, "process", errno, "hear from the container's first process");
}

int talk_blame(struct live *live, struct err *e)
{
	enum { DYING_MS = 100 }; /* its namespaces go before its descriptors */
	struct pollfd end = { .fd = live->sync, .events = POLLIN };
	struct err failed;
	ssize_t n;
	int fd;

	if (live->blamed)
		return -e->no;
	do {
		n = poll(&end, 1, DYING_MS) > 0 ? fdpass_recv(live->sync, &failed, sizeof(failed), &fd) : -1;
		if (n > 0)
			fd_close(&fd);
	} while (n == 1); /* what it said before that */
	if (n == 0)
		return talk_died_early(live, e);
	return n == sizeof(failed) ? from_init(live, &failed, e) : -e->no;
}
