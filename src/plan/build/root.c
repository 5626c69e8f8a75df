/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root file system and what lies in it: the mounts, devices, masked and read-only paths that the
 * OCI runtime specification (config-linux.md) and docker's default have. */
#include "plan/build/build.h"

#include <string.h>
#include <sys/mount.h>

#include "kernel/cgroup/cgroup.h"
#include "plan/build/parts.h"
#include "spec/volume.h"

static const char *const masked[] = {
	"/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
	"/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
	"/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",     "/sys/devices/virtual/powercap",
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static struct step *add_bind(struct plan *p, const char *source, const char *target, uint64_t attr)
{
	struct step *st = parts_mount(p, "bind", target, 0, NULL);

	st->mount.source = source;
	st->mount.recursive = true;
	st->mount.rec_attr = attr;
	return st;
}

static void add_root(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	plan_add(p, STEP_PROPAGATION, "nothing mounted from here on shows on the host")->propagation.flags =
		MS_REC | MS_PRIVATE;
	plan_add(p, STEP_FILES, NULL)->files.at = f->userns ? "" : f->scratch;
	st = plan_add(p, STEP_ROOT, NULL);
	st->root.source = f->root;
	st->root.layers = f->image_layers;
	st->root.erofs = f->image_erofs;
	st->root.at = f->scratch;
	st->root.born_there = f->userns;
	st->root.overlay = s->root.overlay || s->root.readonly;
	st->root.whole = f->image_layers && f->idmap_root;
	st->root.userxattr = f->userns && !st->root.whole;
	st->root.empty = f->root_empty;
	st->root.below = f->below;
	st->root.bound = f->bound;
	st->root.dirs = f->dirs;
	st->root.from_host = f->idmap_root;
	st->root.layer = st->root.overlay ? f->layer : NULL;
	if (f->layer && f->idmap_root && !f->image_layers)
		st->root.layer_tree = !f->root_empty + f->below.n + 1;
	st->note = !st->root.overlay ?
			   "the tree, in place" :
		   f->layer ?
			   "the tree below the container's layer: what is written stays until it is removed" :
			   "the tree below a layer in memory: what is written is gone at the end";
	for (size_t i = 0; i < f->links.n; i += 2)
		parts_symlink(p, f->links.v[i], f->links.v[i + 1]);
	for (size_t i = 0; i < f->hidden.n; i++)
		plan_add(p, STEP_MASK, NULL)->mask.path = f->hidden.v[i];
	/* sockets and secrets of the host's running programs, guise's own state among them */
	if (s->root.kind == ROOT_HOST)
		parts_mount(p, "tmpfs", "/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "mode=755");
	/* the layer lies in the tree that it covers, where nobody shall get at it: the kernel has only
	 * ELOOP for that */
	if (s->root.kind == ROOT_HOST && f->layer)
		plan_add(p, STEP_MASK, NULL)->mask.path = f->layers;
}

/* Those of an image's layers that are EROFS images. */
static void add_erofs(struct plan *p, const struct facts *f)
{
	for (size_t i = 0; i < f->image_erofs.n; i++) {
		parts_tree(p, arena_printf(p->arena, "%s/%s", f->root, f->image_erofs.v[i]), NULL, false,
			   false);
		p->steps[p->count - 1].tree.type = "erofs";
	}
}

/* HOST's part of an idmapped root, or an image's: the first trees, in the order in which STEP_ROOT takes them. Its layer
 * is idmapped, too: on disk the owners are those inside, whichever range of ids the next run has. */
void build_trees(struct plan *p, const struct facts *f)
{
	if (!f->idmap_root) {
		add_erofs(p, f);
		return;
	}
	if (f->image_layers) {
		parts_tree(p, f->root, NULL, true, false);
		p->steps[p->count - 1].tree.layers = f->image_layers;
		p->steps[p->count - 1].tree.layer = f->layer;
		p->steps[p->count - 1].tree.erofs = f->image_erofs;
		return;
	}
	if (!f->root_empty)
		parts_tree(p, f->root, NULL, true, false);
	for (size_t i = 0; i < f->below.n; i++)
		parts_tree(p, f->below.v[i], NULL, true, false);
	if (f->layer)
		parts_tree(p, f->layer, NULL, true, false);
}

/* Rounded up to a page by the kernel (tmpfs(5)). */
static const char *shm_data(struct plan *p, const struct spec *s)
{
	if (!s->shm_size)
		return "mode=1777,size=64m";
	return arena_printf(p->arena, "mode=1777,size=%lld", (long long)s->shm_size);
}

static void add_dev(struct plan *p, const struct spec *s, const struct facts *f)
{
	parts_mount(p, "tmpfs", "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, "mode=755,size=64m");
	/* gid 5 is the group tty; a single mapped id has no such group */
	parts_mount(p, "devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		    f->single_id ? "newinstance,ptmxmode=0666,mode=0620" :
				   "newinstance,ptmxmode=0666,mode=0620,gid=5");
	if (!f->shm)
		parts_mount(p, "tmpfs", "/dev/shm", PARTS_SAFE, shm_data(p, s));
	parts_mount(p, "mqueue", "/dev/mqueue", PARTS_SAFE, NULL);
	parts_default_devices(p, f->userns);
}

void build_root(struct plan *p, const struct spec *s, const struct facts *f)
{
	uint64_t readonly_unless = s->security.privileged ? 0 : MOUNT_ATTR_RDONLY;

	add_root(p, s, f);
	parts_mount(p, "proc", "/proc", PARTS_SAFE, NULL)->mount.real_directory = true;
	add_dev(p, s, f);
	/* a sysfs shows the network namespace of who mounts it, who must own that namespace */
	if (f->userns && s->ns[NS_NET].mode != NS_MODE_NEW)
		add_bind(p, "/sys", "/sys", PARTS_SAFE | MOUNT_ATTR_RDONLY);
	else
		parts_mount(p, "sysfs", "/sys", PARTS_SAFE | readonly_unless, NULL)->mount.real_directory =
			true;
}

/* A mount of a v1 hierarchy, where hosts have it. */
static void add_hierarchy(struct plan *p, const char *base, const char *names, uint64_t attr)
{
	parts_mount(p, "cgroup", arena_printf(p->arena, "/sys/fs/cgroup/%s", strrchr(base, '/') + 1), attr,
		    names);
}

/* Those that hold a limit of the container's: "cpu,cpuacct" is one, and mounted once. */
static void add_limited(struct plan *p, const struct facts *f, unsigned v1, uint64_t attr)
{
	for (int c = 0; c < CG_COUNT; c++) {
		const char *base = f->cgroups.at[c].base;
		bool again = false;

		for (int d = 0; d < c; d++)
			again |= (v1 & CG_BIT(d)) && str_eq(f->cgroups.at[d].base, base);
		if ((v1 & CG_BIT(c)) && !again)
			add_hierarchy(p, base, strrchr(base, '/') + 1, attr);
	}
}

static void add_every(struct plan *p, const struct facts *f, uint64_t attr)
{
	for (unsigned i = 0; i < f->cgroups.n_v1; i++) {
		const struct cgroup_v1 *v1 = &f->cgroups.v1[i];

		add_hierarchy(p, v1->base, v1->names, attr);
		parts_cgroup_links(p, "/sys/fs/cgroup", strrchr(v1->base, '/') + 1);
	}
}

static unsigned v1_limits(const struct spec *s, const struct facts *f)
{
	unsigned need = limits_need(&s->limits), v1 = 0;

	for (int c = 0; c < CG_COUNT; c++)
		if ((need & CG_BIT(c)) && f->cgroups.at[c].held == CG_IN_V1)
			v1 |= CG_BIT(c);
	return v1;
}

/* /sys/fs/cgroup: cgroup2 alone where it holds all limits of the container, else as on a v1 host a
 * directory per hierarchy that it is in. */
void build_root_cgroup(struct plan *p, const struct spec *s, const struct facts *f)
{
	uint64_t attr = PARTS_SAFE | (s->security.privileged ? 0 : MOUNT_ATTR_RDONLY);
	unsigned v1 = v1_limits(s, f);
	bool every = build_every_cgroup(s, f) && f->cgroups.n_v1;

	/* of all of them, as the host has them: in a user namespace none could be mounted without a cgroup
	 * namespace */
	if (s->ns[NS_CGROUP].mode == NS_MODE_HOST) {
		add_bind(p, "/sys/fs/cgroup", "/sys/fs/cgroup", attr);
		return;
	}
	if (!every && !v1 && f->cgroups.v2) {
		parts_mount(p, "cgroup2", "/sys/fs/cgroup", attr, NULL);
		return;
	}
	if (!f->home)
		return;
	parts_mount(p, "tmpfs", "/sys/fs/cgroup", PARTS_SAFE, "mode=755,size=64k");
	if (f->cgroups.v2)
		parts_mount(p, "cgroup2", "/sys/fs/cgroup/unified", attr, NULL);
	if (every)
		add_every(p, f, attr);
	else
		add_limited(p, f, v1, attr);
}

/* --ipc of another: POSIX shared memory is files, and comes with the namespace. After the wait for HOST,
 * who sends it if it is another container's. */
static void add_shared_shm(struct plan *p, const struct facts *f)
{
	uint64_t tree = f->shm_ns ? parts_tree(p, f->shm, f->shm_ns, false, false) : 0;

	add_bind(p, f->shm, "/dev/shm", PARTS_SAFE)->mount.tree = tree;
}

/* docker's tmpfs is open to all; a copy is as open as what it is one of (plan/steps/mount.c). */
static const char *user_data(struct plan *p, const struct spec_mount *m)
{
	if (!str_eq(m->type, "tmpfs") || m->copy_up || (m->data && strstr(m->data, "mode=")))
		return m->data;
	return m->data ? arena_printf(p->arena, "%s,mode=1777", m->data) : "mode=1777";
}

/* A volume of guise's own: in a user namespace its owners are those inside, whichever range of ids is taken. Returns the tree
 * that it is mounted by; 0: INIT opens it. */
static uint64_t add_volume(struct plan *p, const struct spec_mount *m, const struct facts *f)
{
	uint64_t dir = 0;
	struct step *st;

	if (m->fill && f->idmap_root) {
		dir = parts_tree(p, m->fill, NULL, true, true);
		p->steps[p->count - 1].tree.idmap_recursive = true;
	}
	if (m->fill) {
		st = plan_add(
			p, STEP_VOLUME,
			m->no_copy ?
				"the volume is used for the first time" :
				"the volume is used for the first time: it begins with what the root has there");
		st->volume.path = m->fill;
		st->volume.target = m->target;
		st->volume.copy = !m->no_copy;
		st->volume.anonymous = volume_is_of(m->volume, f->id);
		st->volume.tree = dir;
	}
	return f->idmap_root ? parts_tree(p, m->source, NULL, true, false) : 0;
}

static void add_user_mounts(struct plan *p, const struct spec *s, const struct facts *f)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];
		bool connected = m->propagation & (MS_SLAVE | MS_SHARED), own = str_eq(m->type, "volume");
		uint64_t tree = own       ? add_volume(p, m, f) :
				connected ? parts_tree(p, m->source, NULL, false, m->recursive) :
					    0;
		struct step *st = parts_mount(p, own ? "bind" : m->type, m->target,
					      m->attr_recursive ? 0 : m->attr, user_data(p, m));

		st->mount.source = m->source;
		st->mount.recursive = m->recursive;
		st->mount.rec_attr = m->attr_recursive ? m->attr : 0;
		st->mount.propagation = m->propagation ? m->propagation : MS_REC | MS_PRIVATE;
		st->mount.copy_up = m->copy_up;
		st->mount.file = f->mount_is_file[i];
		st->mount.tree = tree;
	}
}

