/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-dns DIRECTORY BRIDGE ADDRESS/LENGTH... [-- NAMESERVER...]: answer for the names of a network
 * (net/zone.h) at its bridge's addresses, and pass on to the name servers what else is asked; without any,
 * there is no such name. It returns when it answers, and goes on in the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "cmd/dns/server.h"
#include "kernel/net/link.h"
#include "kernel/net/netlink.h"
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
	    (forward ? s->n_forwards == DNS_FORWARDS_MAX : s->n_listeners == SUBNETS_MAX))
		return bad(e, word);
	if (forward)
		s->forwards[s->n_forwards++] = ip;
	else
		s->listeners[s->n_listeners++].at = ip;
	return 0;
}

static bool is_of_guise(struct netlink *nl, const char *link)
{
	struct link_info info;
	struct err e;

	return link_get(nl, link, &info, &e) == 0 && str_after(info.alias, BRIDGE_MARK);
}

static void leave_out(struct server *s, struct ip ip)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_forwards; i++)
		if (!ip_same(s->forwards[i], ip))
			s->forwards[n++] = s->forwards[i];
	s->n_forwards = n;
}

/* Who asks the machine's name servers must not come to ask itself, nor another network's, which may ask it in
 * turn. */
static int leave_out_own(struct server *s, struct err *e)
{
	struct ifaddrs *list;
	struct netlink nl;
	int r = netlink_open(&nl, NETLINK_ROUTE, e);

	if (r < 0)
		return r;
	if (getifaddrs(&list) < 0) {
		r = err_set(e, "network", errno, "read the machine's addresses");
		netlink_close(&nl);
		return r;
	}
	for (struct ifaddrs *a = list; a; a = a->ifa_next)
		if (a->ifa_addr && is_of_guise(&nl, a->ifa_name))
			leave_out(s, server_ip((const union address *)a->ifa_addr));
	freeifaddrs(list);
	netlink_close(&nl);
	return 0;
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

/* None, or as far as the hard one allows, which only who has CAP_SYS_RESOURCE raises. */
static void lift_limit(int resource)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(resource, &l) == 0 || getrlimit(resource, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(resource, &l);
}

/* Containers share it whose starters have nothing to do with each other, so it has as little as may be of
 * the one who started it: descriptors, umask, limits, affinity, priority and OOM score are anew. Its cgroup
 * stays. What it is not allowed to change stays, too. */
static void be_apart(void)
{
	const struct rlimit files = { 1024, 1024 };
	const struct sched_param normal = { 0 };
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	fd_close_others(0, NULL, 0);
	sched_setaffinity(0, sizeof(all), &all);
	sched_setscheduler(0, SCHED_OTHER, &normal);
	setpriority(PRIO_PROCESS, 0, 0);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		lift_limit(i);
	setrlimit(RLIMIT_NOFILE, &files);
	io_write_small(AT_FDCWD, "/proc/self/oom_score_adj", "0");
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
