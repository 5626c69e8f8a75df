/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"

#define MOUNT "/sys/fs/cgroup"

const char *const cgroup_name[CG_COUNT] = {
	[CG_MEMORY] = "memory",     [CG_CPU] = "cpu",         [CG_CPUACCT] = "cpuacct",
	[CG_CPUSET] = "cpuset",     [CG_IO] = "io",           [CG_PIDS] = "pids",
	[CG_DEVICES] = "devices",   [CG_FREEZER] = "freezer", [CG_HUGETLB] = "hugetlb",
	[CG_RDMA] = "rdma",         [CG_MISC] = "misc",       [CG_NET_CLS] = "net_cls",
	[CG_NET_PRIO] = "net_prio",
};

const char *const cgroup_v1_name[CG_COUNT] = {
	[CG_MEMORY] = "memory",     [CG_CPU] = "cpu",   [CG_CPUACCT] = "cpuacct", [CG_CPUSET] = "cpuset",
	[CG_IO] = "blkio",          [CG_PIDS] = "pids", [CG_DEVICES] = "devices", [CG_FREEZER] = "freezer",
	[CG_HUGETLB] = "hugetlb",   [CG_RDMA] = "rdma", [CG_MISC] = "misc",       [CG_NET_CLS] = "net_cls",
	[CG_NET_PRIO] = "net_prio",
};

static bool is_mount_of(const char *path, unsigned long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == magic;
}

/* Is word one of list's, which are separated by sep? */
static bool list_has(const char *list, const char *word, char sep)
{
	size_t len = strlen(word);

	for (const char *p = list; p; p = strchr(p, sep), p = p ? p + 1 : NULL)
		if (strncmp(p, word, len) == 0 && (p[len] == sep || p[len] == '\0'))
			return true;
	return false;
}

/* Search /proc/self/mountinfo (proc(5)) for the file system type, with the option if given: for hosts
 * whose mounts are not where everybody's are. NULL: not mounted. */
static const char *mount_find(struct arena *a, const char *type, const char *option)
{
	char *text, *save = NULL;

	if (io_read_file(a, -1, "/proc/self/mountinfo", 4 << 20, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *tail = strstr(line, " - "), *rest, *options, *point = line;

		if (!tail)
			continue;
		strtok_r(tail + 3, " ", &rest); /* the type; rest is "source options" */
		options = strchr(rest, ' ');
		if (!str_eq(tail + 3, type) || !options || (option && !list_has(options + 1, option, ',')))
			continue;
		for (int field = 0; point && field < 4; field++)
			if ((point = strchr(point, ' ')))
				point++;
		if (point)
			return arena_strndup(a, point, strcspn(point, " "));
	}
	return NULL;
}

/* The v1 mount of a controller, or of a hierarchy's name ("name=systemd"). By convention it has that name,
 * which is a symbolic link where several are mounted together ("cpu" to "cpu,cpuacct"); resolved, so that
 * each has one path. */
static const char *v1_mount(struct arena *a, const char *option)
{
	const char *path = arena_printf(a, MOUNT "/%s", str_after(option, "name=") ?: option);
	char target[128];
	ssize_t n;

	if (!is_mount_of(path, CGROUP_SUPER_MAGIC))
		return mount_find(a, "cgroup", option);
	n = readlink(path, target, sizeof(target));
	if (n <= 0 || n == sizeof(target) || memchr(target, '/', n))
		return path;
	return arena_printf(a, MOUNT "/%.*s", (int)n, target);
}

static bool is_writable(const char *dir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return access(path, W_OK) == 0;
}

/* Where this user's cgroups may start: at the top for root, else at the highest cgroup on the way down
 * to our own that was delegated. The highest, because a process is in ours: controllers cannot be
 * enabled for the children of a cgroup with processes. */
static void v2_place(struct arena *a, const char *mount, struct cgroup_layout *l)
{
	char text[4096], *own;

	if (is_writable(mount)) {
		l->v2 = mount;
		return;
	}
	l->v2_denied = mount;
	if (io_read_small(-1, "/proc/self/cgroup", text, sizeof(text)) <= 0)
		return;
	/* One line per hierarchy; cgroup2's is "0::PATH", the last one (cgroups(7)). */
	own = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!own || strstr(own, "/.."))
		return;
	own = strchr(own, '/');
	own[strcspn(own, "\n")] = '\0';
	l->v2_denied = str_eq(own, "/") ? mount : arena_printf(a, "%s%s", mount, own);
	for (size_t n = 1; own[n - 1] && own[n]; n++) {
		const char *dir;

		n += strcspn(own + n, "/");
		dir = arena_printf(a, "%s%.*s", mount, (int)n, own);
		if (is_writable(dir)) {
			l->v2 = dir;
			l->v2_denied = NULL;
			return;
		}
	}
}

