/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/process/nscall.h"
#include "kernel/process/pidfd.h"

static char log_line[256];

const char *mount_log(void)
{
	return log_line;
}

/* A message of fsopen's descriptor is "e text", "w text" or "i text"; ENODATA when there is none. */
static void keep_log(int fs)
{
	ssize_t n = read(fs, log_line, sizeof(log_line) - 1);

	log_line[n > 0 ? n : 0] = '\0';
	if (n > 2)
		memmove(log_line, log_line + 2, n - 1);
	log_line[strcspn(log_line, "\n")] = '\0';
}

static int set_option(int fs, char *option)
{
	char *value = strchr(option, '=');

	if (value)
		*value++ = '\0';
	return fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option, value, 0);
}

/* The end of the option at p, a comma outside quotes (an SELinux label has commas itself); the quotes are
 * taken out of the text. */
static char *end_of_option(char *p)
{
	bool quoted = false;
	char *to = p;

	for (; *p && (quoted || *p != ','); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			*to++ = *p;
	}
	if (to < p)
		*to = '\0';
	return p;
}

static int set_options(int fs, const char *data)
{
	char copy[4096], *option = copy, *end;

	if (data && strlen(data) >= sizeof(copy))
		return -E2BIG;
	strcpy(copy, data ? data : "");
	for (bool last = false; !last; option = end + 1) {
		end = end_of_option(option);
		last = !*end;
		*end = '\0';
		if (*option && set_option(fs, option) < 0)
			return -errno;
	}
	return 0;
}

