/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/self.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/memfd.h"
#include "kernel/fs/mount.h"

extern char **environ;

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

int self_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS);
}

/* On a read-only mount, or sealed. */
static bool cannot_be_written(int program)
{
	struct statvfs fs;

	return (fstatvfs(program, &fs) == 0 && (fs.f_flag & ST_RDONLY)) ||
	       fcntl(program, F_GET_SEALS) == SEALS;
}

static int readonly_mount(int program)
{
	autoclose int mount = mount_clone(program, "", false);
	int r = mount < 0 ? mount : mount_set(mount, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, false);

	return r < 0 ? r : take_fd(&mount);
}

static int sealed_copy(int program)
{
	autoclose int copy = memfd_new("guise", true);
	struct stat st;
	off_t at = 0;

	if (copy < 0 || fstat(program, &st) < 0)
		return -errno;
	while (at < st.st_size)
		if (sendfile(copy, program, &at, (size_t)(st.st_size - at)) <= 0)
			return errno ? -errno : -EIO;
	return self_seal(copy) < 0 ? -errno : take_fd(&copy);
}

/* The arguments as they were given: the strings of /proc/self/cmdline. */
static int execute(int program, struct arena *a)
{
	char *text, **argv = NULL;
	size_t len, n = 0;
	int r = io_read_file(a, AT_FDCWD, "/proc/self/cmdline", 16 << 20, &text, &len);

	if (r < 0)
		return r;
	for (char *p = text; p < text + len; p += strlen(p) + 1)
		arena_push(a, argv, n, p);
	arena_push(a, argv, n, NULL);
	syscall(SYS_execveat, program, "", argv, environ, AT_EMPTY_PATH);
	return -errno;
}

int self_protect(struct arena *a, struct err *e)
{
	autoclose int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int r;

	if (own < 0)
		return err_set(e, "self", errno, "open /proc/self/exe, the program that runs");
	if (cannot_be_written(own)) {
		/* executed by descriptor, it would have the descriptor's number as its name in ps */
		prctl(PR_SET_NAME, program_invocation_short_name);
		return 0;
	}
	autoclose int mount = readonly_mount(own);
	autoclose int copy = mount < 0 ? sealed_copy(own) : -1;
	int program = mount < 0 ? copy : mount;

	if (program < 0)
		return err_set(e, "self", -program, "protect the program that runs from being written");
	r = execute(program, a);
	return err_set(e, "self", -r, "execute the program that runs once more");
}
