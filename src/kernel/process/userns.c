/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/process/clone.h"
#include "kernel/process/spawn.h"

bool userns_inside(void)
{
	enum {
		INITIAL = (int)0xEFFFFFFD
	}; /* PROC_USER_INIT_INO, linux/proc_ns.h: the same since Linux 3.8 */
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != (unsigned)INITIAL;
}

bool userns_denies_groups(void)
{
	char text[16];

	return userns_inside() && io_read_small(-1, "/proc/self/setgroups", text, sizeof(text)) > 0 &&
	       str_eq(text, "deny");
}

static int write_file(pid_t pid, const char *file, const char *value, struct err *e)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	r = io_write_small(AT_FDCWD, path, value);
	return r < 0 ? err_set(e, "userns-map", -r, "write '%s' to %s", value, path) : 0;
}

/* newuidmap(1) or newgidmap(1). To write a map of more than the user's own id takes CAP_SETUID in the parent
 * namespace, which only these programs have. But for pasta, guise starts no other program on the way to a
 * container. */
static int run_helper(const char *program, pid_t pid, const char *map, struct err *e)
{
	char words[1024], number[16], *argv[64], *next = words;
	size_t n = 0;
	int status, r;

	snprintf(number, sizeof(number), "%d", pid);
	snprintf(words, sizeof(words), "%s", map);
	argv[n++] = (char *)program;
	argv[n++] = number;
	for (char *word; n < 63 && (word = strsep(&next, " \n"));)
		if (*word)
			argv[n++] = word;
	argv[n] = NULL;
	if ((r = spawn_wait(argv, -1, &status, e)) < 0)
		return err_hint(e, "install it (Debian: uidmap), or remove the user from /etc/subuid");
	if (status == 0)
		return 0;
	return err_set(e, "userns-helper", EPERM, "%s %d %s", program, pid, map),
	       err_cause(e, "it exited with status %d", status),
	       err_hint(e, "see /etc/subuid and /etc/subgid");
}

int userns_write_maps(pid_t pid, const char *uid_map, const char *gid_map, bool by_helper, struct err *e)
{
	int r;

	if (by_helper) {
		r = run_helper("newuidmap", pid, uid_map, e);
		return r < 0 ? r : run_helper("newgidmap", pid, gid_map, e);
	}
	if (geteuid() != 0 && (r = write_file(pid, "setgroups", "deny", e)) < 0)
		return r;
	if ((r = write_file(pid, "uid_map", uid_map, e)) < 0)
		return r;
	return write_file(pid, "gid_map", gid_map, e);
}

struct row {
	uint32_t inside, outside, size;
};

/* The next row of a map; moves *p behind it. False at the end, and at anything that is no row. */
static bool next_row(const char **p, struct row *r)
{
	int n = 0;

	if (sscanf(*p, " %u %u %u%n", &r->inside, &r->outside, &r->size, &n) != 3)
		return false;
	*p += n;
	return true;
}

bool userns_has_map(const char *map, const char *part)
{
	struct row x, y;

	while (next_row(&part, &x)) {
		const char *p = map;
		bool found = false;

		while (!found && next_row(&p, &y))
			found = x.inside == y.inside && x.outside == y.outside && x.size == y.size;
		if (!found)
			return false;
	}
	return true;
}

bool userns_same_map(const char *a, const char *b)
{
	return userns_has_map(a, b) && userns_has_map(b, a);
}

int64_t userns_outside(const char *map, uint32_t inside)
{
	struct row r;

	while (next_row(&map, &r))
		if (inside >= r.inside && inside - r.inside < r.size)
			return (int64_t)r.outside + (inside - r.inside);
	return -1;
}

int64_t userns_within(const char *map, uint32_t outside)
{
	struct row r;

	while (next_row(&map, &r))
		if (outside >= r.outside && outside - r.outside < r.size)
			return (int64_t)r.inside + (outside - r.outside);
	return -1;
}

const char *userns_read_map(struct arena *a, pid_t pid, const char *file)
{
	enum { MAP_MAX = 1 << 16 }; /* 340 rows of 33 bytes (user_namespaces(7)) */
	char path[32], *text;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return io_read_file(a, AT_FDCWD, path, MAP_MAX, &text, NULL) < 0 ? NULL : text;
}

/* Never returns: there only to hold the namespace until it is killed. */
_Noreturn static void wait_in_it(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

int userns_for_maps(const char *uid_map, const char *gid_map)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	long pid = clone_process(&args);
	char path[64];
	struct err e;
	int r, fd;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		wait_in_it();
	snprintf(path, sizeof(path), "/proc/%ld/ns/user", pid);
	r = userns_write_maps((pid_t)pid, uid_map, gid_map, false, &e);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		r = r < 0 ? r : -errno;
	kill((pid_t)pid, SIGKILL);
	waitpid((pid_t)pid, NULL, 0);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* All of it, from the other end of a pipe; a signal that is caught ends no wait. */
static bool hear(int fd, void *what, size_t len)
{
	ssize_t n;

	while ((n = read(fd, what, len)) < 0 && errno == EINTR)
		;
	return n == (ssize_t)len;
}

/* In a child, which stays outside: it writes the maps of its parent, once that is in the new namespace, and says how it went. */
_Noreturn static void map_parent(int go, int tell, pid_t parent, const char *uid_map, const char *gid_map,
				 bool by_helper)
{
	struct err e = { 0 };
	char byte;

	if (hear(go, &byte, 1))
		userns_write_maps(parent, uid_map, gid_map, by_helper, &e);
	else
		err_set(&e, "userns", EPIPE, "hear that there is a user namespace");
	_exit(write(tell, &e, sizeof(e)) != sizeof(e));
}

static int enter(int go, int told, struct err *e)
{
	struct err how;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return err_set(e, "userns", errno, "make a user namespace");
	if (write(go, "", 1) != 1 || !hear(told, &how, sizeof(how)))
		return err_set(e, "userns", EPROTO, "have the ids of a user namespace mapped");
	if (how.no)
		return err_take(e, &how);
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ?
		       err_set(e, "userns", errno, "keep mounts to a namespace") :
		       0;
}

int userns_enter(const char *uid_map, const char *gid_map, bool by_helper, struct err *e)
{
	int go[2], tell[2], r;
	pid_t parent = getpid(), pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return err_set(e, "userns", errno, "make a pipe");
	autoclose int read_go = go[0], write_go = go[1];
	if (pipe2(tell, O_CLOEXEC) < 0)
		return err_set(e, "userns", errno, "make a pipe");
	autoclose int read_tell = tell[0], write_tell = tell[1];
	if ((pid = fork()) < 0)
		return err_set(e, "userns", errno, "start a process");
	if (pid == 0) {
		fd_close(&write_go);
		map_parent(read_go, write_tell, parent, uid_map, gid_map, by_helper);
	}
	fd_close(&write_tell);
	r = enter(write_go, read_tell, e);
	fd_close(&write_go);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
