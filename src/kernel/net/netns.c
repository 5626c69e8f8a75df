/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs/mount.h"

#define DIRECTORY "/run/netns"

static int failed(struct err *e, const char *name, const char *what)
{
	return err_set(e, "netns-name", errno, "%s %s/%s", what, DIRECTORY, name);
}

/* As iproute2 does (create_netns_dir(), netns_add()). */
static int make_directory(struct err *e)
{
	if (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)
		return err_set(e, "netns-name", errno, "make %s", DIRECTORY);
	if (mount(NULL, DIRECTORY, NULL, MS_SHARED | MS_REC, NULL) == 0)
		return 0;
	/* it is no mount (EINVAL): of itself */
	if (errno != EINVAL || mount(DIRECTORY, DIRECTORY, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount(NULL, DIRECTORY, NULL, MS_SHARED | MS_REC, NULL) < 0)
		return err_set(e, "netns-name", errno, "make %s a shared mount", DIRECTORY);
	return 0;
}

static int mark_of(int dir, const char *name, int flags, char mark[static NETNS_MARK])
{
	struct statx st;

	if (statx(dir, name, flags | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_MTIME, &st) < 0)
		return -errno;
	/* nobody writes to it, so that it was never modified but when it was made */
	snprintf(mark, NETNS_MARK, "%llu %lld.%09u", (unsigned long long)st.stx_ino,
		 (long long)st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec);
	return 0;
}

int netns_begin(struct netns_file *f, char mark[static NETNS_MARK], struct err *e)
{
	int r = make_directory(e);

	*f = (struct netns_file){ -1, -1 };
	if (r < 0)
		return r;
	if ((f->dir = open(DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
	    (f->file = openat(f->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0)) < 0 ||
	    (errno = -mark_of(f->file, "", AT_EMPTY_PATH, mark)))
		return err_set(e, "netns-name", errno, "make a file in %s", DIRECTORY);
	return 0;
}

static int taken(struct err *e, const char *name)
{
	err_set(e, "netns-taken", EEXIST, "name the network namespace %s", name);
	err_cause(e, "there is one of that name");
	return err_hint(e, "choose another; `ip netns list` shows them, `ip netns delete %s` removes it",
			name);
}

int netns_finish(const struct netns_file *f, const char *name, int ns, struct err *e)
{
	char file[32], source[32], target[300];

	snprintf(file, sizeof(file), "/proc/self/fd/%d", f->file);
	snprintf(source, sizeof(source), "/proc/self/fd/%d", ns);
	snprintf(target, sizeof(target), "/proc/self/fd/%d/%s", f->dir, name);
	if (linkat(AT_FDCWD, file, f->dir, name, AT_SYMLINK_FOLLOW) < 0)
		return errno == EEXIST ? taken(e, name) : failed(e, name, "name a network namespace");
	return mount(source, target, NULL, MS_BIND, NULL) < 0 ? failed(e, name, "mount a namespace on") : 0;
}

void netns_close(struct netns_file *f)
{
	fd_close(&f->file);
	fd_close(&f->dir);
}

/* The mark of the file that has the name, whatever is mounted on it: in a copy of the directory's mount, without those
 * below it. */
static int mark_below(const char *name, char mark[static NETNS_MARK])
{
	autoclose int copy = mount_clone(AT_FDCWD, DIRECTORY, false);

	return copy < 0 ? copy : mark_of(copy, name, 0, mark);
}

int netns_remove(const char *name, const char *mark, struct err *e)
{
	autoclose int dir = open(DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char now[NETNS_MARK], path[300];
	int r = dir < 0 ? -errno : mark_below(name, now);

	if (r == -ENOENT || (r == 0 && !str_eq(now, mark)))
		return 0;
	if (r < 0)
		return errno = -r, failed(e, name, "look whose is");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
	/* EINVAL: nothing is mounted on it */
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
		return failed(e, name, "unmount");
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? failed(e, name, "remove") : 0;
}
