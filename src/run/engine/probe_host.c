/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/probe_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/fs/mountinfo.h"

/* Kernel file systems and places of running programs: fresh ones, or nothing, inside. */
static const char *const left_out[] = {
	"/proc", "/sys", "/dev", "/run", "/tmp", "/var/run", "/mnt", "/media"
};

static bool is_covered(const char *target)
{
	for (size_t i = 0; i < ARRAY_LEN(left_out); i++) {
		const char *rest = str_after(target, left_out[i]);

		if (rest && (*rest == '\0' || *rest == '/'))
			return false;
	}
	return target[1] != '\0';
}

static bool is_one_of(const char *type, const char *const *types, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(type, types[i]))
			return true;
	return false;
}

/* The kernel's own, wherever it is mounted: chroots have them, too. They tell of the host's processes and
 * devices, and most cannot lie below an overlay. */
static bool is_kernels(const char *type)
{
	static const char *const types[] = {
		"proc",       "sysfs",   "cgroup",     "cgroup2",     "devpts",  "devtmpfs",  "mqueue",
		"debugfs",    "tracefs", "securityfs", "selinuxfs",   "smackfs", "configfs",  "efivarfs",
		"pstore",     "bpf",     "fusectl",    "binfmt_misc", "binder",  "hugetlbfs", "resctrl",
		"rpc_pipefs", "nfsd",    "nsfs",       "autofs",
	};

	return is_one_of(type, types, ARRAY_LEN(types));
}

/* Those with names that are not just bytes cannot lie below an overlay (ovl_dentry_weird in the kernel):
 * /boot/efi. */
static bool is_bound(const char *type)
{
	static const char *const types[] = {
		"vfat", "msdos",   "exfat", "ntfs", "ntfs3", "iso9660",
		"hfs",  "hfsplus", "affs",  "cifs", "smb3",
	};

	return is_one_of(type, types, ARRAY_LEN(types));
}

static bool is_below_kernels(const struct mountinfo_list *mounts, const char *target)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const char *rest = str_after(target, mounts->v[i].target);

		if (rest && (*rest == '/' || *rest == '\0') && is_kernels(mounts->v[i].type))
			return true;
	}
	return false;
}

/* An overlay's options are separated by commas and its lower directories by colons, and these cannot be
 * written in a path; a file (a bind mount) cannot be a lower directory. */
static bool can_be_lower(const char *target)
{
	struct stat st;

	return !strpbrk(target, ",:\\") && stat(target, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool has_mount_below(const struct mountinfo_list *mounts, const char *dir)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const char *rest = str_after(mounts->v[i].target, dir);

		if (rest && *rest == '/')
			return true;
	}
	return false;
}

static void add_link(struct arena *a, struct facts *f, const char *path)
{
	char to[4096];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n <= 0)
		return;
	to[n] = '\0';
	arena_push(a, f->links.v, f->links.n, path);
	arena_push(a, f->links.v, f->links.n, arena_strdup(a, to));
}

/* An entry of / for a root that is put together. */
static void add_entry(struct arena *a, struct facts *f, const struct mountinfo_list *mounts, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return;
	if (S_ISLNK(st.st_mode)) {
		add_link(a, f, path);
	} else if (!S_ISDIR(st.st_mode)) {
		return; /* old kernels' files, swap: nothing that programs need */
	} else if ((!is_covered(path) && strcmp(path, "/tmp") != 0) || access(path, R_OK | X_OK) < 0) {
		arena_push(a, f->dirs.v, f->dirs.n, path);
	} else if (has_mount_below(mounts, path) || !can_be_lower(path)) {
		arena_push(a, f->bound.v, f->bound.n, path);
	} else {
		arena_push(a, f->below.v, f->below.n, path);
	}
}

static bool is_below(const char *path, const struct strv *dirs)
{
	const char *rest;

	for (size_t i = 0; i < dirs->n; i++)
		if ((rest = str_after(path, dirs->v[i])) && *rest == '/')
			return true;
	return false;
}

/* The kernel's file systems of chroots come along with what is bound, and a user namespace cannot take
 * them away ("locked" mounts), but lay something over them. */
static void hide_kernels(struct arena *a, struct facts *f, const struct mountinfo_list *mounts)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const char *target = mounts->v[i].target;

		if (is_kernels(mounts->v[i].type) && is_below(target, &f->bound) && !is_below(target, &f->hidden))
			arena_push(a, f->hidden.v, f->hidden.n, target);
	}
}

/*
 * In a user namespace / itself cannot be a lower directory: other mounts lie below it, which the namespace
 * got from the host and must not look under (mount_namespaces(7), "locked" mounts; EINVAL from overlayfs).
 * So the root starts empty, and each directory of / gets a layer of its own.
 */
static int probe_entries(struct arena *a, struct facts *f, const struct mountinfo_list *mounts, struct err *e)
{
	struct dirent **list;
	int n = scandir("/", &list, NULL, alphasort);

	if (n < 0)
		return err_set(e, "root-missing", errno, "list /");
	f->root_empty = true;
	for (int i = 0; i < n; i++) {
		if (strcmp(list[i]->d_name, ".") && strcmp(list[i]->d_name, ".."))
			add_entry(a, f, mounts, arena_printf(a, "/%s", list[i]->d_name));
		free(list[i]);
	}
	free(list);
	hide_kernels(a, f, mounts);
	return 0;
}

int probe_host(struct arena *a, struct facts *f, struct err *e)
{
	struct mountinfo_list mounts;
	int r = mountinfo_read_self(a, &mounts);

	if (r < 0)
		return err_set(e, "proc", -r, "read /proc/self/mountinfo");
	if (f->userns)
		return probe_entries(a, f, &mounts, e);
	for (size_t i = 0; i < mounts.n; i++) {
		const char *target = mounts.v[i].target;

		if (!is_covered(target) || is_below_kernels(&mounts, target) || !can_be_lower(target))
			continue;
		if (is_bound(mounts.v[i].type))
			arena_push(a, f->bound.v, f->bound.n, target);
		else
			arena_push(a, f->below.v, f->below.n, target);
	}
	return 0;
}
