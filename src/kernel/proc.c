/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"

bool proc_exists(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return pid > 0 && access(path, F_OK) == 0;
}

/* /proc/PID/stat from its third field on: the second, the command's name in parentheses, may itself
 * hold spaces and parentheses. NULL when there is none. */
static const char *stat_fields(pid_t pid, char *buf, size_t size)
{
	char path[32], *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (pid <= 0 || io_read_small(AT_FDCWD, path, buf, size) <= 0 || !(end = strrchr(buf, ')')) || !end[1])
		return NULL;
	return end + 2;
}

/* One of its numbers, counted as in proc(5), from the fourth on; 0 when there is no such process. */
static uint64_t stat_number(pid_t pid, int wanted)
{
	char buf[1024];
	const char *p = stat_fields(pid, buf, sizeof(buf));

	for (int field = 3; p && field < wanted; field++)
		if ((p = strchr(p, ' ')))
			p++;
	return p ? strtoull(p, NULL, 10) : 0;
}

uint64_t proc_start_time(pid_t pid)
{
	return stat_number(pid, 22);
}

bool proc_is_zombie(pid_t pid)
{
	char buf[1024];
	const char *p = stat_fields(pid, buf, sizeof(buf));

	return p && (*p == 'Z' || *p == 'X');
}

bool proc_is_dying(pid_t pid)
{
	enum { FLAGS = 9, PENDING = 31, FLAG_EXITING = 0x4 /* PF_EXITING of <linux/sched.h> */ };

	return stat_number(pid, FLAGS) & FLAG_EXITING || stat_number(pid, PENDING) & 1U << (SIGKILL - 1);
}

int proc_open(pid_t pid, uint64_t start_time)
{
	autoclose int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -errno;
	/* after the open: the descriptor pins the process, so what is read now is about it */
	if (proc_start_time(pid) != start_time || proc_is_zombie(pid))
		return -ESRCH;
	return take_fd(&fd);
}

bool proc_same_ns(pid_t a, pid_t b, const char *name)
{
	char path[64];
	struct stat x, y;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", a, name);
	if (stat(path, &x) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", b, name);
	return stat(path, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int proc_status_hex(pid_t pid, const char *line, uint64_t *value)
{
	char path[32], buf[4096], *p;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if ((n = io_read_small(AT_FDCWD, path, buf, sizeof(buf))) < 0)
		return (int)n;
	for (p = buf; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		size_t len = strlen(line);
		if (strncmp(p, line, len) == 0 && p[len] == ':') {
			*value = strtoull(p + len + 1, NULL, 16);
			return 0;
		}
	}
	return -ENOENT;
}

int proc_comm(pid_t pid, char *buf, size_t size)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	n = io_read_small(AT_FDCWD, path, buf, size);
	return n < 0 ? (int)n : 0;
}

int proc_kill(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}
