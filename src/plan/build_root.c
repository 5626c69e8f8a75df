/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The root file system and what lies in it: the mounts, devices, masked and read-only paths that the
 * OCI runtime specification (config-linux.md) and docker's default have. */
#include "plan/build.h"

#include <string.h>
#include <sys/mount.h>

#include "kernel/cgroup.h"

enum { SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = { { "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
	      { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };

static const struct {
	const char *path, *to;
} links[] = { { "/dev/fd", "/proc/self/fd" },
	      { "/dev/stdin", "/proc/self/fd/0" },
	      { "/dev/stdout", "/proc/self/fd/1" },
	      { "/dev/stderr", "/proc/self/fd/2" },
	      { "/dev/ptmx", "pts/ptmx" } };

static const char *const masked[] = {
	"/proc/acpi",	      "/proc/asound",	    "/proc/interrupts", "/proc/kcore",	 "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",	"/proc/timer_list", "/proc/timer_stats",
	"/sys/firmware",      "/sys/devices/virtual/powercap",
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static struct step *add_mount(struct plan *p, const char *type, const char *target, uint64_t attr, const char *data)
{
	struct step *st = plan_add(p, STEP_MOUNT, NULL);

	st->mount.type = type;
	st->mount.source = type;
	st->mount.target = target;
	st->mount.attr = attr;
	st->mount.data = data;
	return st;
}

static struct step *add_bind(struct plan *p, const char *source, const char *target, uint64_t attr)
{
	struct step *st = add_mount(p, "bind", target, attr, NULL);

	st->mount.source = source;
	st->mount.recursive = st->mount.attr_recursive = true;
	return st;
}

static void add_symlink(struct plan *p, const char *path, const char *to)
{
	struct step *st = plan_add(p, STEP_SYMLINK, NULL);

	st->symlink.path = path;
	st->symlink.to = to;
}

static void add_root(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	plan_add(p, STEP_PROPAGATION, "nothing mounted from here on shows on the host")->propagation.flags =
		MS_REC | MS_PRIVATE;
	st = plan_add(p, STEP_ROOT, NULL);
	st->root.source = f->root;
	st->root.at = f->scratch;
	st->root.overlay = s->root.overlay || s->root.readonly;
	st->root.userxattr = f->userns;
	st->root.empty = f->root_empty;
	st->root.below = f->below;
	st->root.bound = f->bound;
	st->root.dirs = f->dirs;
	st->root.idmap = f->idmap_root;
	st->note = st->root.overlay ? "the tree below a layer in memory: what is written is gone at the end" :
				      "the tree, in place";
	for (size_t i = 0; i < f->links.n; i += 2)
		add_symlink(p, f->links.v[i], f->links.v[i + 1]);
	/* sockets and secrets of the host's running programs, guise's own state among them */
	if (s->root.kind == ROOT_HOST)
		add_mount(p, "tmpfs", "/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "mode=755");
}

/* A tree that HOST sends; its number among them. */
static uint64_t add_tree(struct plan *p, const char *source, const char *mnt_ns, bool idmap, bool recursive)
{
	struct step *st = plan_add(p, STEP_TREE, NULL);
	uint64_t n = 0;

	st->tree.source = source;
	st->tree.mnt_ns = mnt_ns;
	st->tree.idmap = idmap;
	st->tree.recursive = recursive;
	for (size_t i = 0; i < p->count; i++)
		n += p->steps[i].kind == STEP_TREE;
	return n;
}

/* HOST's part of an idmapped root: the first trees, in the order in which STEP_ROOT takes them. */
void build_trees(struct plan *p, const struct facts *f)
{
	if (!f->idmap_root)
		return;
	if (!f->root_empty)
		add_tree(p, f->root, NULL, true, false);
	for (size_t i = 0; i < f->below.n; i++)
		add_tree(p, f->below.v[i], NULL, true, false);
}

static void add_dev(struct plan *p, const struct spec *s, const struct facts *f)
{
	add_mount(p, "tmpfs", "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, "mode=755,size=64m");
	/* gid 5 is the group tty; a single mapped id has no such group */
	add_mount(p, "devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		  f->single_id ? "newinstance,ptmxmode=0666,mode=0620" : "newinstance,ptmxmode=0666,mode=0620,gid=5");
	if (!f->shm)
		add_mount(p, "tmpfs", "/dev/shm", SAFE, "mode=1777,size=64m");
	add_mount(p, "mqueue", "/dev/mqueue", SAFE, NULL);
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		struct step *st = plan_add(p, STEP_DEVICE, NULL);

		st->device.path = arena_printf(p->arena, "/dev/%s", nodes[i].name);
		st->device.host = st->device.path;
		st->device.type = 'c';
		st->device.major = nodes[i].major;
		st->device.minor = nodes[i].minor;
		st->device.mode = 0666;
		st->device.bind = f->userns;
	}
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		add_symlink(p, links[i].path, links[i].to);
}

void build_root(struct plan *p, const struct spec *s, const struct facts *f)
{
	uint64_t readonly_unless = s->security.privileged ? 0 : MOUNT_ATTR_RDONLY;

	add_root(p, s, f);
	add_mount(p, "proc", "/proc", SAFE, NULL)->mount.real_directory = true;
	add_dev(p, s, f);
	/* a sysfs shows the network namespace of who mounts it, who must own that namespace */
	if (f->userns && s->ns[NS_NET].mode != NS_MODE_NEW)
		add_bind(p, "/sys", "/sys", SAFE | MOUNT_ATTR_RDONLY);
	else
		add_mount(p, "sysfs", "/sys", SAFE | readonly_unless, NULL)->mount.real_directory = true;
}

/* /sys/fs/cgroup: cgroup2 alone where it holds all limits of the container, else as on a v1 host a
 * directory per hierarchy that it is in. */
void build_root_cgroup(struct plan *p, const struct spec *s, const struct facts *f)
{
	uint64_t attr = SAFE | (s->security.privileged ? 0 : MOUNT_ATTR_RDONLY);
	unsigned need = limits_need(&s->limits), v1 = 0;

	for (int c = 0; c < CG_COUNT; c++)
		if ((need & CG_BIT(c)) && f->cgroups.at[c].held == CG_IN_V1)
			v1 |= CG_BIT(c);
	if (!v1 && f->cgroups.v2) {
		add_mount(p, "cgroup2", "/sys/fs/cgroup", attr, NULL);
		return;
	}
	if (!f->home)
		return;
	add_mount(p, "tmpfs", "/sys/fs/cgroup", SAFE, "mode=755,size=64k");
	if (f->cgroups.v2)
		add_mount(p, "cgroup2", "/sys/fs/cgroup/unified", attr, NULL);
	for (int c = 0; c < CG_COUNT; c++) {
		const char *base = f->cgroups.at[c].base, *name;

		if (!(v1 & CG_BIT(c)))
			continue;
		name = strrchr(base, '/') + 1; /* "cpu,cpuacct" is one hierarchy: mounted once */
		bool again = false;
		for (int d = 0; d < c; d++)
			again |= (v1 & CG_BIT(d)) && strcmp(f->cgroups.at[d].base, base) == 0;
		if (!again)
			add_mount(p, "cgroup", arena_printf(p->arena, "/sys/fs/cgroup/%s", name), attr, name);
	}
}

/* --ipc of another: POSIX shared memory is files, and comes with the namespace. After the wait for HOST,
 * who sends it if it is another container's. */
static void add_shared_shm(struct plan *p, const struct facts *f)
{
	uint64_t tree = f->shm_ns ? add_tree(p, f->shm, f->shm_ns, false, false) : 0;

	add_bind(p, f->shm, "/dev/shm", SAFE)->mount.tree = tree;
}

static void add_user_mounts(struct plan *p, const struct spec *s, const struct facts *f)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];
		bool connected = m->propagation & (MS_SLAVE | MS_SHARED);
		uint64_t tree = connected ? add_tree(p, m->source, NULL, false, m->recursive) : 0;
		struct step *st = add_mount(p, m->type, m->target, m->attr, m->data);

		st->mount.source = m->source;
		st->mount.recursive = m->recursive;
		st->mount.attr_recursive = m->attr_recursive;
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
		plan_add(p, STEP_REMOUNT, NULL);
	plan_add(p, STEP_PIVOT, "from here on the host's files are out of reach");
}
