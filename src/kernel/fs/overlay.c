/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/visit.h"

struct layers {
	const int *lower;
	size_t n;
	int upper, work;
	uid_t uid;
	gid_t gid;
	int result;
};

static int set_fd(int fs, const char *key, int fd)
{
	return fsconfig(fs, FSCONFIG_SET_FD, key, NULL, fd) < 0 ? -errno : 0;
}

static int mount_layers(const struct layers *l)
{
	autoclose int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	int r = fs < 0 ? -errno : 0, fd;

	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = set_fd(fs, "lowerdir+", l->lower[i]);
	if (r < 0 || (r = set_fd(fs, "upperdir", l->upper)) < 0 || (r = set_fd(fs, "workdir", l->work)) < 0)
		return r;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* In a process of its own, whose ids go with it; its capabilities stay those of root. */
static void visit(void *arg)
{
	struct layers *l = arg;

	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0) {
		l->result = -errno;
		return;
	}
	setfsgid(l->gid);
	setfsuid(l->uid);
	l->result = mount_layers(l);
}

int overlay_mount_fds(const int *lower, size_t n, int upper, int work, uid_t uid, gid_t gid)
{
	struct layers l = { lower, n, upper, work, uid, gid, -ECHILD };
	int r = visit_call(visit, &l);

	return r < 0 ? r : l.result;
}

/* An id that this user namespace has no number for is seen as nobody's (65534), and can't be given unless that is
 * mapped: the caller's stays. */
static int give(int dir, const char *name, uid_t uid, gid_t gid)
{
	return fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EINVAL ? -errno : 0;
}

static int give_both(int dir, const char *name, const struct stat *like)
{
	int r = give(dir, name, like->st_uid, (gid_t)-1);

	return r < 0 ? r : give(dir, name, (uid_t)-1, like->st_gid);
}

/* `work` comes last: where it is there, `upper` was finished. */
int overlay_make_dirs(int dir, const char *upper, const char *work, const struct stat *like, bool owner)
{
	int r;

	if (faccessat(dir, work, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (mkdirat(dir, upper, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* the owner first: a change of it takes the set-id bits away */
	if (owner && (r = give_both(dir, upper, like)) < 0)
		return r;
	if (fchmodat(dir, upper, like->st_mode & 07777, 0) < 0)
		return -errno;
	return mkdirat(dir, work, 0755) < 0 ? -errno : 0;
}
