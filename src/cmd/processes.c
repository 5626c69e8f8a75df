/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_ps(const struct strv *args, int *out, pid_t *pid, struct err *e)
{
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) < 0 || (*pid = fork()) < 0)
		return err_set(e, "ps", errno, "run ps");
	if (*pid == 0) {
		dup2(pipe_fd[1], STDOUT_FILENO);
		execvp("ps", (char **)args->v);
		_exit(127);
	}
	close(pipe_fd[1]);
	*out = pipe_fd[0];
	return 0;
}

/* Which word of the title is PID; -1: none. */
static int pid_column(const char *title)
{
	int n = 0;

	for (const char *p = title; *(p += strspn(p, " ")); p += strcspn(p, " "), n++)
		if (strncmp(p, "PID", 3) == 0 && (p[3] == ' ' || !p[3]))
			return n;
	return -1;
}

static pid_t pid_of(const char *line, int column)
{
	line += strspn(line, " ");
	for (; column > 0; column--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return (pid_t)strtol(line, NULL, 10);
}

static bool has(const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* The title, and the lines of these processes. */
static int filter(FILE *in, const pid_t *pids, size_t n, struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int column = -2;

	while ((len = getline(&line, &room, in)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (column == -2 && (column = pid_column(line)) == -1)
			break;
		if (column >= 0 && (pid_of(line, column) == 0 || has(pids, n, pid_of(line, column))))
			puts(line);
	}
	free(line);
	return column >= 0 ? 0 :
			     (err_set(e, "ps", EINVAL, "list processes"),
			      err_cause(e, "what ps printed has no column PID"));
}

static int all_lines(FILE *in, struct err *e)
{
	char *line = NULL;
	size_t room = 0, lines = 0;

	for (; getline(&line, &room, in) > 0; lines++)
		fputs(line, stdout);
	free(line);
	return lines ? 0 : (err_set(e, "ps", EINVAL, "list processes"), err_cause(e, "ps printed nothing"));
}

/* pids NULL: ps was told them. */
static int run_ps(struct strv *argv, const pid_t *pids, size_t n, struct err *e)
{
	int out = -1, status, r;
	pid_t pid = -1;

	if ((r = start_ps(argv, &out, &pid, e)) < 0)
		return r;
	FILE *in = fdopen(out, "r");

	r = pids ? filter(in, pids, n, e) : all_lines(in, e);
	fclose(in);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, "ps", ENOENT, "run ps"),
		       err_hint(e, "install procps (Debian), or procps-ng");
	return r;
}

int processes_print(struct arena *a, const struct strv *options, const pid_t *pids, size_t n, struct err *e)
{
	static const pid_t none[1];
	struct strv argv = { 0 };

	strv_push(a, &argv, "ps");
	for (size_t i = 0; i < options->n; i++)
		strv_push(a, &argv, options->v[i]);
	if (!options->n)
		strv_push(a, &argv, "-ef");
	return run_ps(&argv, pids ? pids : none, n, e);
}

int processes_print_columns(struct arena *a, const char *columns, const pid_t *pids, size_t n, struct err *e)
{
	struct str list = { .arena = a };
	struct strv argv = { 0 };

	for (size_t i = 0; i < n; i++)
		str_addf(&list, "%s%d", i ? "," : "", pids[i]);
	strv_push(a, &argv, "ps");
	strv_push(a, &argv, "-p");
	strv_push(a, &argv, n ? list.p : "0");
	strv_push(a, &argv, "-o");
	strv_push(a, &argv, columns);
	return run_ps(&argv, NULL, 0, e);
}
