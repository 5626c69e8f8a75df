/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The label of a security module: what the next execution turns the process into. It is written to
 * /proc/PID/attr/ of a procfs that guise has made itself (live->proc), with nothing mounted over the way
 * to it: through a procfs of the image's choice the write would go nowhere, and the command run without
 * confinement (CVE-2019-16884, CVE-2019-19921).
 *
 * The next execution shall be the command's, and nothing before it under the label's rules, not the
 * loading of the filter either: so it is guise-init that writes it. Here it is found out whether it can be
 * had, for create to tell.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/procfs.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

static bool is_apparmor(const struct step_label *s)
{
	return str_eq(s->lsm, "apparmor");
}

/* Our own entry by its number, since "self" is a link. */
void step_label_text(const struct step_label *s, struct label_text *t)
{
	snprintf(t->path, sizeof(t->path), is_apparmor(s) ? "%d/attr/apparmor/exec" : "%d/attr/exec",
		 getpid());
	snprintf(t->text, sizeof(t->text), is_apparmor(s) ? "exec %s" : "%s", s->value);
}

/* AppArmor says whether there is such a profile; SELinux, whether it would take the label, and takes it
 * back. */
static int try(const struct step_label *s, struct live *live)
{
	char path[64], text[4096];
	int n = snprintf(text, sizeof(text), is_apparmor(s) ? "permprofile %s" : "%s", s->value), r;

	snprintf(path, sizeof(path), is_apparmor(s) ? "%d/attr/apparmor/current" : "%d/attr/exec", getpid());
	autoclose int fd = procfs_open(live->proc, path, O_WRONLY);
	if (fd < 0)
		return fd;
	if (n >= (int)sizeof(text))
		return -ENAMETOOLONG;
	r = io_write_all(fd, text, (size_t)n);
	if (r == 0 && !is_apparmor(s) && write(fd, "", 0) < 0)
		r = -errno;
	return is_apparmor(s) && r == -EPERM ? 0 : r; /* who may not ask may change perhaps */
}

int step_label_failed(const struct step_label *s, int no, struct err *e)
{
	err_set(e, "label", no, "run the command as %s %s",
		is_apparmor(s) ? "AppArmor's profile" : "SELinux's label", s->value);
	return no == ENOENT || no == EINVAL ?
		       err_hint(e, "this kernel may have no %s, or none of that name is loaded",
				is_apparmor(s) ? "AppArmor" : "SELinux") :
		       -no;
}

static int label_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = try(&s->label, live);

	if (r < 0)
		return step_label_failed(&s->label, -r, e);
	if (live->n_labels == ARRAY_LEN(live->labels))
		return err_set(e, "label", E2BIG, "set one more label");
	live->labels[live->n_labels++] = &s->label;
	return 0;
}

static void label_show(const struct step *s, struct str *out)
{
	str_addf(out, is_apparmor(&s->label) ? "aa-exec -p %s" : "runcon %s", str_shell(out, s->label.value));
	str_add(out, " ...  # what the command is executed as\n");
}

/* AppArmor shows its mode behind the profile, "guise (enforce)". */
static int label_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[64], now[1024];

	snprintf(path, sizeof(path),
		 is_apparmor(&want->label) ? "/proc/%d/attr/apparmor/current" : "/proc/%d/attr/current",
		 t->pid);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0)
		return READ_UNKNOWN;
	have->label.value = arena_strdup(t->arena, now);
	return READ_FOUND;
}

static bool begins_with(const char *now, const char *planned)
{
	return str_after(now, planned) != NULL;
}

static const struct field label_fields[] = { FIELD(STR, label, lsm, .compare = COMPARE_NAME),
					     FIELD(STR, label, value, .same = begins_with),
					     { 0 } };

const struct step_ops step_label = {
	.name = "label",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = label_fields,
	.apply = label_apply,
	.show = label_show,
	.read = label_read,
};

const struct step_label *plan_label(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_LABEL);

	return s ? &s->label : NULL;
}