static bool exists(struct arena *a, const char *dir, const char *file)
{
	return access(arena_printf(a, "%s/%s", dir, file), F_OK) == 0;
}

static const char *read_line(struct arena *a, const char *dir, const char *file)
{
	char text[1024];

	return io_read_small(-1, arena_printf(a, "%s/%s", dir, file), text, sizeof(text)) > 0 ?
		       arena_strdup(a, text) :
		       NULL;
}

/* The files that say whether something can be limited are missing at a hierarchy's top. So each fact comes
 * from another file, which is there. */
static void facts_probe(struct arena *a, unsigned need, struct cgroup_layout *l)
{
	bool v2[CG_COUNT];

	for (unsigned c = 0; c < CG_COUNT; c++) {
		v2[c] = l->at[c].held == CG_IN_V2;
		if (!l->at[c].base)
			need &= ~CG_BIT(c);
	}
	if (need & CG_BIT(CG_CPUSET)) {
		const char *base = l->at[CG_CPUSET].base;

		l->cpus = read_line(a, base,
				    v2[CG_CPUSET] ? "cpuset.cpus.effective" : "cpuset.effective_cpus");
		l->mems = read_line(a, base,
				    v2[CG_CPUSET] ? "cpuset.mems.effective" : "cpuset.effective_mems");
	}
	if (need & CG_BIT(CG_MEMORY))
		l->memsw = v2[CG_MEMORY] ? access("/proc/swaps", F_OK) == 0 :
					   exists(a, l->at[CG_MEMORY].base, "memory.memsw.limit_in_bytes");
	if ((need & CG_BIT(CG_IO)) && v2[CG_IO]) {
		l->io_weight = exists(a, l->v2, "io.cost.qos") || exists(a, l->v2, "io.weight");
		l->bfq_weight = access("/sys/module/bfq", F_OK) == 0 || exists(a, l->v2, "io.bfq.weight");
	} else if (need & CG_BIT(CG_IO)) {
		l->bfq_weight = exists(a, l->at[CG_IO].base, "blkio.bfq.io_service_bytes");
	}
}

