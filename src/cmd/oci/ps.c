/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/oci/options.h"
#include "kernel/cgroup/cgroup.h"

struct ps_options {
	const char *format;
};

static const struct opt ps_table[] = {
	{ "format", 'f', "FORMAT", opt_choice, offsetof(struct ps_options, format),
	  "table, or json: the pids alone", "table json" },
	{ 0 },
};

/* ---- ps(1): whose columns and options are worth a process ---- */

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

/* The title, and the lines of the container's processes. */
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

static int print_table(struct arena *a, const struct strv *args, const pid_t *pids, size_t n, struct err *e)
{
	struct strv argv = { 0 };
	int out = -1, status, r;
	pid_t pid = -1;

	strv_push(a, &argv, "ps");
	for (size_t i = 0; i < args->n; i++)
		strv_push(a, &argv, args->v[i]);
	if (!args->n)
		strv_push(a, &argv, "-ef");
	if ((r = start_ps(&argv, &out, &pid, e)) < 0)
		return r;
	FILE *in = fdopen(out, "r");

	r = filter(in, pids, n, e);
	fclose(in);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, "ps", ENOENT, "run ps"),
		       err_hint(e, "install procps, or use --format json");
	return r;
}

/* ---- the command ---- */

static void print_json(const pid_t *pids, size_t n)
{
	/* Go's null: a list that was never made */
	if (!n) {
		puts("null");
		return;
	}
	for (size_t i = 0; i < n; i++)
		printf("%s%d", i ? "," : "[", pids[i]);
	puts("]");
}

static int ps_run(struct call *call, struct err *e)
{
	struct ps_options po = { .format = "table" };
	struct oci_container o;
	struct strv words;
	pid_t *pids = NULL;
	size_t n = 0;
	int r = opt_parse(call, &po, &words, e);

	if (r || (r = oci_find(call, &o, words.v[0], e)) < 0)
		return r;
	r = o.rec.cgroup ? cgroup_pids(call->arena, o.rec.cgroup, &pids, &n) : 0;
	if (r < 0)
		r = err_set(e, "ps", -r, "read the processes in %s", o.rec.cgroup);
	else if (str_eq(po.format, "json"))
		print_json(pids, n);
	else
		r = print_table(call->arena, &(struct strv){ words.v + 1, words.n - 1 }, pids, n, e);
	oci_close(&o);
	return r;
}

const struct command oci_ps_command = {
	.name = "ps",
	.operands = "CONTAINER [PS-OPTION...]",
	.summary = "list the processes of a container, as ps(1) shows them",
	.options = ps_table,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
	.run = ps_run,
};
