/*
 * relay.c - the host's end of the test machine's stream
 *
 *	relay BOOT_SECONDS SILENT_SECONDS <stream 3>status
 *
 * Splits the frames on its stdin into stdout and stderr. When COMMAND has ended, writes its exit status to
 * descriptor 3 as a decimal number. Nothing written there means that the machine failed; stderr says how.
 * Then our own exit status is 2 if the machine hangs and may still be asked, else 1.
 *
 * BOOT_SECONDS is how long the machine may take to start COMMAND. After that its init gives several signs of
 * life a second, has the timer for COMMAND and kills it: a machine that is silent for SILENT_SECONDS hangs.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void complain(const char *format, va_list args)
{
	fputs("vm: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	exit(1);
}

static _Noreturn void hangs(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	exit(2);
}

static _Noreturn void finish(unsigned int status)
{
	dprintf(3, "%u\n", status);
	exit(0);
}

/* Fills all of buf from stdin; false when the deadline passes first. */
static bool read_full(void *buf, size_t size, int64_t deadline)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char *at = buf;

	while (size > 0) {
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return false;
		if (poll(&in, 1, left) <= 0)
			continue;

		ssize_t n = read(STDIN_FILENO, at, size);

		if (n == 0)
			fail("the machine stopped before the command ended");
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			fail("reading the machine's stream: %s", strerror(errno));
		if (n > 0) {
			at += n;
			size -= n;
		}
	}
	return true;
}

/*
 * A reader that has gone away (`| head -1`) loses the rest of that stream and
 * nothing else. Our stdout may be non-blocking: it is shared with strangers.
 */
static void write_full(int fd, const char *buf, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, buf, size);

		if (n >= 0) {
			buf += n;
			size -= n;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		} else if (errno == EPIPE) {
			return;
		} else if (errno != EINTR) {
			fail("writing to descriptor %d: %s", fd, strerror(errno));
		}
	}
}

int main(int argc, char **argv)
{
	static char data[FRAME_MAX];
	bool started = false;
	struct frame frame;
	int seconds;

	if (argc != 3)
		fail("usage: relay BOOT_SECONDS SILENT_SECONDS <stream 3>status");
	signal(SIGPIPE, SIG_IGN);
	seconds = atoi(argv[1]);

	for (;;) {
		int64_t deadline = now_ms() + seconds * 1000LL;

		if (!read_full(&frame, sizeof(frame), deadline))
			break;

		switch (frame.kind) {
		case FRAME_STARTED:
			started = true;
			seconds = atoi(argv[2]);
			break;
		case FRAME_ALIVE:
			break;
		case FRAME_STDOUT:
		case FRAME_STDERR:
			if (frame.value > sizeof(data))
				fail("a frame of %u bytes: the stream is broken", frame.value);
			if (!read_full(data, frame.value, deadline))
				hangs("the machine hangs in the middle of its output");
			write_full(frame.kind == FRAME_STDOUT ? STDOUT_FILENO : STDERR_FILENO, data,
				   frame.value);
			break;
		case FRAME_EXIT:
			finish(frame.value);
		default:
			fail("a frame of kind %#x: the stream is broken", frame.kind);
		}
	}
	if (!started)
		hangs("the machine did not boot within %s s", argv[1]);
	hangs("the machine hangs: nothing was heard of it for %s s", argv[2]);
}
