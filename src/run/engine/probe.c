/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/caps.h"
#include "kernel/process/userns.h"
#include "run/engine/probe_parts.h"
#include "run/engine/publish.h"
#include "run/start/probe.h"

/* ---- root ---- */

static int probe_root(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (s->root.kind == ROOT_HOST) {
		f->root = "/";
		return probe_host(a, f, e);
	}
	if (s->root.kind == ROOT_IMAGE && !f->privileged &&
	    (s->userns == USERNS_MAP || s->userns == USERNS_KEEP))
		return err_set(e, "image-userns", ENOTSUP, "run image %s with other ids than it has on disk",
			       s->root.image),
		       err_cause(e, "only root maps the owners of its layers"),
		       err_hint(e, "leave out --userns, or run it as root");
	if (s->root.kind == ROOT_IMAGE) {
		f->root = s->root.path;
		f->image_layers = s->root.layers;
		f->image_erofs = s->root.erofs;
		return 0;
	}
	f->root = realpath(s->root.path, path);
	if (!f->root || stat(f->root, &st) < 0)
		return err_set(e, "root-missing", errno, "open root file system %s", s->root.path),
		       err_hint_for(e, ENOENT, "dir: takes the directory of an unpacked root file system");
	if (!S_ISDIR(st.st_mode))
		return err_set(e, "root-missing", ENOTDIR, "open root file system %s", s->root.path);
	if (strcmp(f->root, "/") == 0)
		return err_set(e, "root-is-host", EINVAL, "use / as root file system"),
		       err_hint(e, "host: is the machine's own root, with a throwaway layer on top");
	f->root = arena_strdup(a, f->root);
	return 0;
}

static int probe_root_user(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	autoclose int root = open(f->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_set(e, "root-missing", errno, "open root file system %s", f->root);
	return probe_user(a, root, s->user, &s->groups, &f->user, e);
}

/* ---- devices and mounts ---- */

static int probe_devices(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	struct stat st;

	f->devices = arena_array(a, struct device_fact, s->n_devices);
	for (size_t i = 0; i < s->n_devices; i++) {
		if (stat(s->devices[i].host, &st) < 0)
			return err_set(e, "no-device", errno, "find device %s", s->devices[i].host);
		if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
			return err_set(e, "no-device", ENODEV, "use %s as a device", s->devices[i].host),
			       err_cause(e, "it is no device node");
		f->devices[i] = (struct device_fact){ .type = S_ISBLK(st.st_mode) ? 'b' : 'c',
						      .major = major(st.st_rdev),
						      .minor = minor(st.st_rdev),
						      .mode = st.st_mode & 07777 };
	}
	return 0;
}

static int no_source(const struct spec_mount *m, int no, struct err *e)
{
	err_set(e, "mount-source", no, "mount %s of the host on %s", m->source, m->target);
	if (no == ENOENT)
		err_hint(e, "make it first (mkdir -p %s), or look for a slip of the pen", m->source);
	return -no;
}

static int probe_mounts(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	struct stat st;

	f->mount_is_file = arena_array(a, bool, s->n_mounts);
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (!str_eq(m->type, "bind"))
			continue;
		/* docker's -v would make a directory, as root, out of a slip of the pen */
		if (stat(m->source, &st) < 0)
			return no_source(m, errno, e);
		f->mount_is_file[i] = !S_ISDIR(st.st_mode);
	}
	return 0;
}

/* ---- limits ---- */

static int add_throttle_devices(struct limits_facts *l, struct limits_device *list,
				const struct spec_throttle *t, size_t n, struct err *e)
{
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		if (stat(t[i].device, &st) < 0 || !S_ISBLK(st.st_mode))
			return err_set(e, "no-device", errno ? errno : ENOTBLK, "limit device %s",
				       t[i].device),
			       err_cause(e, "it is no block device");
		list[l->n_devices++] = (struct limits_device){ t[i].device, major(st.st_rdev),
							       minor(st.st_rdev) };
	}
	return 0;
}

int probe_throttles(struct arena *a, const struct spec_limits *s, struct limits_facts *l, struct err *e)
{
	size_t n = s->n_read_bps + s->n_write_bps + s->n_read_iops + s->n_write_iops;
	struct limits_device *list = arena_array(a, struct limits_device, n);
	int r;

	l->devices = list;
	if ((r = add_throttle_devices(l, list, s->read_bps, s->n_read_bps, e)) < 0 ||
	    (r = add_throttle_devices(l, list, s->write_bps, s->n_write_bps, e)) < 0 ||
	    (r = add_throttle_devices(l, list, s->read_iops, s->n_read_iops, e)) < 0)
		return r;
	return add_throttle_devices(l, list, s->write_iops, s->n_write_iops, e);
}

static int probe_limits(struct arena *a, const char *id, const struct spec *s, struct facts *f, struct err *e)
{
	const char *parent = s->cgroup_parent ? s->cgroup_parent : "guise";
	unsigned need = limits_need(&s->limits);
	int r;

	f->limits.cg = &f->cgroups;
	f->limits.cpus = need & (CG_BIT(CG_CPU) | CG_BIT(CG_CPUSET)) ?
				 (unsigned)sysconf(_SC_NPROCESSORS_ONLN) :
				 1;
	f->limits.page_size = (unsigned)sysconf(_SC_PAGESIZE);
	if ((r = cgroup_probe(a, need, &f->cgroups, e)) < 0) {
		/* a machine without any cgroups still runs containers that need none; but root's always do */
		if (f->privileged || need || s->limits.n_conf)
			return r;
		return 0;
	}
	if ((r = probe_throttles(a, &s->limits, &f->limits, e)) < 0)
		return r;
	/* a user's container gets a cgroup only for limits: there may be none that they can make */
	if (f->privileged || need || s->limits.n_conf || s->cgroup_parent) {
		if (build_every_cgroup(s, f))
			cgroup_probe_every(a, &f->cgroups);
		f->home = cgroup_home(a, &f->cgroups, parent, id);
		cgroup_probe_missing(a, &f->cgroups, parent);
	}
	return 0;
}

int probe(struct state *st, struct arena *a, const char *id, struct spec *s, struct facts *f, struct err *e)
{
	int r;

	*f = (struct facts){ .id = id, .privileged = geteuid() == 0 && !userns_inside() };
	f->scratch = arena_printf(a, "%s/mnt", st->path);
	f->state = arena_printf(a, "%s/containers/%s", st->path, id);
	if ((r = probe_userns(st, a, s, f, e)) < 0 ||
	    (r = publish_check(a, s, f, e)) < 0 || (r = probe_root(a, s, f, e)) < 0 ||
	    (r = probe_namespaces(st, a, s, f, e)) < 0 || (r = probe_names(a, s, f, e)) < 0 ||
	    (r = probe_root_user(a, s, f, e)) < 0 || (r = probe_devices(a, s, f, e)) < 0 ||
	    (r = probe_mounts(a, s, f, e)) < 0 || (r = probe_limits(a, id, s, f, e)) < 0 ||
	    (r = probe_seccomp(a, s, f, e)) < 0)
		return r;
	if (f->userns)
		f->caps_held = CAPS_ALL;
	else if ((r = caps_held(&f->caps_held, e)) < 0)
		return r;
	return 0;
}
