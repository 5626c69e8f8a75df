/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/proc.h"

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
#include "kernel/process/pidfd.h"

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
	if (pid <= 0 || io_read_small(AT_FDCWD, path, buf, size) <= 0 || !(end = strrchr(buf, ')')) ||
	    !end[1])
		return NULL;
	return end + 2;
}

int proc_stat(pid_t pid, int n, int64_t *value)
{
	char buf[1024], *end;
	const char *p = stat_fields(pid, buf, sizeof(buf));

	for (int field = 3; p && field < n; field++)
		if ((p = strchr(p, ' ')))
			p++;
	if (!p)
		return -ESRCH;
	*value = strtoll(p, &end, 10);
	return end == p ? -ESRCH : 0;
}

/* The same; 0 when there is no such process. */
static uint64_t stat_number(pid_t pid, int n)
{
	int64_t value;

	return proc_stat(pid, n, &value) == 0 ? (uint64_t)value : 0;
}

uint64_t proc_start_time(pid_t pid)
{
	return stat_number(pid, 22);
}

bool proc_has_executed(pid_t pid)
{
	enum { FLAGS = 9, FORKNOEXEC = 0x40 }; /* PF_FORKNOEXEC (linux/sched.h) */

	return !(stat_number(pid, FLAGS) & FORKNOEXEC);
}

bool proc_is_zombie(pid_t pid)
{
	char buf[1024];
	const char *p = stat_fields(pid, buf, sizeof(buf));

	return p && (*p == 'Z' || *p == 'X');
}

int proc_open(pid_t pid, uint64_t start_time)
{
	autoclose int fd = pidfd_of(pid);

	if (fd < 0)
		return fd;
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

const char *proc_status(struct arena *a, pid_t pid, const char *line)
{
	/* 65536 supplementary groups, as many as there can be, take up to 11 bytes each (NGROUPS_MAX) */
	enum { STATUS_MAX = 1 << 20 };
	char path[32], *text;
	size_t len = strlen(line);

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (pid <= 0 || io_read_file(a, AT_FDCWD, path, STATUS_MAX, &text, NULL) < 0)
		return NULL;
	for (char *row; (row = strsep(&text, "\n"));) {
		if (strncmp(row, line, len) != 0 || row[len] != ':')
			continue;
		row += len + 1 + strspn(row + len + 1, " \t");
		len = strlen(row);
		while (len > 0 && row[len - 1] == ' ')
			row[--len] = '\0';
		return row;
	}
	return NULL;
}

int proc_status_hex(struct arena *a, pid_t pid, const char *line, uint64_t *value)
{
	const char *text = proc_status(a, pid, line);

	if (!text)
		return -ENOENT;
	*value = strtoull(text, NULL, 16);
	return 0;
}

/* A SIGKILL for the whole process stays pending until that is reaped. One for its thread (cgroup.kill) is no
 * longer pending before the flags tell of the end: so the flags are read last. */
bool proc_is_dying(pid_t pid)
{
	enum { FLAGS = 9, FLAGS_OF_END = 0x4 | 0x400 /* PF_EXITING, PF_SIGNALED of <linux/sched.h> */ };
	const uint64_t sigkill = 1U << (SIGKILL - 1);
	char buf[4096];
	struct arena a = ARENA_INIT(buf);
	uint64_t all = 0, own = 0;
	bool killed = proc_status_hex(&a, pid, "ShdPnd", &all) == 0 &&
		      proc_status_hex(&a, pid, "SigPnd", &own) == 0 && ((all | own) & sigkill);

	arena_free(&a);
	return killed || stat_number(pid, FLAGS) & FLAGS_OF_END;
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
