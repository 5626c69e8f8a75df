/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/resctrl.h"
#include "kernel/process/caps.h"
#include "kernel/process/userns.h"
#include "run/start/probe.h"
#include "spec/idmap.h"
#include "spec/env.h"

/* ---- root ---- */

static int probe_root(struct arena *a, const struct oci_config *c, const struct oci_wish *w,
		      struct oci_facts *f, struct err *e)
{
	const char *path = *c->root == '/' ? c->root : arena_printf(a, "%s/%s", w->bundle, c->root);
	char real[PATH_MAX];
	struct statx st;

	if (!realpath(path, real) || statx(AT_FDCWD, real, 0, STATX_TYPE | STATX_MNT_ID, &st) < 0)
		return err_set(e, "root-missing", errno, "open the root file system %s", path);
	if (!S_ISDIR(st.stx_mode))
		return err_set(e, "root-missing", ENOTDIR, "open the root file system %s", path);
	f->root_mount = st.stx_mnt_id;
	f->root = arena_strdup(a, real);
	return 0;
}

/* Where the container's root is mounted in its mount namespace: hooks look for it at config.json's path, as
 * below runc. In a joined namespace that path may be another's; and over / nothing can be mounted for
 * pivot_root(2). */
static const char *place_of_root(const struct oci_config *c, const struct oci_facts *f)
{
	return !c->ns[NS_MNT].path && !str_eq(f->root, "/") ? f->root : f->scratch;
}

/* HOME as the image's passwd has it for the user, unless the configuration names one (as in runc). */
int oci_probe_home(struct arena *a, const char *root, const struct oci_process *pr, struct oci_facts *f,
		   struct err *e)
{
	const char *given = env_get(&pr->env, "HOME", 4);
	struct user_ids ids;
	char user[16];
	int r;

	if (given && *given)
		return 0;
	autoclose int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, "root-missing", errno, "open the root file system %s", root);
	snprintf(user, sizeof(user), "%u", pr->uid);
	r = probe_user(a, dir, user, &(struct strv){ 0 }, &ids, e);
	f->user_home = ids.home;
	return r;
}

/* ---- Intel RDT ---- */

static int probe_rdt(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	const struct oci_intel_rdt *rdt = &c->rdt;
	const char *group;

	if (!rdt->given)
		return 0;
	if (!(f->resctrl = resctrl_find(a)))
		return err_set(e, "no-rdt", ENODEV, "use linux.intelRdt"),
		       err_cause(e, "no resctrl file system is mounted"),
		       err_hint(e, "on processors that have it: mount -t resctrl resctrl /sys/fs/resctrl");
	group = arena_printf(a, "%s/%s", f->resctrl, rdt->clos_id ? rdt->clos_id : f->id);
	f->resctrl_group = access(group, F_OK) == 0;
	if (rdt->clos_id && !f->resctrl_group && !rdt->l3_schema && !rdt->mem_bw_schema && !rdt->schemata.n)
		return err_set(e, "no-rdt", ENOENT, "use linux.intelRdt.closID %s", rdt->clos_id),
		       err_cause(e, "there is no such class, and no schemata to make it of");
	if (!rdt->clos_id && f->resctrl_group)
		return err_set(e, "no-rdt", EEXIST, "make the class %s", group);
	/* what is there is not ours to remove */
	group = arena_printf(a, "%s/mon_groups/%s", group, f->id);
	if (rdt->enable_monitoring && access(group, F_OK) == 0)
		return err_set(e, "no-rdt", EEXIST, "make the monitoring group %s", group);
	return 0;
}

/* ---- user namespace ---- */

/* A user may map their own id; more than that takes newuidmap, which looks into /etc/subuid. */
static void probe_userns_maps(struct arena *a, const struct oci_config *c, struct oci_facts *f)
{
	bool one = c->n_uid_map == 1 && c->uid_map->size == 1 && c->n_gid_map == 1 && c->gid_map->size == 1;

	f->single_id = userns_denies_groups();
	if (!c->ns[NS_USER].given || c->ns[NS_USER].path)
		return;
	f->uid_map = idmap_lines(a, c->uid_map, c->n_uid_map);
	f->gid_map = idmap_lines(a, c->gid_map, c->n_gid_map);
	f->map_by_helper = geteuid() != 0 && !one;
	f->single_id |= geteuid() != 0 && one;
}

/* ---- descriptors ---- */

/* The highest descriptor that is open; 2, if that cannot be found out. */
static unsigned highest_fd(void)
{
	autoclose int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	unsigned highest = 2;

	if (dir < 0)
		return highest;
	for (const char *name; (name = io_dir_next(&d));)
		if (atoi(name) > (int)highest)
			highest = (unsigned)atoi(name);
	return highest;
}

/* A descriptor that is not open is not passed on, as in crun; nor is one of ours at its number: that is
 * close-on-exec. */
void oci_probe_fds(unsigned preserve_fds, struct oci_facts *f)
{
	unsigned open = preserve_fds ? highest_fd() - 2 : 0;

	f->preserve_fds = preserve_fds < open ? preserve_fds : open;
}

void oci_probe_listen(struct arena *a, struct oci_wish *w)
{
	enum { LISTEN_MAX = 1024 };
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS"),
		   *names = getenv("LISTEN_FDNAMES");
	int n = fds ? atoi(fds) : 0;

	if (!pid || atoi(pid) != getpid() || n <= 0 || n > LISTEN_MAX)
		return;
	strv_push(a, &w->own_env, arena_printf(a, "LISTEN_FDS=%d", n));
	strv_push(a, &w->own_env, "LISTEN_PID=1");
	if (names)
		strv_push(a, &w->own_env, arena_printf(a, "LISTEN_FDNAMES=%s", names));
	w->preserve_fds = w->preserve_fds > UINT_MAX - LISTEN_MAX ? UINT_MAX : w->preserve_fds + (unsigned)n;
}

int oci_probe(struct state *st, struct arena *a, const struct oci_config *c, const struct oci_wish *w,
	      struct oci_facts *f, struct err *e)
{
	int r;

	*f = (struct oci_facts){ .id = w->id,
				 .privileged = geteuid() == 0 && !userns_inside(),
				 .no_pivot = w->no_pivot,
				 .no_new_keyring = w->no_new_keyring,
				 .own_env = w->own_env };
	f->scratch = arena_printf(a, "%s/mnt", st->path);
	oci_probe_fds(w->preserve_fds, f);
	if ((r = probe_root(a, c, w, f, e)) < 0 ||
	    (c->has_process && (r = oci_probe_home(a, f->root, &c->process, f, e)) < 0) ||
	    (r = oci_probe_mounts(a, c, f, e)) < 0 || (r = probe_rdt(a, c, f, e)) < 0 ||
	    (r = oci_probe_cgroups(a, c, w->manager, w->rootless, f, e)) < 0 ||
	    (r = oci_probe_seccomp(a, c, f, e)) < 0)
		return r;
	f->place = place_of_root(c, f);
	probe_userns_maps(a, c, f);
	f->caps_held = CAPS_ALL;
	return f->uid_map ? 0 : caps_held(&f->caps_held, e);
}
