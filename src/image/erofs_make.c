/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/erofs_make.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/erofs.h"
#include "kernel/fs/mount.h"
#include "kernel/process/spawn.h"
#include "run/engine/own_ids.h"

#define PROGRAM "mkfs.erofs"

/* Above what every program has. */
enum { DIR_FD = 3, SAID_MAX = 256 };

static int not_here(int no, const char *cause, const char *hint, struct err *e)
{
	err_set(e, "erofs", no, "keep layers as EROFS images");
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

int erofs_make_possible(struct err *e)
{
	switch (erofs_possible()) {
	case 0:
		return own_ids_program(PROGRAM) ?
			       0 :
			       not_here(ENOENT, PROGRAM " is not installed",
					"apt install erofs-utils, or leave out --storage erofs", e);
	case -EPERM:
		return not_here(EPERM, "the kernel lets only root mount them, and nobody in a user namespace",
				"leave out --storage erofs, or run it as root", e);
	default:
		return not_here(ENODEV, "this kernel has no EROFS",
				"modprobe erofs, or leave out --storage erofs", e);
	}
}

static int wait_end(struct erofs_make *m)
{
	int status = 0;

	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		;
	m->pid = 0;
	return status;
}

void erofs_make_drop(struct erofs_make *m)
{
	if (m->pid) {
		kill(m->pid, SIGKILL);
		wait_end(m);
	}
	fd_close(&m->said);
}

/* The image may become larger than what it is made of. */
static int start(struct erofs_make *m, int dir, int said, const char *from, const char *to, uint64_t bytes)
{
	const struct rlimit size = { bytes, bytes };
	char source[64], image[64];
	char *argv[] = { (char *)PROGRAM, (char *)"--quiet", (char *)"-zlz4", image, source, NULL };
	autoclose int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r;

	snprintf(source, sizeof(source), "/proc/self/fd/%d/%s", DIR_FD, from);
	snprintf(image, sizeof(image), "/proc/self/fd/%d/%s", DIR_FD, to);
	/* else it would be the time of all files */
	unsetenv("SOURCE_DATE_EPOCH");
	r = spawn_with(argv, (int[]){ nothing, said, said, dir }, DIR_FD + 1, &m->pid);
	if (r == 0 && prlimit(m->pid, RLIMIT_FSIZE, &size, NULL) < 0) {
		r = -errno;
		erofs_make_drop(m);
	}
	return r;
}

static int too_large(const char *cause, struct err *e)
{
	err_set(e, "layer-large", EFBIG, "make an EROFS image of a layer");
	err_cause(e, "%s", cause);
	return err_hint(e, "raise the limit with --max-layer-size, if you trust whoever made the image");
}

int erofs_make_begin(struct erofs_make *m, int dir, const char *from, const char *to, uint64_t sizes,
		     uint64_t bytes, struct err *e)
{
	int ends[2], r;

	/* it reads what holes are, too */
	if (sizes > bytes)
		return too_large("its files are larger together, with their holes, than a layer may be", e);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, "erofs", errno, "make a pipe");
	r = start(m, dir, ends[1], from, to, bytes);
	close(ends[1]);
	m->said = ends[0];
	if (r == 0)
		return 0;
	fd_close(&m->said);
	return err_set(e, "erofs", -r, "start " PROGRAM), err_hint_for(e, ENOENT, "apt install erofs-utils");
}

/* Up to its end; the first line is kept. */
static void hear(struct erofs_make *m, char said[SAID_MAX])
{
	char rest[512];
	size_t len = 0;
	ssize_t n;

	while ((n = read(m->said, len < SAID_MAX - 1 ? said + len : rest,
			 len < SAID_MAX - 1 ? SAID_MAX - 1 - len : sizeof(rest))) > 0 ||
	       (n < 0 && errno == EINTR))
		len += len < SAID_MAX - 1 && n > 0 ? (size_t)n : 0;
	said[len] = '\0';
	said[strcspn(said, "\n")] = '\0';
	fd_close(&m->said);
}

static int check_status(int status, const char *said, struct err *e)
{
	if (status == 0)
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		return too_large("it is larger than a layer may be", e);
	err_set(e, "erofs", EIO, "make an EROFS image of a layer");
	if (WIFSIGNALED(status))
		return err_cause(e, PROGRAM " was ended by signal %d", WTERMSIG(status));
	return err_cause(e, PROGRAM " says: %s", *said ? said : "nothing");
}

int erofs_make_end(struct erofs_make *m, int dir, const char *to, struct err *e)
{
	char said[SAID_MAX];
	int r;

	hear(m, said);
	if ((r = check_status(wait_end(m), said, e)) < 0)
		return r;
	autoclose int tree = erofs_mount(dir, to);
	return tree < 0 ? err_set(e, "erofs", -tree, "mount an EROFS image of a layer"),
	       err_hint(e,
			"the kernel may be too old, or have no CONFIG_EROFS_FS_ZIP (%s); leave out "
			"--storage erofs",
			mount_log()) :
			  0;
}
