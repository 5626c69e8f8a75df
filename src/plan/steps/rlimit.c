/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Resource limits (setrlimit(2)). */
#include "plan/steps/steps.h"

#include <errno.h>
#include <sys/resource.h>

#include "kernel/process/rlimit.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

static int not_limited(const struct step_rlimit *s, int no, struct err *e)
{
	err_set(e, "rlimit", no, "set --ulimit %s=%lld:%lld", s->name, (long long)s->soft,
		(long long)s->hard);
	if (no == EPERM)
		err_hint(
			e,
			"raising a hard limit takes CAP_SYS_RESOURCE; choose one not above guise's own (ulimit -H)");
	return -e->no;
}

static int rlimit_apply(const struct step *s, struct live *live, struct err *e)
{
	struct rlimit l = { .rlim_cur = s->rlimit.soft, .rlim_max = s->rlimit.hard };

	live->limited |= 1ULL << s->rlimit.resource;
	return setrlimit((int)s->rlimit.resource, &l) < 0 ? not_limited(&s->rlimit, errno, e) : 0;
}

/* Only up: what is lower INIT sets itself, when it needs no more for what it has to do, and may by then
 * not raise. */
static int host_rlimit_apply(const struct step *s, struct live *live, struct err *e)
{
	enum __rlimit_resource what = (enum __rlimit_resource)s->rlimit.resource;
	struct rlimit l;

	if (prlimit(live->pid, what, NULL, &l) < 0)
		return not_limited(&s->rlimit, errno, e);
	if (l.rlim_max >= s->rlimit.hard && l.rlim_cur >= s->rlimit.soft)
		return 0;
	l.rlim_max = l.rlim_max < s->rlimit.hard ? s->rlimit.hard : l.rlim_max;
	l.rlim_cur = l.rlim_cur < s->rlimit.soft ? s->rlimit.soft : l.rlim_cur;
	return prlimit(live->pid, what, &l, NULL) < 0 ? not_limited(&s->rlimit, errno, e) : 0;
}

static void show_limit(uint64_t value, struct str *out)
{
	if (value == RLIM_INFINITY)
		str_add(out, "unlimited");
	else
		str_addf(out, "%llu", (unsigned long long)value);
}

static void show_rlimit(const struct step_rlimit *s, const char *pid, const char *note, struct str *out)
{
	str_addf(out, "prlimit --pid %s --%s=", pid, s->name);
	show_limit(s->soft, out);
	str_add(out, ":");
	show_limit(s->hard, out);
	str_addf(out, "%s\n", note);
}

static void rlimit_show(const struct step *s, struct str *out)
{
	show_rlimit(&s->rlimit, "$$", "", out);
}

static void host_rlimit_show(const struct step *s, struct str *out)
{
	show_rlimit(&s->rlimit, "$pid", "  # where that is more", out);
}

static int rlimit_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	int r = rlimit_of(t->pid, (int)want->rlimit.resource, &have->rlimit.soft, &have->rlimit.hard);

	return r < 0 ? r : READ_FOUND;
}

/* Below the hard one the soft one is the command's own (getrlimit(2)): some put it up at their start. */
static const struct field rlimit_fields[] = {
	FIELD(STR, rlimit, name, .compare = COMPARE_NAME),
	FIELD(I64, rlimit, resource, .compare = COMPARE_KEY),
	FIELD(U64, rlimit, soft, .own = true, .show = show_limit),
	FIELD(U64, rlimit, hard, .show = show_limit),
	{ 0 },
};

const struct step_ops step_host_rlimit = {
	.name = "host-rlimit",
	.section = SECTION_SECURITY,
	.side = SIDE_HOST,
	.fields = rlimit_fields,
	.apply = host_rlimit_apply,
	.show = host_rlimit_show,
	.read = rlimit_read,
};

const struct step_ops step_rlimit = {
	.name = "rlimit",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_EARLY,
	.fields = rlimit_fields,
	.apply = rlimit_apply,
	.show = rlimit_show,
	.read = rlimit_read,
};
