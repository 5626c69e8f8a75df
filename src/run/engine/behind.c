/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/behind.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "run/engine/network.h"

/* Ended by the signals by which one is told to end. */
static void wait_a_moment(void)
{
	const struct timespec moment = { 0, BEHIND_MS * 1000000L };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigtimedwait(&set, NULL, &moment);
}

/* Whatever cannot be let go of lets go of the caller's all the same. */
static void let_go(const char *name, const int *keep, size_t n)
{
	setsid();
	prctl(PR_SET_NAME, name);
	clearenv();
	fd_close_others(0, keep, n);
	fd_null_stdio();
	if (chdir("/") < 0)
		_exit(125);
}

/* The end of file tells that the child has let go. */
bool behind_fork(const char *name, const int *keep, size_t n, int *told)
{
	int pair[2];
	pid_t pid;

	*told = -1;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		let_go(name, keep, n);
		return true;
	}
	close(pair[1]);
	*told = pair[0];
	return false;
}

void behind_await(int told)
{
	while (told >= 0 && read(told, &(char){ 0 }, 1) < 0 && errno == EINTR)
		;
	fd_close(&told);
}

_Noreturn static void behind_main(struct live *before, const char *dir, int turn)
{
	struct live_network *n;
	struct err e = { 0 };
	struct live live;

	live_init(&live, "", before->arena, before->rundir);
	wait_a_moment();
	live.behind = true;
	if (network_take_away(&live, dir, &n, &e) < 0)
		_exit(125); /* the file stays, for the next command */
	lease_gone(&n->leases, &turn);
	_exit(0);
}

static void leave(struct live *live, const char *dir, int turn)
{
	int told;

	if (behind_fork("guise-behind", (int[]){ live->rundir, turn, live->nft.fd }, 3, &told))
		behind_main(live, dir, turn);
	behind_await(told);
}

void behind_leave(struct live *live)
{
	for (struct live_network *n = live->networks; n; n = n->next) {
		autoclose int turn = n->leaving ? lease_turn(&n->leases) : -1;

		n->leaving = false;
		if (turn >= 0)
			leave(live, n->dir, turn);
	}
}

void behind_resume(struct state *st, struct arena *a)
{
	struct live live;

	live_init(&live, "", a, st->fd);
	network_find_leaving(&live);
	behind_leave(&live);
	live_close(&live);
}