int cgroup_probe(struct arena *a, unsigned need, struct cgroup_layout *l, struct err *e)
{
	/* In every cgroup of v2, whatever controllers are enabled. */
	const unsigned core = CG_BIT(CG_DEVICES) | CG_BIT(CG_FREEZER) | CG_BIT(CG_CPUACCT);
	/* where it can be paused without one cgroup more */
	static const enum cgroup_controller homes[] = { CG_FREEZER, CG_PIDS, CG_DEVICES, CG_MEMORY };
	const char *mount = NULL, *controllers = NULL;

	*l = (struct cgroup_layout){ 0 };
	if (is_mount_of(MOUNT, CGROUP2_SUPER_MAGIC))
		mount = MOUNT;
	else if (is_mount_of(MOUNT "/unified", CGROUP2_SUPER_MAGIC))
		mount = MOUNT "/unified";
	else
		mount = mount_find(a, "cgroup2", NULL);
	l->v2_mount = mount;
	if (mount)
		v2_place(a, mount, l);
	for (unsigned i = 0; !mount && !l->v1_home && i < ARRAY_LEN(homes); i++)
		l->v1_home = v1_mount(a, cgroup_v1_name[homes[i]]);
	if (!mount && !l->v1_home)
		return err_set(e, "cgroup-none", ENODEV, "find the cgroup hierarchies"),
		       err_cause(e, "none is mounted"), err_hint(e, "mount -t cgroup2 cgroup2 " MOUNT);

	if (!mount)
		need |= CG_BIT(CG_DEVICES); /* v1 has no BPF programs: its own files say which may be used */
	if (mount && (need & ~core))
		controllers = read_line(a, l->v2 ?: l->v2_denied, "cgroup.controllers");
	for (unsigned c = 0; c < CG_COUNT; c++) {
		if (!(need & CG_BIT(c)))
			continue;
		if (mount &&
		    ((core & CG_BIT(c)) || (controllers && list_has(controllers, cgroup_name[c], ' ')))) {
			l->at[c].held = CG_IN_V2;
			l->at[c].base = l->v2;
		} else if ((l->at[c].base = v1_mount(a, cgroup_v1_name[c]))) {
			l->at[c].held = CG_IN_V1;
		}
	}
	facts_probe(a, need, l);
	return 0;
}

void cgroup_probe_every(struct arena *a, struct cgroup_layout *l)
{
	char text[4096], *save = NULL, *line;

	l->n_v1 = 0;
	l->v2_controllers = l->v2 ? read_line(a, l->v2, "cgroup.controllers") : NULL;
	/* Where cgroup2 is mounted at the place of v1's mounts, v1 is not mounted. */
	if (str_eq(l->v2_mount, MOUNT) || io_read_small(-1, "/proc/self/cgroup", text, sizeof(text)) <= 0)
		return;
	/* A line for each hierarchy that is in use: "7:cpu,cpuacct:/path" (cgroups(7)). It need not be
	 * mounted here. */
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *names = strchr(line, ':'), *end = names ? strchr(names + 1, ':') : NULL;
		const char *base;

		if (!end || end == names + 1 || l->n_v1 == CGROUP_V1_MAX)
			continue;
		*end = '\0';
		names++;
		if ((base = v1_mount(a, arena_strndup(a, names, strcspn(names, ",")))))
			l->v1[l->n_v1++] = (struct cgroup_v1){ base, arena_strdup(a, names),
							       list_has(names, "cpuset", ',') };
	}
}

static void probe_missing(struct arena *a, struct cgroup_layout *l, const char *base, const char *parent)
{
	char *path = base ? arena_strdup(a, cgroup_path(a, base, "", parent + (*parent == '/'))) : NULL,
	     *topmost = NULL;

	while (path && strlen(path) > strlen(base) && access(path, F_OK) < 0) {
		topmost = arena_strdup(a, path);
		*strrchr(path, '/') = '\0';
	}
	if (topmost && !cgroup_missing_above(l, topmost))
		l->missing[l->n_missing++] = topmost;
}

void cgroup_probe_missing(struct arena *a, struct cgroup_layout *l, const char *parent)
{
	l->n_missing = 0;
	probe_missing(a, l, l->v2 ?: l->v1_home, parent);
	for (unsigned c = 0; c < CG_COUNT; c++)
		if (l->at[c].held == CG_IN_V1)
			probe_missing(a, l, l->at[c].base, parent);
	for (unsigned i = 0; i < l->n_v1; i++)
		probe_missing(a, l, l->v1[i].base, parent);
}

const char *cgroup_missing_above(const struct cgroup_layout *l, const char *dir)
{
	for (unsigned i = 0; i < l->n_missing; i++) {
		const char *rest = str_after(dir, l->missing[i]);

		if (rest && (*rest == '/' || !*rest))
			return l->missing[i];
	}
	return NULL;
}
