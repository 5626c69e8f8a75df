/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel parameters of the container's own namespaces, and the procfs through which they are written. */
#include "plan/steps/steps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/procfs.h"
#include "kernel/process/nscall.h"
#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/target.h"
#include "spec/sysctl.h"

/* ---- procfs ---- */

/* Where the configuration mounts no procfs at /proc, what is written to one goes through this: made by us, so
 * that nothing of the image or of a bind mount can stand for it. */
static int procfs_apply(const struct step *s, struct live *live, struct err *e)
{
	int fd = live->proc < 0 ? mount_new("proc", "proc", NULL,
					    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) :
				  live->proc;

	if (fd < 0)
		return err_set(e, "procfs", -fd, "make a procfs to write to");
	live->proc = fd;
	return 0;
}

static void procfs_show(const struct step *s, struct str *out)
{
	str_add(out, "# a procfs that is mounted nowhere (fsopen), to write to\n");
}

static int procfs_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	str_add(text, "it was there to be written to, and is gone since");
	return READ_UNKNOWN;
}

const struct step_ops step_procfs = {
	.name = "procfs",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.apply = procfs_apply,
	.show = procfs_show,
	.read = procfs_read,
};

/* ---- sysctl ---- */

/* "net.ipv4.conf.eth0/1.forwarding" -> "sys/net/ipv4/conf/eth0.1/forwarding": see spec/sysctl.h. In INIT, so
 * without its sysctl_path(), which allocates. */
static void path_of_sysctl(const char *name, char *path, size_t size)
{
	snprintf(path, size, "sys/%s", name);
	for (char *p = path + 4; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
}

static int sysctl_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[256];
	int r;

	path_of_sysctl(s->sysctl.name, path, sizeof(path));
	/* through our own procfs: the image's /proc could be anything (config-linux.md, "sysctl") */
	autoclose int fd = procfs_open(live->proc, path, O_WRONLY);
	r = fd < 0 ? fd : io_write_all(fd, s->sysctl.value, strlen(s->sysctl.value));
	return r < 0 ? err_set(e, "sysctl", -r, "set sysctl %s to %s", s->sysctl.name, s->sysctl.value) : 0;
}

static void sysctl_show(const struct step *s, struct str *out)
{
	char path[256];

	path_of_sysctl(s->sysctl.name, path, sizeof(path));
	str_add(out, "echo ");
	str_add_shell(out, s->sysctl.value);
	str_addf(out, " > \"$root\"/proc/%s\n", str_shell(out, path));
}

/* A parameter is that of the namespaces of who opens it (proc_sys_lookup, ipc_sysctls), whichever procfs
 * it is: so through the host's own. */
static int read_sysctl(const void *path, void *out)
{
	ssize_t n = io_read_small(AT_FDCWD, path, out, NS_OUT_MAX);

	return n < 0 ? (int)n : 0;
}

/* The next word, and whether there is one: the kernel puts tabs between several values. */
static bool next_value(const char **p, const char **word, size_t *len)
{
	*word = *p + strspn(*p, " \t\n");
	*len = strcspn(*word, " \t\n");
	*p = *word + *len;
	return *len > 0;
}

/* "0x10" is read back as 16. */
static bool same_value(const char *a, size_t na, const char *b, size_t nb)
{
	if (na == nb && memcmp(a, b, na) == 0)
		return true;
	return *a >= '0' && *a <= '9' && *b >= '0' && *b <= '9' && strtoll(a, NULL, 0) == strtoll(b, NULL, 0);
}

static bool same_values(const char *a, const char *b)
{
	const char *x, *y;
	size_t nx, ny;

	for (;;) {
		bool more = next_value(&a, &x, &nx);

		if (next_value(&b, &y, &ny) != more)
			return false;
		if (!more || !same_value(x, nx, y, ny))
			return !more;
	}
}

static int sysctl_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[256] = "/proc/", now[NS_OUT_MAX];
	enum ns_kind ns = sysctl_ns(want->sysctl.name);
	int r;

	path_of_sysctl(want->sysctl.name, path + 6, sizeof(path) - 6);
	if (ns == NS_COUNT || proc_same_ns(t->pid, getpid(), ns_name[ns]))
		r = read_sysctl(path, now);
	else
		r = ns_call(t->pidfd, (int)ns_flag[ns], read_sysctl, path, now, sizeof(now));
	if (r < 0)
		return r;
	have->sysctl.value = arena_strdup(t->arena, now);
	return READ_FOUND;
}

static const struct field sysctl_fields[] = { FIELD(STR, sysctl, name, .compare = COMPARE_NAME),
					      FIELD(STR, sysctl, value, .same = same_values),
					      { 0 } };

const struct step_ops step_sysctl = {
	.name = "sysctl",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = sysctl_fields,
	.apply = sysctl_apply,
	.show = sysctl_show,
	.read = sysctl_read,
};
