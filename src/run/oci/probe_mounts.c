/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the mounts and devices of a bundle find on the host. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "run/oci/probe.h"

/* ---- sources of bind mounts ---- */

static int read_link(struct arena *a, const char *path, const char **to, struct err *e)
{
	char buf[PATH_MAX];
	ssize_t n = readlink(path, buf, sizeof(buf));

	if (n < 0)
		return err_set(e, "mount-source", errno, "read the symbolic link %s", path);
	*to = arena_strndup(a, buf, (size_t)n);
	return 0;
}

/* If it isn't there, INIT complains, in its turn. */
static int probe_source(struct arena *a, const struct oci_mount *m, struct oci_source *s, struct err *e)
{
	bool nofollow = m->link_source || m->copy_link;
	struct stat st;

	if (fstatat(AT_FDCWD, m->source, &st, nofollow ? AT_SYMLINK_NOFOLLOW : 0) < 0) {
		s->is_missing = errno == ENOENT || errno == ENOTDIR;
		return s->is_missing ?
			       0 :
			       err_set(e, "mount-source", errno, "mount %s on %s", m->source, m->target);
	}
	s->is_file = !S_ISDIR(st.st_mode);
	return m->copy_link && S_ISLNK(st.st_mode) ? read_link(a, m->source, &s->link_to, e) : 0;
}

static int probe_sources(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	int r = 0;

	f->sources = arena_array(a, struct oci_source, c->n_mounts);
	for (size_t i = 0; r == 0 && i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].type, "bind") && c->mounts[i].source)
			r = probe_source(a, &c->mounts[i], &f->sources[i], e);
	return r;
}

/* ---- sysfs ---- */

static int open_ns(const struct oci_config *c, enum ns_kind ns, const char *own)
{
	return open(c->ns[ns].path ? c->ns[ns].path : own, O_RDONLY | O_CLOEXEC);
}

static bool is_same(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* A sysfs shows a network namespace. To mount one takes privilege over that: its owner has it, and a user
 * namespace above its owner. NS_GET_USERNS (ioctl_ns(2)) tells no other. */
static bool sysfs_is_denied(const struct oci_config *c, const struct oci_facts *f)
{
	const struct oci_namespace *user = &c->ns[NS_USER], *net = &c->ns[NS_NET];

	if ((net->given && !net->path) || (f->privileged && !user->given))
		return false;
	if (user->given && !user->path)
		return true;
	autoclose int network = open_ns(c, NS_NET, "/proc/self/ns/net");
	autoclose int owner = network < 0 ? -1 : ioctl(network, NS_GET_USERNS);
	autoclose int users = open_ns(c, NS_USER, "/proc/self/ns/user");

	return owner < 0 || (user->given && !is_same(owner, users));
}

/* ---- devices ---- */

static bool is_node(const char *path, const struct oci_device *d)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == (d->type == 'b' ? S_IFBLK : S_IFCHR) &&
	       st.st_rdev == makedev(d->major, d->minor);
}

/* The name that the kernel has for the device: DEVNAME=net/tun. */
static const char *kernel_name(struct arena *a, const struct oci_device *d)
{
	const char *path = arena_printf(a, "/sys/dev/%s/%u:%u/uevent", d->type == 'b' ? "block" : "char",
					d->major, d->minor);
	char text[1024];
	const char *name = io_read_small(AT_FDCWD, path, text, sizeof(text)) < 0 ? NULL :
										   strstr(text, "DEVNAME=");

	if (!name)
		return NULL;
	name += strlen("DEVNAME=");
	return arena_printf(a, "/dev/%.*s", (int)strcspn(name, "\n"), name);
}

static int find_device(struct arena *a, const struct oci_device *d, const char **host, struct err *e)
{
	*host = d->path;
	if (is_node(d->path, d) || ((*host = kernel_name(a, d)) && is_node(*host, d)))
		return 0;
	err_set(e, "device", ENOENT, "make device %s", d->path);
	err_cause(e, "in a user namespace a device can only be bound, and the host has no %c %u:%u there",
		  d->type, d->major, d->minor);
	return err_hint(e, "as root, on the host: mknod %s %c %u %u", d->path, d->type, d->major, d->minor);
}

static int probe_devices(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	int r = 0;

	f->device_hosts = arena_array(a, const char *, c->n_devices);
	for (size_t i = 0; r == 0 && i < c->n_devices && oci_binds_devices(c, f); i++)
		if (c->devices[i].type != 'p' && !str_eq(c->devices[i].path, "/dev/ptmx"))
			r = find_device(a, &c->devices[i], &f->device_hosts[i], e);
	return r;
}

int oci_probe_mounts(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	int r = probe_sources(a, c, f, e);

	f->sysfs_denied = sysfs_is_denied(c, f);
	return r < 0 ? r : probe_devices(a, c, f, e);
}
