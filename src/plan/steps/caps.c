/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the command may do. The order of these steps, at the end of INIT, is the one that
 * kernel/process/caps.h explains: limits and the bounding set while we have every capability; then the
 * user; then the sets that take away the right to set sets; no_new_privs; and the system call filter last,
 * so that it needs to allow nothing of the above, nor what waits for start or runs hooks.
 *
 * Without no_new_privs only CAP_SYS_ADMIN may load a filter. Then that capability is kept, beside the
 * command's own, and lent to guise-init, which loads the filter: what execve(2) gives depends on the user,
 * the bounding, inheritable and ambient sets (capabilities(7)), and not on what is permitted before. So it
 * is made inheritable while it is in the bounding set; stays another user's by PR_SET_KEEPCAPS
 * (STEP_USER); and is made ambient for the execution of guise-init, which takes it out of both sets again,
 * and so from the command.
 */
#include "plan/steps/steps.h"

#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

static void show_caps(uint64_t set, struct str *out)
{
	const char *between = "";

	for (int i = 0; i < CAPS_COUNT; i++)
		if (set & CAPS_BIT(i)) {
			str_addf(out, "%s%s", between, caps_name(i));
			between = " ";
		}
	str_add(out, set ? "" : "none");
}

static int bounding_apply(const struct step *s, struct live *live, struct err *e)
{
	if (s->bounding.load_filter && caps_inherit(CAPS_BIT(CAP_SYS_ADMIN), e) < 0)
		return -e->no;
	return caps_limit_bounding(s->bounding.keep, e);
}

static void bounding_show(const struct step *s, struct str *out)
{
	str_add(out, "# capabilities that any process of the container can ever have: ");
	show_caps(s->bounding.keep, out);
	str_add(out, "\n");
}

static int bounding_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return proc_status_hex(t->arena, t->pid, "CapBnd", &have->bounding.keep) < 0 ? READ_MISSING :
										       READ_FOUND;
}

/* load_filter: over when the command is executed */
static const struct field bounding_fields[] = {
	FIELD(U64, bounding, keep, .compare = COMPARE_LIMIT, .label = "CapBnd", .show = show_caps),
	FIELD(BOOL, bounding, load_filter, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_bounding = {
	.name = "bounding",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_REMARK,
	.fields = bounding_fields,
	.apply = bounding_apply,
	.show = bounding_show,
	.read = bounding_read,
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
	str_add(out, "# its first process starts with: ");
	show_caps(s->caps.effective, out);
	if (s->caps.permitted != s->caps.effective) {
		str_add(out, "; permitted: ");
		show_caps(s->caps.permitted, out);
	}
	if (!s->caps.inheritable && !s->caps.ambient) {
		str_add(out, "; nothing inheritable, nothing ambient\n");
		return;
	}
	str_add(out, "; inheritable: ");
	show_caps(s->caps.inheritable, out);
	str_add(out, "; ambient: ");
	show_caps(s->caps.ambient, out);
	str_add(out, "\n");
}

/* What execve(2) leaves: root inside has what it may inherit and all that the bounding set lets it have,
 * another user the ambient set (capabilities(7), "Transformation of capabilities during execve()"). */
static void caps_outcome(const struct plan *p, const struct step *s, struct step *out)
{
	const struct step_user *user = p ? plan_user(p) : NULL;
	const struct step_bounding *bounding = p ? plan_bounding(p) : NULL;
	bool root = user && bounding && user->uid == 0;

	out->caps.permitted = root ? s->caps.inheritable | bounding->keep : s->caps.ambient;
	out->caps.effective = out->caps.permitted;
}

static int caps_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct {
		const char *line;
		uint64_t *set;
	} sets[] = { { "CapPrm", &have->caps.permitted },
		     { "CapEff", &have->caps.effective },
		     { "CapInh", &have->caps.inheritable },
		     { "CapAmb", &have->caps.ambient } };

	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (proc_status_hex(t->arena, t->pid, sets[i].line, sets[i].set) < 0)
			return READ_MISSING;
	return READ_FOUND;
}

/* Whoever has fewer may have given up the others, as one does who becomes another user. load_filter: over
 * when the command is executed. */
static const struct field caps_fields[] = {
	FIELD(U64, caps, effective, .compare = COMPARE_LIMIT, .label = "CapEff", .show = show_caps),
	FIELD(U64, caps, permitted, .compare = COMPARE_LIMIT, .label = "CapPrm", .show = show_caps),
	FIELD(U64, caps, inheritable, .compare = COMPARE_LIMIT, .label = "CapInh", .show = show_caps),
	FIELD(U64, caps, ambient, .compare = COMPARE_LIMIT, .label = "CapAmb", .show = show_caps),
	FIELD(BOOL, caps, load_filter, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_caps = {
	.name = "caps",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_REMARK,
	.fields = caps_fields,
	.apply = caps_apply,
	.show = caps_show,
	.read = caps_read,
	.outcome = caps_outcome,
};

const struct step_bounding *plan_bounding(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_BOUNDING);

	return s ? &s->bounding : NULL;
}
