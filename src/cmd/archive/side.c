/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <iconv.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cmd/archive/archive.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "kernel/process/caps.h"
#include "spec/copy.h"

/* What it takes to read and make files of any owner. Neither CAP_MKNOD nor CAP_DAC_READ_SEARCH: with a device or a file
 * handle one comes to what is no part of the root. */
#define CAPS_FILES                                                                                           \
	(CAPS_BIT(CAP_CHOWN) | CAPS_BIT(CAP_DAC_OVERRIDE) | CAPS_BIT(CAP_FOWNER) | CAPS_BIT(CAP_FSETID) |    \
	 CAPS_BIT(CAP_SETFCAP))

/* Character sets are tables and libraries that are opened by their path when the first is asked for: the host's, and
 * never the container's. */
static void load_charsets(void)
{
	iconv_t cd = iconv_open("UTF-16BE", "UTF-8");

	if (cd != (iconv_t)-1)
		iconv_close(cd);
}

/* Privileged over the container's namespaces: a user has that over those of their own, by the user namespace, which is
 * entered with the other then. */
static int enter_namespaces(struct err *e)
{
	bool user = false;

	if (setns(ARCHIVE_PROCESS, CLONE_NEWUSER | CLONE_NEWNS) == 0)
		user = true;
	/* EINVAL: it is our own (setns(2)) */
	else if (errno != EINVAL || setns(ARCHIVE_PROCESS, CLONE_NEWNS) < 0)
		return err_set(e, "process", errno, "enter the container's namespaces");
	if (!user)
		return 0;
	/* root of the user namespace; where only one id is mapped, there are no groups to be given up */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_set(e, "process", errno, "give up the caller's groups");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_set(e, "process", errno, "become root of the container");
	return 0;
}

/* A caller without privilege cannot change their root, and has none to abuse. */
static int enter_root(struct side *s, struct err *e)
{
	if (fchdir(s->root) < 0 || (chroot(".") < 0 && (errno != EPERM || s->running)))
		return err_set(e, "process", errno, "change to the container's root");
	if (!s->alone)
		return 0;
	/* what other mounts lie over is then to be seen, too */
	if ((s->root = mount_clone(s->root, "", false)) < 0)
		return err_set(e, "root-mount", -s->root, "copy the mount of the container's root");
	return 0;
}

/* A layer may hold device nodes: nobody but containers sees them, whose cgroup says which they may open. */
static int give_up_privilege(const struct side *s, struct err *e)
{
	uint64_t wanted = CAPS_FILES | (s->layer ? CAPS_BIT(CAP_MKNOD) : 0), held;
	struct caps c;
	int r = caps_held(&held, e);

	if (r < 0 || !held)
		return r;
	c = caps_of(wanted & held);
	/* without CAP_SETPCAP the bounding set is nothing that could be made use of */
	if (held & CAPS_BIT(CAP_SETPCAP))
		r = caps_limit_bounding(wanted, e);
	return r < 0 ? r : caps_set(&c, e);
}

/* What neither end ever does, and who has taken one over would: a signal to others of the same uid, a program, a
 * connection, and what the kernel has had most holes in. */
static int refuse_calls(struct err *e)
{
	static const int refused[] = {
		SCMP_SYS(kill),
		SCMP_SYS(tkill),
		SCMP_SYS(tgkill),
		SCMP_SYS(pidfd_send_signal),
		SCMP_SYS(rt_sigqueueinfo),
		SCMP_SYS(rt_tgsigqueueinfo),
		SCMP_SYS(ptrace),
		SCMP_SYS(process_vm_readv),
		SCMP_SYS(process_vm_writev),
		SCMP_SYS(pidfd_getfd),
		SCMP_SYS(execve),
		SCMP_SYS(execveat),
		SCMP_SYS(socket),
		SCMP_SYS(socketpair),
		SCMP_SYS(mount),
		SCMP_SYS(umount2),
		SCMP_SYS(open_tree),
		SCMP_SYS(move_mount),
		SCMP_SYS(fsopen),
		SCMP_SYS(setns),
		SCMP_SYS(unshare),
		SCMP_SYS(clone),
		SCMP_SYS(clone3),
		SCMP_SYS(chroot),
		SCMP_SYS(bpf),
		SCMP_SYS(io_uring_setup),
		SCMP_SYS(keyctl),
		SCMP_SYS(add_key),
		SCMP_SYS(request_key),
		SCMP_SYS(perf_event_open),
		SCMP_SYS(userfaultfd),
		SCMP_SYS(prlimit64),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(refused); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? err_set(e, "seccomp", -r, "refuse system calls") : 0;
}

int side_enter(struct side *s, struct err *e)
{
	int r = 0;

	s->self = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->self < 0)
		return err_set(e, "file", errno, "open /proc/self/fd");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, "process", errno, "give up further privileges");
	if (!s->container)
		return refuse_calls(e);
	load_charsets();
	/* the container's processes have every capability over its user namespace */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, "process", errno, "hide from the container's processes");
	if ((s->running && (r = enter_namespaces(e)) < 0) || (r = enter_root(s, e)) < 0)
		return r;
	r = give_up_privilege(s, e);
	return r < 0 ? r : refuse_calls(e);
}