static void add_user_devices(struct plan *p, const struct spec *s, const struct facts *f)
{
	for (size_t i = 0; i < s->n_devices; i++) {
		struct step *st = plan_add(p, STEP_DEVICE, NULL);

		st->device.path = s->devices[i].path;
		st->device.host = s->devices[i].host;
		st->device.type = f->devices[i].type;
		st->device.major = f->devices[i].major;
		st->device.minor = f->devices[i].minor;
		st->device.mode = f->devices[i].mode & 07777;
		st->device.bind = f->userns;
	}
}

void build_root_end(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (f->shm)
		add_shared_shm(p, f);
	build_names(p, s, f);
	add_user_mounts(p, s, f);
	add_user_devices(p, s, f);
	if (s->tty) {
		struct step *st = plan_add(p, STEP_CONSOLE, NULL);

		st->console.uid = f->user.uid;
		st->console.mount = true;
	}
	if (!s->security.privileged && !s->security.unmask) {
		for (size_t i = 0; i < ARRAY_LEN(masked); i++)
			plan_add(p, STEP_MASK, NULL)->mask.path = masked[i];
		for (size_t i = 0; i < ARRAY_LEN(readonly); i++)
			plan_add(p, STEP_READONLY, NULL)->readonly.path = readonly[i];
	}
	if (s->root.readonly)
		plan_add(p, STEP_REMOUNT, NULL)->remount.attr = MOUNT_ATTR_RDONLY;
	plan_add(p, STEP_PIVOT, "from here on the host's files are out of reach");
}
