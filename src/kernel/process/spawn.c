/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int start(char *const argv[], posix_spawn_file_actions_t *files, pid_t *pid)
{
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = posix_spawnp(pid, argv[0], files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(files);
	return -r;
}

int spawn_start(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;

	posix_spawn_file_actions_init(&files);
	if (out >= 0) {
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
	}
	return start(argv, &files, pid);
}

int spawn_with(char *const argv[], const int *fds, int n, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int above = n;

	/* first out of each other's way */
	for (int i = 0; i < n; i++)
		above = fds[i] >= above ? fds[i] + 1 : above;
	posix_spawn_file_actions_init(&files);
	for (int i = 0; i < n; i++)
		if (fds[i] >= 0)
			posix_spawn_file_actions_adddup2(&files, fds[i], above + i);
	for (int i = 0; i < n; i++)
		if (fds[i] >= 0) {
			posix_spawn_file_actions_adddup2(&files, above + i, i);
			posix_spawn_file_actions_addclose(&files, above + i);
		}
	return start(argv, &files, pid);
}

int spawn_wait(char *const argv[], int out, int *status, struct err *e)
{
	pid_t child;
	int wstatus, r = spawn_start(argv, out, &child);

	if (r < 0)
		return err_set(e, "spawn", -r, "start %s", argv[0]);
	/* guise handles only signals that shall end what it waits for */
	while (waitpid(child, &wstatus, 0) < 0 && errno == EINTR)
		kill(child, SIGKILL);
	*status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	return 0;
}
