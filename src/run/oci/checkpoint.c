/* SPDX-License-Identifier: GPL-2.0-or-later */

/* checkpoint: what CRIU has to know of a container to write its processes into files. All of it is in the
 * recorded plan and in the kernel; the bundle may be gone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mountinfo.h"
#include "kernel/process/pidfd.h"
#include "run/oci/criu_wish.h"

enum { END_MS = 10000 }; /* from CRIU's SIGKILL to the end of the first process */

/* ---- mounts ---- */

/* The process's own view of its mounts. */
struct view {
	int root;
	struct mountinfo_list mounts;
};

static int open_view(struct oci_container *o, struct view *v, struct err *e)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/root", o->rec.pid);
	v->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", o->rec.pid);
	autoclose int table = open(path, O_RDONLY | O_CLOEXEC);
	r = v->root < 0 || table < 0 ? -errno : mountinfo_read_fd(o->arena, table, &v->mounts);
	if (r < 0)
		fd_close(&v->root);
	return r < 0 ? err_set(e, "criu", -r, "look at the mounts of container %s", o->c.id) : 0;
}

/* Where the kernel has the mount that the plan made at `target`; a link of the image may have led it
 * elsewhere. NULL if none is there, such as for a masked file that the image does not have. */
static const char *mount_point(const struct view *v, const char *target, bool file_only)
{
	autoclose int fd = inroot_open(v->root, target, O_PATH);
	const struct mountinfo *m;
	struct statx st;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_TYPE, &st) < 0 ||
	    (file_only && S_ISDIR(st.stx_mode)) || !(m = mountinfo_by_id(&v->mounts, st.stx_mnt_id)))
		return NULL;
	return strcmp(m->target, "/") == 0 ? NULL : m->target;
}

/* A covered directory has a file system of the container's own, which CRIU writes down; a covered file is one
 * of the host's. */
static void put_mounts(struct oci_container *o, const struct view *v, struct str *opts)
{
	struct mounted x;

	for (size_t at = 0; oci_criu_external(&o->rec.plan, &at, &x);) {
		const char *point = mount_point(v, x.target, x.place == PLACE_LEFT);

		if (point)
			protobuf_put_str(opts, CRIU_OPT_EXTERNAL,
					 arena_printf(o->arena, "mnt[%s]:%s", point, x.target));
	}
}

/* ---- standard streams ---- */

/* The mount that a descriptor of another process lies on (proc_pid_fdinfo(5)); 0: not known. */
static unsigned mount_of(pid_t pid, int fd)
{
	char path[64], text[1024];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	if (io_read_small(AT_FDCWD, path, text, sizeof(text)) < 0 || !(at = strstr(text, "mnt_id:")))
		return 0;
	return (unsigned)strtoul(at + strlen("mnt_id:"), NULL, 10);
}

/* Of devpts: major numbers 136 to 143 (admin-guide/devices.txt of the kernel). */
static bool is_terminal(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) >= 136 && major(st->st_rdev) <= 143;
}

/* A file on a mount that the container does not have, in CRIU's terms; NULL for all others. */
static const char *foreign_file(struct arena *a, const struct view *v, const char *path, unsigned mount)
{
	struct stat st;

	if (!mount || stat(path, &st) < 0 || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
	    is_terminal(&st) || mountinfo_by_id(&v->mounts, mount))
		return NULL;
	return arena_printf(a, "file[%x:%jx]", mount, (uintmax_t)st.st_ino);
}

static int save_stdio(struct oci_container *o, const struct view *v, struct criu *c, struct err *e)
{
	struct str out = { .arena = o->arena };
	char path[64], to[4096];

	for (int fd = 0; fd < 3; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", o->rec.pid, fd);
		const char *file = foreign_file(o->arena, v, path, mount_of(o->rec.pid, fd));
		ssize_t n = readlink(path, to, sizeof(to) - 1);

		to[n < 0 ? 0 : n] = '\0';
		str_add(&out, fd ? "," : "[");
		json_add_string(&out, file ?: to);
		if (file)
			protobuf_put_str(&c->opts, CRIU_OPT_EXTERNAL, file);
	}
	str_add(&out, "]");
	int r = io_write_file(c->images, oci_criu_stdio, out.p, out.len, 0600);

	return r < 0 ? err_set(e, "images", -r, "write %s", oci_criu_stdio) : 0;
}

