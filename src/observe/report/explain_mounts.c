/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <linux/mount.h>

#include "observe/report/explain.h"

static const struct world_mountns *table_of(const struct explanation *x)
{
	const struct world_process *p = x->target->process;

	for (size_t i = 0; p && i < x->world->n_mountns; i++)
		if (x->world->mountns[i].inode == p->ns[WORLD_NS_MNT])
			return &x->world->mountns[i];
	return NULL;
}

static bool is_in(const char *path, const char *top)
{
	const char *rest = str_after(path, top);

	return rest && (*rest == '/' || !*rest);
}

/* An option of its file system, up to the comma. */
static const char *option(struct explanation *x, const struct world_mount *m, const char *name)
{
	const char *rest = m->options;

	for (; rest; rest = strchr(rest, ','), rest = rest ? rest + 1 : NULL) {
		const char *value = str_after(rest, name);

		if (value && *value == '=')
			return arena_strndup(x->arena, value + 1, strcspn(value + 1, ","));
	}
	return NULL;
}

/* Engines hide what is in /proc and /sys by /dev/null, or an empty file system, over it. */
static bool is_mask(const struct world_mount *m)
{
	if ((!is_in(m->target, "/proc") && !is_in(m->target, "/sys")) || str_eq(m->target, "/sys/fs/cgroup"))
		return false;
	return str_eq(m->root, "/null") || (str_eq(m->type, "tmpfs") && (m->attr & MOUNT_ATTR_RDONLY));
}

/* Where what is there comes from. */
static const char *origin(struct explanation *x, const struct world_mount *m)
{
	const char *upper = option(x, m, "upperdir"), *lower = option(x, m, "lowerdir");

	if (str_eq(m->type, "overlay"))
		return upper ? explain_say(x, "an overlay: what it writes goes to %s, over %s", upper,
					   lower ?: "?") :
			       explain_say(x, "an overlay of %s", lower ?: "?");
	if (str_eq(m->type, "proc"))
		return "processes of a pid namespace";
	if (str_eq(m->type, "sysfs"))
		return "the kernel's devices, links of a network namespace";
	if (str_eq(m->type, "tmpfs") && str_eq(m->root, "/"))
		return explain_say(x, "memory%s%s", option(x, m, "size") ? ", at most " : "",
				   option(x, m, "size") ?: "");
	if (str_after(m->type, "cgroup"))
		return explain_say(x, "cgroups from %s on", m->root);
	if (str_eq(m->root, "/"))
		return explain_say(x, "%s of type %s", m->source ?: "?", m->type ?: "?");
	return explain_say(x, "%s of %s (%s)", m->root, m->source ?: "?", m->type ?: "?");
}

/* Those through which the host is steered. */
static const char *warning(const struct world_mount *m)
{
	static const char *const sockets[] = { "docker.sock", "containerd.sock", "podman.sock", "crio.sock" };

	for (size_t i = 0; i < ARRAY_LEN(sockets); i++)
		if (strstr(m->target, sockets[i]) || strstr(m->root, sockets[i]))
			return "whoever writes to an engine's socket is root on the host";
	if (str_eq(m->root, "/") && !str_eq(m->target, "/") && !(m->attr & MOUNT_ATTR_RDONLY) &&
	    str_after(m->source ?: "", "/dev/") && !str_after(m->target, "/etc/"))
		return "a whole file system of the host, which it may write to";
	return NULL;
}

static void add_mount(struct explanation *x, const struct world_mount *m)
{
	const struct world_process *p = x->target->process;
	bool mask = is_mask(m);
	const char *how = mask ? "masked" : m->attr & MOUNT_ATTR_RDONLY ? "read-only" : "read-write";
	struct explain_answer *a = explain_add(x, EXPLAIN_MOUNTS, m->target,
					       explain_say(x, "%s, %s%s%s", how,
							   mask ? "hidden" : origin(x, m),
							   str_eq(m->propagation, "private") ? "" : ", ",
							   str_eq(m->propagation, "private") ? "" :
							   m->propagation                    ?:
											       ""));

	explain_more(x, a, "target", m->target);
	explain_more(x, a, "access", how);
	explain_more(x, a, "type", m->type);
	explain_more(x, a, "source", m->source);
	explain_more(x, a, "root", m->root);
	explain_more(x, a, "propagation", m->propagation);
	if (!mask)
		a->warning = warning(m);
	a->from = explain_say(x, "/proc/%lld/mountinfo", (long long)p->pid);
	a->command = explain_say(x, "findmnt -N %lld", (long long)p->pid);
}

static void add_root(struct explanation *x, const struct world_process *p)
{
	const struct world_process *host = explain_host(x);
	bool is_host = host && host->ns[WORLD_NS_MNT] == p->ns[WORLD_NS_MNT] &&
		       str_eq(p->root ?: "/", host->root ?: "/");
	struct explain_answer *a;

	if (!p->root)
		return;
	a = explain_add(x, EXPLAIN_MOUNTS, "root",
			is_host ? "the host's" : explain_say(x, "%s of its own mount namespace", p->root));
	explain_more(x, a, "root", p->root);
	if (str_eq(p->root, "/") == false && host && host->ns[WORLD_NS_MNT] == p->ns[WORLD_NS_MNT])
		a->value = explain_say(x, "%s of the host's mounts (chroot)", p->root);
	a->from = explain_say(x, "/proc/%lld/root", (long long)p->pid);
	a->command = explain_say(x, "readlink %s", a->from);
}

void explain_mounts(struct explanation *x)
{
	const struct world_mountns *table = table_of(x);

	if (x->target->process)
		add_root(x, x->target->process);
	for (size_t i = 0; table && i < table->n_mounts; i++)
		add_mount(x, &table->mounts[i]);
}
