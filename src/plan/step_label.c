/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The label of a security module: what the next execution turns the process into. It is written to
 * /proc/PID/attr/ of a procfs that guise has made itself (live->proc), with nothing mounted over the way to it:
 * through a procfs of the image's choice the write would go nowhere, and the command run without confinement
 * (CVE-2019-16884, CVE-2019-19921). Before the user changes, since the file is root's as long as we are
 * undumpable.
 */
#include "plan/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/procfs.h"
#include "plan/live.h"

static bool is_apparmor(const struct step *s)
{
	return str_eq(s->label.lsm, "apparmor");
}

/* Its file below /proc: our own entry by its number, since "self" is a link. */
static int open_attr(const struct step *s, struct live *live)
{
	char path[64];

	snprintf(path, sizeof(path), is_apparmor(s) ? "%d/attr/apparmor/exec" : "%d/attr/exec", getpid());
	return procfs_open(live->proc, path, O_WRONLY);
}

static int label_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int fd = open_attr(s, live);
	char text[4096];
	int n, r = fd;

	n = snprintf(text, sizeof(text), is_apparmor(s) ? "exec %s" : "%s", s->label.value);
	if (fd >= 0)
		r = n >= (int)sizeof(text) ? -ENAMETOOLONG : io_write_all(fd, text, (size_t)n);
	if (r >= 0)
		return 0;
	err_set(e, "label", -r, "run the command as %s %s", is_apparmor(s) ? "AppArmor's profile" : "SELinux's label",
		s->label.value);
	return r == -ENOENT || r == -EINVAL ? err_hint(e, "this kernel may have no %s, or none of that name is loaded",
						       is_apparmor(s) ? "AppArmor" : "SELinux") : r;
}

static void label_show(const struct step *s, struct str *out)
{
	str_addf(out, is_apparmor(s) ? "aa-exec -p %s" : "runcon %s", s->label.value);
	str_add(out, " ...  # what the command is executed as\n");
}

static enum finding label_check(const struct step *s, struct live *live, struct str *text)
{
	char path[64], now[1024];

	snprintf(path, sizeof(path), is_apparmor(s) ? "/proc/%d/attr/apparmor/current" : "/proc/%d/attr/current", live->pid);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0)
		return FOUND_UNKNOWN;
	if (strncmp(now, s->label.value, strlen(s->label.value)) == 0)
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is %s", s->label.lsm, now);
	return FOUND_DIFFERENT;
}

static const struct field label_fields[] = { FIELD(STR, label, lsm), FIELD(STR, label, value), { 0 } };

const struct step_ops step_label = {
	.name = "label", .section = SECTION_SECURITY, .side = SIDE_INIT, .fields = label_fields,
	.apply = label_apply, .show = label_show, .check = label_check,
};