/* ---- paths ---- */

const char *place_base(const char *path, char buf[NAME_MAX + 1])
{
	size_t end = strlen(path), start;

	if (copy_is_content(path))
		return strcpy(buf, ".");
	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/';)
		start--;
	snprintf(buf, NAME_MAX + 1, "%.*s", (int)(end - start), path + start);
	return buf;
}

static int not_found(const char *path, int r, struct err *e)
{
	return err_set(e, "copy-path", -r, "find %s", path);
}

/* The directory itself, as "." in it. */
static int find_directory(int root, const char *path, struct place *p, struct err *e)
{
	p->dir = inroot_open(root, path, O_PATH | O_DIRECTORY);
	strcpy(p->name, ".");
	if (p->dir < 0 || fstat(p->dir, &p->st) < 0)
		return not_found(path, p->dir < 0 ? p->dir : -errno, e);
	p->exists = true;
	return 0;
}

/* p->path by its directory and name. *len: of the part that is the directory. */
static int find_in_directory(int root, const char *path, struct place *p, size_t *len, struct err *e)
{
	char parent[PATH_MAX];

	place_base(path, p->name);
	*len = strlen(path);
	while (*len > 1 && path[*len - 1] == '/')
		(*len)--;
	while (*len && path[*len - 1] != '/')
		(*len)--;
	snprintf(parent, sizeof(parent), "%.*s", (int)*len, path);
	p->dir = inroot_open(root, *len ? parent : "/", O_PATH | O_DIRECTORY);
	if (p->dir < 0)
		return not_found(path, p->dir, e);
	p->exists = fstatat(p->dir, p->name, &p->st, AT_SYMLINK_NOFOLLOW) == 0;
	return !p->exists && errno != ENOENT ? not_found(path, -errno, e) : 0;
}

/* The text of the link in the place of its name, or of all before it, too. */
static int follow_link(struct place *p, size_t len)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(p->dir, p->name, to, sizeof(to));

	if (n < 0)
		return -errno;
	if (n && to[0] == '/')
		len = 0;
	if (n == 0 || len + (size_t)n >= sizeof(p->path))
		return n ? -ENAMETOOLONG : -ENOENT;
	memcpy(p->path + len, to, (size_t)n);
	p->path[len + (size_t)n] = '\0';
	return 0;
}

int place_find(int root, const char *path, bool follow, struct place *p, struct err *e)
{
	enum { LINKS_MAX = 40 /* as in the kernel: path_resolution(7) */ };
	size_t len;
	int r;

	*p = (struct place){ .dir = -1 };
	if (strlen(path) >= sizeof(p->path))
		return not_found(path, -ENAMETOOLONG, e);
	strcpy(p->path, path);
	for (int links = 0; links <= LINKS_MAX; links++) {
		fd_close(&p->dir);
		if (copy_is_content(p->path))
			return find_directory(root, p->path, p, e);
		if ((r = find_in_directory(root, p->path, p, &len, e)) < 0)
			return r;
		if (!p->exists || !follow || !S_ISLNK(p->st.st_mode))
			return 0;
		if ((r = follow_link(p, len)) < 0)
			return not_found(path, r, e);
	}
	return not_found(path, -ELOOP, e);
}
