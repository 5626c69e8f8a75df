/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-dns DIRECTORY BRIDGE ADDRESS/LENGTH... [-- NAMESERVER...]: answer for the names of a network
 * (net/zone.h) at its bridge's addresses, and pass on to the name servers what else is asked; without any,
 * refuse it. It returns when it answers, and goes on in the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/dns/server.h"
#include "kernel/process/proc.h"
#include "net/dns_process.h"

static struct server server;

static int bad(struct err *e, const char *word)
{
	return err_set(e, "usage", EINVAL, "take '%s'", word),
	       err_cause(e, "write: guise-dns DIRECTORY BRIDGE ADDRESS/LENGTH... [-- NAMESERVER...]");
}

static int take_address(struct server *s, const char *word, bool forward, struct err *e)
{
	struct ip ip;

	if (ip_parse(word, &ip) < 0 || !strchr(word, '/') != forward ||
	    (forward ? s->n_forwards == FORWARDS_MAX : s->n_listeners == SUBNETS_MAX))
		return bad(e, word);
	if (forward)
		s->forwards[s->n_forwards++] = ip;
	else
		s->listeners[s->n_listeners++].at = ip;
	return 0;
}

/* Who asks the machine's name servers must not come to ask itself. */
static void leave_out_self(struct server *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_forwards; i++) {
		bool self = false;

		for (size_t k = 0; k < s->n_listeners; k++)
			self = self || ip_same(s->listeners[k].at, s->forwards[i]);
		if (!self)
			s->forwards[n++] = s->forwards[i];
	}
	s->n_forwards = n;
}

static int take_words(struct server *s, char **argv, struct err *e)
{
	bool forward = false;
	int r = 0;

	if (!argv[1] || !argv[2] || !argv[3])
		return bad(e, "");
	s->bridge = argv[2];
	s->epoll = -1;
	for (char **word = argv + 3; r == 0 && *word; word++) {
		if (str_eq(*word, "--"))
			forward = true;
		else
			r = take_address(s, *word, forward, e);
	}
	leave_out_self(s);
	s->dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && s->dir < 0)
		r = err_set(e, "state", errno, "open %s", argv[1]);
	s->zone = (struct zone)ZONE_INIT(s->dir);
	return r;
}

/* What whoever started it has of a process is not its own: see "What guise has of its caller" in
 * doc/house.md. */
static void be_apart(void)
{
	const struct rlimit files = { 1024, 1024 };
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	fd_close_others(0, NULL, 0);
	sched_setaffinity(0, sizeof(all), &all);
	setrlimit(RLIMIT_NOFILE, &files);
	umask(022);
}

static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	for (int i = 0; i < 3; i++)
		if (null < 0 || dup2(null, i) < 0)
			close(i);
	fd_close(&null);
}

/* The note is written when there is something to be noted; and the caller is told when all is well. */
static int serve(struct server *s, int told, struct err *e)
{
	const struct dns_process note = { getpid(), proc_start_time(getpid()), if_nametoindex(s->bridge) };
	int r;

	if (fchdir(s->dir) < 0)
		return err_set(e, "state", errno, "enter the network's directory");
	if ((r = dns_process_write(s->dir, &note, e)) < 0 || (r = server_begin(s, e)) < 0 ||
	    (r = confine(s->dir, e)) < 0)
		return r;
	(void)!write(told, "", 1);
	close(told);
	return server_run(s, e);
}

/* In the background. Its word is a NUL byte, or what failed. */
_Noreturn static void go_on(struct server *s, int told)
{
	struct err e = { 0 };
	char line[1536];

	let_go();
	serve(s, told, &e);
	err_line(&e, line, sizeof(line));
	(void)!write(told, line, strlen(line));
	_exit(1);
}

static int await(int told)
{
	char line[1536];
	ssize_t n = read(told, line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	if (n == 1 && !*line)
		return 0;
	fprintf(stderr, "guise-dns: %s\n", *line ? line : "it was killed when it began");
	return 1;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	char line[1536];
	int pair[2];
	pid_t pid = -1;

	be_apart();
	if (take_words(&server, argv, &e) == 0 && listen_open(&server, &e) == 0 &&
	    (pipe2(pair, O_CLOEXEC) < 0 || (pid = fork()) < 0))
		err_set(&e, "process", errno, "go into the background");
	if (pid == 0) {
		close(pair[0]);
		go_on(&server, pair[1]);
	}
	if (pid > 0) {
		close(pair[1]);
		return await(pair[0]);
	}
	fprintf(stderr, "guise-dns: %s\n", err_line(&e, line, sizeof(line)));
	return 1;
}
