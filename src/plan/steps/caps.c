/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the command may do. The order of these steps, at the end of INIT, is the one that kernel/process/caps.h
 * explains: limits and the bounding set while we have every capability; then the user; then the sets
 * that take away the right to set sets; no_new_privs; and the system call filter last, so that it needs
 * to allow nothing of the above, nor what waits for start or runs hooks.
 *
 * Without no_new_privs only CAP_SYS_ADMIN may load a filter. Then that capability is kept, beside the command's
 * own, and lent to guise-init, which loads the filter: what execve(2) gives depends on the user, the bounding,
 * inheritable and ambient sets (capabilities(7)), and not on what is permitted before. So it is made inheritable while
 * it is in the bounding set; stays another user's by PR_SET_KEEPCAPS (STEP_USER); and is made ambient for the
 * execution of guise-init, which takes it out of both sets again, and so from the command.
 */
#include "plan/steps/steps.h"

#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

static void show_caps(uint64_t set, struct str *out)
{
	for (int i = 0; i < CAPS_COUNT; i++)
		if (set & CAPS_BIT(i))
			str_addf(out, " %s", caps_name(i));
	if (!set)
		str_add(out, " none");
}

/* Of a line of /proc/PID/status: a process that is gone has none. Whoever has fewer may have given up the others, as
 * one does who becomes another user. */
static enum finding check_caps(struct target *t, const char *line, uint64_t planned, struct str *text)
{
	uint64_t now;

	if (proc_status_hex(t->arena, t->pid, line, &now) < 0)
		return FOUND_MISSING;
	if (now == planned)
		return FOUND_AS_PLANNED;
	str_addf(text, "%s%s:", text->len ? "; " : "", line);
	show_caps(now, text);
	return now & ~planned ? FOUND_DIFFERENT : FOUND_UNKNOWN;
}

static int bounding_apply(const struct step *s, struct live *live, struct err *e)
{
	if (s->bounding.load_filter && caps_inherit(CAPS_BIT(CAP_SYS_ADMIN), e) < 0)
		return -e->no;
	return caps_limit_bounding(s->bounding.keep, e);
}

static void bounding_show(const struct step *s, struct str *out)
{
	str_add(out, "# capabilities that any process of the container can ever have:");
	show_caps(s->bounding.keep, out);
	str_add(out, "\n");
}

static enum finding bounding_check(const struct step *s, struct target *t, struct str *text)
{
	return check_caps(t, "CapBnd", s->bounding.keep, text);
}

static const struct field bounding_fields[] = { FIELD(U64, bounding, keep),
						FIELD(BOOL, bounding, load_filter),
						{ 0 } };

const struct step_ops step_bounding = {
	.name = "bounding",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = bounding_fields,
	.apply = bounding_apply,
	.show = bounding_show,
	.check = bounding_check,
};

static int caps_apply(const struct step *s, struct live *live, struct err *e)
{
	struct caps c = { .effective = s->caps.effective,
			  .permitted = s->caps.permitted,
			  .inheritable = s->caps.inheritable,
			  .ambient = s->caps.ambient };

	if (s->caps.load_filter) {
		c.effective |= CAPS_BIT(CAP_SYS_ADMIN);
		c.permitted |= CAPS_BIT(CAP_SYS_ADMIN);
		c.inheritable |= CAPS_BIT(CAP_SYS_ADMIN);
		live->lender = &s->caps;
	}
	return caps_set(&c, e);
}

static void caps_show(const struct step *s, struct str *out)
{
	str_add(out, "# its first process starts with:");
	show_caps(s->caps.effective, out);
	if (s->caps.permitted != s->caps.effective) {
		str_add(out, "; permitted:");
		show_caps(s->caps.permitted, out);
	}
	if (!s->caps.inheritable && !s->caps.ambient) {
		str_add(out, "; nothing inheritable, nothing ambient\n");
		return;
	}
	str_add(out, "; inheritable:");
	show_caps(s->caps.inheritable, out);
	str_add(out, "; ambient:");
	show_caps(s->caps.ambient, out);
	str_add(out, "\n");
}

/* What execve(2) left: root inside has what it may inherit and all that the bounding set lets it have, another user
 * the ambient set (capabilities(7), "Transformation of capabilities during execve()"). */
static enum finding caps_check(const struct step *s, struct target *t, struct str *text)
{
	const struct step *user = plan_last(t->plan, STEP_USER),
			  *bounding = plan_last(t->plan, STEP_BOUNDING);
	bool root = user && bounding && user->user.uid == 0;
	uint64_t permitted = root ? s->caps.inheritable | bounding->bounding.keep : s->caps.ambient;
	const struct {
		const char *line;
		uint64_t set;
	} want[] = { { "CapPrm", permitted },
		     { "CapEff", permitted },
		     { "CapInh", s->caps.inheritable },
		     { "CapAmb", s->caps.ambient } };
	enum finding worst = FOUND_AS_PLANNED;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		enum finding f = check_caps(t, want[i].line, want[i].set, text);

		if (f != FOUND_AS_PLANNED && worst != FOUND_DIFFERENT)
			worst = f;
	}
	return worst;
}

static const struct field caps_fields[] = {
	FIELD(U64, caps, effective), FIELD(U64, caps, permitted),    FIELD(U64, caps, inheritable),
	FIELD(U64, caps, ambient),   FIELD(BOOL, caps, load_filter), { 0 },
};

const struct step_ops step_caps = {
	.name = "caps",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = caps_fields,
	.apply = caps_apply,
	.show = caps_show,
	.check = caps_check,
};

const struct step_bounding *plan_bounding(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_BOUNDING);

	return s ? &s->bounding : NULL;
}