static int configure(int fs, const char *source, const char *data)
{
	int r;

	if (source && fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return -errno;
	if ((r = set_options(fs, data)) < 0)
		return r;
	return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

int mount_new(const char *type, const char *source, const char *data, uint64_t attr)
{
	autoclose int fs = fsopen(type, FSOPEN_CLOEXEC);
	int fd, r;

	log_line[0] = '\0';
	if (fs < 0)
		return -errno;
	r = configure(fs, source, data);
	if (r == 0 && (fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attr)) >= 0)
		return fd;
	if (r == 0)
		r = -errno;
	keep_log(fs);
	return r;
}

/* The attributes that mount(2) has, as its flags. */
static const struct {
	uint64_t attr;
	unsigned long flag;
} flags[] = {
	{ MOUNT_ATTR_NOSUID, MS_NOSUID },           { MOUNT_ATTR_NODEV, MS_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },           { MOUNT_ATTR_NOATIME, MS_NOATIME },
	{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME }, { MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
};

int mount_on(int dir, const char *type, const char *source, const char *data, uint64_t attr)
{
	unsigned long set = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (attr & flags[i].attr) {
			attr &= ~flags[i].attr;
			set |= flags[i].flag;
		}
	if (attr)
		return -EINVAL;
	return fchdir(dir) < 0 || mount(source, ".", type, set, data) < 0 ? -errno : 0;
}

bool mount_data_is_long(const char *data)
{
	enum { VALUE_MAX = 255 }; /* fs/fsopen.c: strndup_user(_value, 256) */

	for (const char *p = data; p && *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		if (strcspn(p, ",") > VALUE_MAX)
			return true;
	return false;
}

/* In the working directory, a tmpfs that has no other use. */
static int new_here(const char *type, const char *source, const char *data)
{
	int fd;

	if (mkdir("new", 0700) < 0 || mount(source ? source : type, "new", type, 0, data) < 0)
		return -errno;
	fd = mount_clone(AT_FDCWD, "new", false);
	umount2("new", MNT_DETACH);
	return fd;
}

int mount_new_over(int dir, const char *type, const char *source, const char *data, uint64_t attr)
{
	autoclose int place = mount_new("tmpfs", "tmpfs", NULL, 0);
	int fd, r;

	if (place < 0)
		return place;
	if ((r = mount_attach(place, dir, "")) < 0)
		return r;
	fd = fchdir(place) < 0 ? -errno : new_here(type, source, data);
	umount2(".", MNT_DETACH);
	if (fd >= 0 && attr && (r = mount_set(fd, attr, 0, false)) < 0) {
		close(fd);
		return r;
	}
	return fd;
}

int mount_reconfigure(int fd, const char *data)
{
	autoclose int fs = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int r = fs < 0 ? -errno : set_options(fs, data);

	log_line[0] = '\0';
	if (r == 0 && fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r < 0 && fs >= 0)
		keep_log(fs);
	return r;
}

static int clone_tree(int dirfd, const char *path, bool recursive, unsigned flags)
{
	flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) |
		 (*path ? 0 : AT_EMPTY_PATH);
	int fd = open_tree(dirfd, path, flags);

	return fd >= 0 ? fd : -errno;
}

int mount_clone(int dirfd, const char *path, bool recursive)
{
	return clone_tree(dirfd, path, recursive, 0);
}

int mount_clone_nofollow(int dirfd, const char *path, bool recursive)
{
	return clone_tree(dirfd, path, recursive, AT_SYMLINK_NOFOLLOW);
}

static int clone_path(const void *path, void *out)
{
	return mount_clone(AT_FDCWD, path, false);
}

int mount_clone_in(pid_t pid, const char *path)
{
	autoclose int fd = pidfd_of(pid);

	return fd < 0 ? fd : ns_call(fd, CLONE_NEWNS, clone_path, path, NULL, 0);
}

static int set_attr(int fd, struct mount_attr a, bool recursive)
{
	return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &a, sizeof(a)) < 0 ?
		       -errno :
		       0;
}

int mount_set(int fd, uint64_t attr, uint64_t clear, bool recursive)
{
	/* the access-time flags are one field to mount_setattr: clear it before setting */
	uint64_t atime = (attr | clear) & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0;

	return set_attr(fd, (struct mount_attr){ .attr_set = attr, .attr_clr = (clear & ~attr) | atime },
			recursive);
}

int mount_propagate(int fd, uint64_t propagation)
{
	return set_attr(fd, (struct mount_attr){ .propagation = propagation & ~(uint64_t)MS_REC },
			propagation & MS_REC);
}

int mount_idmap(int fd, int userns, bool recursive)
{
	return set_attr(fd,
			(struct mount_attr){ .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns },
			recursive);
}

int mount_attach(int fd, int dir, const char *name)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*name ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	return move_mount(fd, "", dir, name, flags) < 0 ? -errno : 0;
}

const char *mount_attr_words(uint64_t attr, char *buf)
{
	static const struct {
		uint64_t bits;
		const char *word;
	} words[] = {
		{ MOUNT_ATTR_RDONLY, "ro" },
		{ MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, "nodev" },
		{ MOUNT_ATTR_NOEXEC, "noexec" },
		{ MOUNT_ATTR_NOATIME, "noatime" },
		{ MOUNT_ATTR_STRICTATIME, "strictatime" },
		{ MOUNT_ATTR_NODIRATIME, "nodiratime" },
		{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
	};
	char *end = buf;

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (attr & words[i].bits)
			end += sprintf(end, "%s%s", end > buf ? "," : "", words[i].word);
	return buf;
}

const char *mount_propagation_word(uint64_t propagation)
{
	static const struct {
		uint64_t bits;
		const char *word;
	} words[] = {
		{ MS_REC | MS_PRIVATE, "rprivate" },
		{ MS_REC | MS_SLAVE, "rslave" },
		{ MS_REC | MS_SHARED, "rshared" },
		{ MS_PRIVATE, "private" },
		{ MS_SLAVE, "slave" },
		{ MS_SHARED, "shared" },
		{ MS_UNBINDABLE, "unbindable" },
		{ MS_REC | MS_UNBINDABLE, "runbindable" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (propagation == words[i].bits)
			return words[i].word;
	return "";
}

int mount_own_namespace(void)
{
	return unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -1 : 0;
}
