/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/proc.h"
#include "kernel/process/userns.h"

/* Another container, which must run. */
static int find_target(struct state *st, struct arena *a, const char *ref, struct record *rec, struct err *e)
{
	struct container c;
	int r = container_find(&c, st, a, ref, e);

	if (r < 0)
		return r;
	r = record_read(&c, a, rec, e);
	/* what dies with the namespace will not die with its container: see plan/steps/veth.c */
	if (r == 0 && (r = io_write_file(c.dir, "shared", "", 0, 0600)) < 0)
		err_set(e, "state", -r, "mark container %s as shared", ref);
	container_close(&c);
	if (r < 0)
		return r;
	autoclose int fd = rec->pid && !rec->finished ? proc_open(rec->pid, rec->start_time) : -1;
	if (fd < 0)
		return err_set(e, "not-running", ESRCH, "join a namespace of container %s", ref),
		       err_cause(e, "it is not running");
	return 0;
}

/* Without root there is no privilege over a namespace but from the user namespace that it belongs to: so
 * the container is of that, too, with its ids, as all of a user's containers are below podman. */
static void join_user(struct arena *a, pid_t pid, struct facts *f)
{
	const char *map = userns_read_map(a, pid, "uid_map");

	if (f->privileged || f->join_user || proc_same_ns(pid, getpid(), "user"))
		return;
	f->join_user = arena_printf(a, "/proc/%d/ns/user", pid);
	f->single_id = !map || userns_outside(map, 1) < 0;
	f->map_by_helper = false;
	f->uid_map = f->gid_map = NULL;
	f->notes.n = 0;
}

static int is_other(const char *path, enum ns_kind kind, struct err *e)
{
	err_set(e, "not-namespace", EINVAL, "join the %s namespace %s", ns_name[kind], path);
	if (kind == NS_NET)
		err_hint(e, "`ip netns list` shows those that have names");
	return err_cause(e, "it is no %s namespace", ns_name[kind]);
}

/* A namespace by path: is it one, and of that kind? Said here, where an error can be clear; INIT's setns(2) takes no other
 * either. The path may lead to anything: it is opened to be read only where it is a file of the kernel's nsfs. */
static int check_path(const char *path, enum ns_kind kind, struct err *e)
{
	autoclose int at = open(path, O_PATH | O_CLOEXEC);
	struct statfs fs;
	char self[32];

	if (at < 0) {
		err_set(e, "namespace-join", errno, "join the %s namespace %s", ns_name[kind], path);
		return err_hint_for(e, kind == NS_NET ? ENOENT : 0,
				    "`ip netns add NAME` makes one, at /run/netns/NAME");
	}
	if (fstatfs(at, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return is_other(path, kind, e);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	autoclose int fd = open(self, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, "namespace-join", errno, "open the %s namespace %s", ns_name[kind], path);
	return ioctl(fd, NS_GET_NSTYPE) == (int)ns_flag[kind] ? 0 : is_other(path, kind, e);
}

int probe_namespaces(struct state *st, struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	for (int i = 0; i < NS_COUNT; i++) {
		const struct spec_ns *ns = &s->ns[i];
		struct record rec;
		int r;

		if (ns->mode == NS_MODE_PATH && (r = check_path(ns->target, (enum ns_kind)i, e)) < 0)
			return r;
		if (ns->mode == NS_MODE_PATH)
			f->ns_path[i] = ns->target;
		if (ns->mode != NS_MODE_CONTAINER)
			continue;
		if ((r = find_target(st, a, ns->target, &rec, e)) < 0)
			return r;
		f->ns_path[i] = arena_printf(a, "/proc/%d/ns/%s", rec.pid, ns_name[i]);
		join_user(a, rec.pid, f);
		if (i == NS_IPC)
			f->shm_ns = arena_printf(a, "/proc/%d/ns/mnt", rec.pid);
		if (i == NS_NET)
			f->other = rec.plan;
	}
	if (s->ns[NS_IPC].mode == NS_MODE_HOST || f->shm_ns)
		f->shm = "/dev/shm";
	return 0;
}
