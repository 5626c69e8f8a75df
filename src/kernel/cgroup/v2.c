/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/v2.h"

/* The words of want that have lacks, as "+cpu +memory". Returns whether there are any. */
static bool missing_words(const char *want, const char *have, char *out, size_t size)
{
	size_t len = 0;

	for (const char *p = want; *(p += strspn(p, " ")); p += strcspn(p, " ")) {
		size_t n = strcspn(p, " ");
		const char *h = have;

		while (*(h += strspn(h, " ")) && !(strcspn(h, " ") == n && memcmp(h, p, n) == 0))
			h += strcspn(h, " ");
		if (!*h && len + n + 3 < size)
			len += snprintf(out + len, size - len, "%s+%.*s", len ? " " : "", (int)n, p);
	}
	return len > 0;
}

/* Move the processes of base itself, guise and who started it, into a cgroup below it. Read again until none
 * is left: they may fork meanwhile. */
static int vacate(const char *base)
{
	autoclose int dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char pids[4096], pid[24];
	ssize_t n;

	if (dir < 0 || (mkdirat(dir, CGROUP2_CALLERS, 0755) < 0 && errno != EEXIST))
		return -errno;
	for (int tries = 0; tries < 64; tries++) {
		if ((n = io_read_small(dir, "cgroup.procs", pids, sizeof(pids))) <= 0)
			return n;
		/* The last pid may be cut short, and be another's then. */
		if (n == sizeof(pids) - 1)
			*strrchr(pids, '\n') = '\0';
		for (char *p = pids, *end; strtol(p, &end, 10) > 0; p = end) {
			snprintf(pid, sizeof(pid), "%ld", strtol(p, NULL, 10));
			n = io_write_small(dir, CGROUP2_CALLERS "/cgroup.procs", pid);
			if (n < 0 && n != -ESRCH)
				return n;
		}
	}
	return -EBUSY;
}

static int enable_here(const char *path, const char *controllers)
{
	autoclose int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char have[256], missing[256];
	int r = dir < 0 ? -errno : io_read_small(dir, "cgroup.subtree_control", have, sizeof(have));

	if (r < 0 || !missing_words(controllers, have, missing, sizeof(missing)))
		return r < 0 ? r : 0;
	return io_write_small(dir, "cgroup.subtree_control", missing);
}

static int enable_error(int r, const char *dir, const char *controllers, struct err *e)
{
	err_set(e, "cgroup-enable", -r, "enable controllers %s in %s/cgroup.subtree_control", controllers,
		dir);
	if (r == -EBUSY)
		return err_cause(e, "processes are in this very cgroup, and the kernel lets a cgroup have "
				    "either processes or limits for its children"),
		       err_hint(e, "move them into a child cgroup, or use another --cgroup-parent");
	if (r == -ENOENT)
		return err_cause(e, "a cgroup above does not pass one of them on"),
		       err_hint(e, "see %s/cgroup.controllers", dir);
	if (r == -EACCES || r == -EPERM)
		return err_hint(e, "have the controllers delegated to you, in systemd by Delegate=yes");
	if (r == -EOPNOTSUPP)
		return err_cause(e, "the cgroup is threaded");
	return r;
}

/* Nearly always an earlier container has had them enabled: one read, then. */
static bool has_all(const char *dir, const char *controllers)
{
	char path[PATH_MAX], have[256], missing[256];

	snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
	return io_read_small(-1, path, have, sizeof(have)) >= 0 &&
	       !missing_words(controllers, have, missing, sizeof(missing));
}

int cgroup2_enable(const char *base, const char *dir, const char *controllers, struct err *e)
{
	char here[PATH_MAX];
	int r;

	if (has_all(dir, controllers))
		return 0;
	for (size_t len = strlen(base); dir[len]; len += 1 + strcspn(dir + len + 1, "/")) {
		snprintf(here, sizeof(here), "%.*s", (int)len, dir);
		r = enable_here(here, controllers);
		if (r == -EBUSY && len == strlen(base) && (r = vacate(here)) == 0)
			r = enable_here(here, controllers);
		if (r < 0)
			return enable_error(r, here, controllers, e);
	}
	return 0;
}

/* All at once or, if the kernel refuses one of them here, those that it takes. */
static void enable_each(const char *path, const char *controllers)
{
	char one[64];

	if (enable_here(path, controllers) == 0)
		return;
	for (const char *p = controllers; *(p += strspn(p, " ")); p += strcspn(p, " ")) {
		snprintf(one, sizeof(one), "%.*s", (int)strcspn(p, " "), p);
		(void)enable_here(path, one);
	}
}

void cgroup2_enable_wanted(const char *base, const char *dir, const char *controllers)
{
	char here[PATH_MAX];

	if (has_all(dir, controllers))
		return;
	for (size_t len = strlen(base); dir[len]; len += 1 + strcspn(dir + len + 1, "/")) {
		snprintf(here, sizeof(here), "%.*s", (int)len, dir);
		enable_each(here, controllers);
	}
}

int cgroup2_give(const char *dir, uid_t uid, struct err *e)
{
	char files[1024], *save = NULL;
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fchown(fd, uid, -1) < 0)
		return err_set(e, "cgroup-owner", errno, "give cgroup %s to user %u", dir, uid);
	if (io_read_small(-1, "/sys/kernel/cgroup/delegate", files, sizeof(files)) <= 0)
		strcpy(files, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");
	for (char *file = strtok_r(files, "\n", &save); file; file = strtok_r(NULL, "\n", &save))
		/* not every cgroup has each of them */
		if (fchownat(fd, file, uid, -1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_set(e, "cgroup-owner", errno, "give %s/%s to user %u", dir, file, uid);
	return 0;
}

int cgroup2_kill(const char *dir, struct err *e)
{
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/cgroup.kill", dir);
	r = io_write_small(-1, path, "1");
	/* ENODEV: the cgroup was removed after we had opened the file. */
	if (r == 0 || r == -ENODEV)
		return 0;
	if (r == -ENOENT)
		return access(dir, F_OK) < 0 ? 0 : -ENOSYS;
	return err_set(e, "cgroup-kill", -r, "kill the processes in cgroup %s", dir);
}

/* Wait until cgroup.events has the line (cgroups(7): the kernel announces a change by POLLPRI). A cgroup
 * that is gone has it. */
static int event_wait(const char *dir, const char *line, unsigned timeout_ms)
{
	char path[PATH_MAX], text[256];
	long long end = clock_ms() + timeout_ms, left;

	snprintf(path, sizeof(path), "%s/cgroup.events", dir);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return errno == ENODEV ? 0 : -errno;
		text[n] = '\0';
		if (strstr(text, line))
			return 0;
		if ((left = end - clock_ms()) <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, left) < 0 && errno != EINTR)
			return -errno;
	}
}

int cgroup2_freeze(const char *dir, bool frozen, unsigned timeout_ms, struct err *e)
{
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/cgroup.freeze", dir);
	r = io_write_small(-1, path, frozen ? "1" : "0");
	if (r == 0 && frozen)
		r = event_wait(dir, "frozen 1\n", timeout_ms);
	return r == 0 ? 0 : err_set(e, "cgroup-freeze", -r, "%s cgroup %s", frozen ? "freeze" : "thaw", dir);
}