/* ---- namespaces, cgroups ---- */

static int put_namespaces(struct oci_container *o, struct str *opts, struct err *e)
{
	char path[64];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(oci_criu_ns); i++) {
		if (!oci_criu_joined(&o->rec.plan, oci_criu_ns[i]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", o->rec.pid, oci_criu_ns[i]);
		if (stat(path, &st) < 0)
			return err_set(e, "criu", errno, "look at %s", path);
		protobuf_put_str(opts, CRIU_OPT_EXTERNAL,
				 arena_printf(o->arena, "%s[%ju]:%s", oci_criu_ns[i], (uintmax_t)st.st_ino,
					      oci_criu_ns_key[i]));
	}
	return 0;
}

/* The first cgroup with a freezer; the one that is frozen, if any is: on a hybrid host pause takes v2's. */
static const char *freezer_of(const struct oci_container *o)
{
	const char *any = NULL;

	for (size_t i = 0; i < o->rec.plan.count; i++) {
		const char *cgroup = step_cgroup_path(&o->rec.plan.steps[i], CGROUP_MADE);

		if (!cgroup)
			continue;
		if (cgroup_is_frozen(cgroup))
			return cgroup;
		if (!any && (access(arena_printf(o->arena, "%s/freezer.state", cgroup), F_OK) == 0 ||
			     access(arena_printf(o->arena, "%s/cgroup.freeze", cgroup), F_OK) == 0))
			any = cgroup;
	}
	return any;
}

/* Once frozen, the container makes no more processes while CRIU looks for them. A paused one CRIU thaws for
 * as long as it takes. */
static void put_freezer(struct oci_container *o, struct str *opts)
{
	protobuf_put_str(opts, CRIU_OPT_FREEZE_CGROUP, freezer_of(o));
}

/* ---- all of it ---- */

static int check(const struct oci_container *o, const struct oci_criu_wish *w, struct err *e)
{
	if (o->status != OCI_RUNNING && o->status != OCI_PAUSED)
		return err_set(e, "not-running", EINVAL, "checkpoint container %s", o->c.id),
		       err_cause(e, "it is %s", oci_status_name[o->status]);
	if (w->lazy_pages && !w->page_server)
		return err_set(e, "bad-value", EINVAL, "--lazy-pages"),
		       err_cause(e, "the pages are fetched from a page server"),
		       err_hint(e, "add --page-server ADDRESS:PORT");
	return 0;
}

static int put_all(struct oci_container *o, struct criu *c, const struct oci_criu_wish *w, struct err *e)
{
	struct str *opts = &c->opts;
	struct view v;
	int r;

	protobuf_put_int(opts, CRIU_OPT_PID, o->rec.pid);
	protobuf_put_str(opts, CRIU_OPT_ROOT, o->rec.rootfs);
	protobuf_put_int(opts, CRIU_OPT_LEAVE_RUNNING, w->leave_running);
	protobuf_put_int(opts, CRIU_OPT_TRACK_MEM, w->pre_dump || w->parent);
	protobuf_put_str(opts, CRIU_OPT_PARENT_IMG, w->parent);
	put_freezer(o, opts);
	oci_criu_put_config(c, &o->rec.annotations);
	if ((r = put_namespaces(o, opts, e)) < 0 || (r = open_view(o, &v, e)) < 0)
		return r;
	put_mounts(o, &v, opts);
	if (!w->pre_dump)
		r = save_stdio(o, &v, c, e);
	fd_close(&v.root);
	return r;
}

int oci_checkpoint(struct oci_container *o, const struct oci_criu_wish *w, struct err *e)
{
	struct criu c;
	int r = check(o, w, e);

	if (r < 0)
		return r;
	r = oci_criu_open(&c, o->arena, w, "dump.log", true, e);
	if (r == 0)
		r = put_all(o, &c, w, e);
	if (r == 0)
		r = criu_serve(&c, w->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, NULL, e);
	if (r == 0 && !w->leave_running && !w->pre_dump)
		pidfd_reap(o->pidfd, END_MS); /* CRIU has killed it; its parent is told a moment later */
	oci_criu_close(&c);
	return r < 0 ? err_prefix(e, "container %s", o->c.id) : 0;
}
