/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * traffic: what a way through the network carries, by TCP on IPv4.
 *
 *	traffic serve PORT
 *	traffic stream ADDRESS PORT MS
 *	traffic turns ADDRESS PORT MS
 *
 * `stream` sends as much as it can for MS milliseconds and prints, tab-separated: megabytes (10^6) per second, until the
 * server had all of them; and the milliseconds of CPU time that both ends used for a gigabyte. That has in it what the
 * kernel does on the way while it is in one of their system calls, which between network namespaces of one machine is
 * nearly all.
 *
 * `turns` sends a byte and waits for the answer, a byte, again and again. It prints how often per second, and the median
 * and the 99th percentile of one turn in microseconds.
 *
 * `serve` serves both, each connection in a process of its own: its first byte is which of them it is for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STREAM = 's', TURNS = 't', CHUNK = 128 * 1024, TURNS_MAX = 1000 * 1000 };

static char chunk[CHUNK];
static long turns[TURNS_MAX]; /* nanoseconds */

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

/* User and system time of this process. */
static long cpu_us(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static struct sockaddr_in address(const char *ip, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, ip, &to.sin_addr) != 1) {
		errno = EINVAL;
		die(ip);
	}
	return to;
}

/* Small packets go at once. */
static void no_delay(int s)
{
	if (setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)) < 0)
		die("TCP_NODELAY");
}

/* ---- the server */

/* One connection, to its end. */
static void answer(int s)
{
	ssize_t n;
	char kind;
	long cpu;

	if (read(s, &kind, 1) != 1)
		return;
	while ((n = read(s, chunk, sizeof(chunk))) > 0)
		if (kind == TURNS && write(s, chunk, (size_t)n) != n)
			return;
	cpu = cpu_us();
	if (kind == STREAM && write(s, &cpu, sizeof(cpu)) != sizeof(cpu))
		die("write");
}

_Noreturn static void serve(const char *port)
{
	struct sockaddr_in any = address("0.0.0.0", port);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
	    bind(listener, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(listener, 16) < 0)
		die("listen");
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int s = accept(listener, NULL, NULL);

		if (s < 0)
			die("accept");
		no_delay(s);
		if (fork() == 0) {
			answer(s);
			exit(0);
		}
		close(s);
	}
}

/* ---- the client */

static int dial(const char *ip, const char *port, char kind)
{
	struct sockaddr_in to = address(ip, port);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)) < 0)
		die(ip);
	no_delay(s);
	if (write(s, &kind, 1) != 1)
		die("write");
	return s;
}

static void stream(int s, long ms)
{
	long begin = now_ns(), theirs, ours = cpu_us();
	double bytes = 0, seconds;

	while (now_ns() - begin < ms * 1000000) {
		ssize_t n = write(s, chunk, sizeof(chunk));

		if (n < 0)
			die("write");
		bytes += (double)n;
	}
	if (shutdown(s, SHUT_WR) < 0 || read(s, &theirs, sizeof(theirs)) != sizeof(theirs))
		die("the server's answer");
	seconds = (double)(now_ns() - begin) / 1e9;
	ours = cpu_us() - ours;
	printf("%.1f\t%.1f\n", bytes / 1e6 / seconds, (double)(ours + theirs) / 1e3 / (bytes / 1e9));
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void take_turns(int s, long ms)
{
	long begin = now_ns(), last = begin;
	int n = 0;
	char c = 0;

	for (; n < TURNS_MAX && last - begin < ms * 1000000; n++) {
		long now;

		if (write(s, &c, 1) != 1 || read(s, &c, 1) != 1)
			die("the server's answer");
		now = now_ns();
		turns[n] = now - last;
		last = now;
	}
	qsort(turns, (size_t)n, sizeof(*turns), compare);
	printf("%.0f\t%.1f\t%.1f\n", n / ((double)(last - begin) / 1e9), (double)turns[n / 2] / 1e3,
	       (double)turns[(long)n * 99 / 100] / 1e3);
}

int main(int argc, char **argv)
{
	long ms = argc == 5 ? atol(argv[4]) : 0;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	if (ms > 0 && strcmp(argv[1], "stream") == 0) {
		stream(dial(argv[2], argv[3], STREAM), ms);
	} else if (ms > 0 && strcmp(argv[1], "turns") == 0) {
		take_turns(dial(argv[2], argv[3], TURNS), ms);
	} else {
		fputs("usage: traffic serve PORT | stream ADDRESS PORT MS | turns ADDRESS PORT MS\n", stderr);
		return 1;
	}
	return 0;
}
