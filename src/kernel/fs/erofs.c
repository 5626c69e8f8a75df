/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/erofs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/fs/mount.h"

/* What lies below an overlay decides neither of devices nor of set-user-id bits: the overlay's mount does. */
static const uint64_t attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

enum { SOURCE_MAX = 40 };

/* Without a source it never comes to be; whether it might have, the kernel says before (mount_capable()). */
int erofs_possible(void)
{
	autoclose int fs = fsopen("erofs", FSOPEN_CLOEXEC);

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 && errno == EPERM)
		return -EPERM;
	return 0;
}

bool erofs_is_file(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) == 0 && S_ISREG(st.st_mode);
}

/* One that is free, set up at once with what makes it go with its last user (Linux 5.8); another process may
 * be faster. */
static int set_up_loop(int file, char name[SOURCE_MAX])
{
	autoclose int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	const struct loop_config config = { .fd = (unsigned)file,
					    .info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };

	for (;;) {
		int n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
		autoclose int loop = -1;

		if (n < 0)
			return -errno;
		str_put_number(stpcpy(name, "/dev/loop"), (unsigned)n);
		if ((loop = open(name, O_RDONLY | O_CLOEXEC)) < 0)
			return -errno;
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0)
			return take_fd(&loop);
		if (errno != EBUSY)
			return -errno;
	}
}

int erofs_mount_by_loop(int file)
{
	char name[SOURCE_MAX];
	autoclose int loop = set_up_loop(file, name);

	return loop < 0 ? loop : mount_new("erofs", name, "ro", attr);
}

/* The kernel opens it once more, by a path of at most 255 bytes, which this always is. */
int erofs_mount(int dir, const char *path)
{
	autoclose int file = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char source[SOURCE_MAX];
	struct stat st;
	int fd;

	if (file < 0 || fstat(file, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	str_put_number(stpcpy(source, "/proc/self/fd/"), (unsigned)file);
	fd = mount_new("erofs", source, "ro", attr);
	return fd == -ENOTBLK ? erofs_mount_by_loop(file) : fd;
}

int erofs_attach(int tree, int dir, const char *name)
{
	autoclose int place = -1;

	if (mkdirat(dir, name, 0700) < 0 ||
	    (place = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return -errno;
	return mount_attach(tree, place, "");
}

int erofs_mount_at(int dir, const char *name, const char *path)
{
	autoclose int tree = erofs_mount(dir, path);

	return tree < 0 ? tree : erofs_attach(tree, dir, name);
}
