/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A user-mode network, for users without privilege. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/proc.h"
#include "kernel/process/spawn.h"
#include "plan/live.h"

/* What it says matters only then; on each run it is about what the host has and lacks. The last line is
 * the reason. */
static int pasta_failed(int said, int status, struct err *e)
{
	char text[2048];
	ssize_t n = read(said, text, sizeof(text) - 1);
	char *last = text;

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		last = line;
	err_set(e, "pasta", EIO, "connect the container with pasta");
	err_cause(e, "it exited with status %d%s%s", status, *last ? ": " : "", last);
	return err_hint(e, "it needs /dev/net/tun; or run with --network none");
}

/* None of the container's ports but those, and none of the host's. */
static void add_ports(struct arena *a, struct strv *words, const char *option, const struct strv *ports)
{
	for (size_t i = 0; i < ports->n || i == 0; i++) {
		strv_push(a, words, option);
		strv_push(a, words, ports->n ? ports->v[i] : "none");
	}
}

static struct strv words_of(struct arena *a, const struct step_pasta *s)
{
	static const char *const fixed[] = { "-T", "none", "-U", "none", "--dns-forward", PASTA_DNS };
	struct strv words = { 0 };

	strv_push(a, &words, "pasta");
	strv_push(a, &words, "--config-net");
	strv_push(a, &words, "--quiet");
	add_ports(a, &words, "-t", &s->tcp);
	add_ports(a, &words, "-u", &s->udp);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		strv_push(a, &words, fixed[i]);
	return words;
}

/* pasta(1) connects a namespace to the outside by sockets of the user who runs it: the only way out for a
 * user without privilege. It goes into the background
 * when the network is up, and leaves its pid. */
static int pasta_apply(const struct step *s, struct live *live, struct err *e)
{
	struct strv words = words_of(live->arena, &s->pasta);
	int said[2], status, r;

	if (pipe2(said, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, "pasta", errno, "make a pipe for pasta");
	autoclose int from = said[0], to = said[1];
	strv_push(live->arena, &words, "--pid");
	strv_push(live->arena, &words, s->pasta.pidfile);
	strv_push(live->arena, &words, arena_printf(live->arena, "%d", live->pid));
	strv_push(live->arena, &words, NULL);
	if ((r = spawn_wait((char **)words.v, to, &status, e)) < 0)
		return err_hint(e, "install it (Debian: passt), or run with --network none");
	return status == 0 ? 0 : pasta_failed(from, status, e);
}

static void pasta_show(const struct step *s, struct str *out)
{
	struct strv words = words_of(out->arena, &s->pasta);

	for (size_t i = 0; i < words.n; i++)
		str_addf(out, "%s ", str_shell(out, words.v[i]));
	str_add(out, "$pid\n");
}

/* A pidfd of the container's pasta, -1 if it has ended: the pid may be another's by now, so the descriptor
 * pins it, then its name is looked at. (pasta is a link to passt, which executes passt.avx2 where it can.) */
static int open_pasta(const struct step_pasta *s)
{
	char text[16], comm[64] = "";
	pid_t pid = io_read_small(AT_FDCWD, s->pidfile, text, sizeof(text)) > 0 ? atoi(text) : 0;
	autoclose int fd = pid > 0 ? proc_open(pid, proc_start_time(pid)) : -1;

	if (fd < 0 || proc_comm(pid, comm, sizeof(comm)) < 0)
		return -1;
	if (strncmp(comm, "pasta", 5) != 0 && strncmp(comm, "passt", 5) != 0)
		return -1;
	return take_fd(&fd);
}

static int pasta_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	autoclose int fd = open_pasta(&want->pasta);

	if (fd >= 0)
		return READ_FOUND;
	str_add(text, "pasta has ended");
	return READ_MISSING;
}

static int pasta_undo(const struct step *s, struct live *live, struct err *e)
{
	autoclose int fd = open_pasta(&s->pasta);

	if (fd >= 0 && proc_kill(fd, SIGTERM) < 0 && errno != ESRCH)
		return err_set(e, "pasta", errno, "stop the pasta of %s", s->pasta.pidfile);
	return 0;
}

/* What it was told of ports it does not tell. */
static const struct field pasta_fields[] = {
	FIELD(STR, pasta, pidfile, .compare = COMPARE_KEY),
	FIELD(STRV, pasta, tcp, .compare = COMPARE_NOT),
	FIELD(STRV, pasta, udp, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_pasta = {
	.name = "pasta",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = pasta_fields,
	.apply = pasta_apply,
	.show = pasta_show,
	.read = pasta_read,
	.undo = pasta_undo,
};
