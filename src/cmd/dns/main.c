/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-dns DIRECTORY BRIDGE ADDRESS/LENGTH... [-- NAMESERVER...]: answer for the names of a network
 * (net/zone.h) at its bridge's addresses, and pass on to the name servers what else is asked; without any,
 * there is no such name. It returns when it answers, and goes on in the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/dns/server.h"
#include "kernel/net/addr.h"
#include "kernel/net/link.h"
#include "kernel/net/netlink.h"
#include "kernel/process/caller.h"
#include "kernel/process/proc.h"
#include "net/bridge.h"
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
	    (forward ? s->n_forwards == DNS_FORWARDS_MAX : s->n_listeners == NETWORK_SUBNETS))
		return bad(e, word);
	if (forward)
		s->forwards[s->n_forwards++] = ip;
	else
		s->listeners[s->n_listeners++].at = ip;
	return 0;
}

static void leave_out(struct server *s, struct ip ip)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_forwards; i++)
		if (!ip_same(s->forwards[i], ip))
			s->forwards[n++] = s->forwards[i];
	s->n_forwards = n;
}

static int leave_out_addresses(struct server *s, struct netlink *nl, struct arena *a, const struct link_info *link,
			       struct err *e)
{
	struct ip *list;
	size_t n;
	int r = addr_list(nl, a, AF_UNSPEC, link->index, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		leave_out(s, list[i]);
	return r;
}

/* Who asks the machine's name servers must not come to ask itself, nor another network's, which may ask it in
 * turn. */
static int leave_out_own(struct server *s, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	struct link_info *bridges = NULL;
	struct arena a = { 0 };
	size_t n = 0;
	int r = netlink_open(&nl, NETLINK_ROUTE, e);

	if (r == 0)
		r = link_list(&nl, &a, "bridge", &bridges, &n, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (str_after(bridges[i].alias, BRIDGE_MARK))
			r = leave_out_addresses(s, &nl, &a, &bridges[i], e);
	netlink_close(&nl);
	arena_free(&a);
	return r;
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
	if (r == 0)
		r = leave_out_own(s, e);
	s->dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && s->dir < 0)
		r = err_set(e, "state", errno, "open %s", argv[1]);
	s->zone = (struct zone)ZONE_INIT(s->dir);
	return r;
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

	setsid();
	fd_null_stdio();
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

	caller_leave();
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
