/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The user that the command is, its groups, and whose its streams are. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "kernel/process/stdio.h"
#include "plan/live.h"
#include "plan/look.h"
#include "plan/plan.h"

static int user_apply(const struct step *s, struct live *live, struct err *e)
{
	/* always, also with none: the host user's supplementary groups must not come along. A user
	 * namespace without privilege forbids it, and has nothing to give away */
	if (!s->user.keep_groups && setgroups(s->user.groups.n, s->user.groups.v) < 0)
		return err_set(e, "user", errno, "set %llu supplementary groups",
			       (unsigned long long)s->user.groups.n);
	for (int fd = 0; fd < 3; fd++)
		stdio_give(fd, (uid_t)s->user.uid);
	if (s->user.keep_caps && caps_keep_on_setuid(e) < 0)
		return -e->no;
	if (setresgid(s->user.gid, s->user.gid, s->user.gid) < 0 ||
	    setresuid(s->user.uid, s->user.uid, s->user.uid) < 0)
		return err_set(e, "user", errno, "become user %llu:%llu", (unsigned long long)s->user.uid,
			       (unsigned long long)s->user.gid);
	/* a change of user made us dumpable again as fs.suid_dumpable says (prctl(2)) */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, "user", errno, "stay hidden from ptrace");
	return 0;
}

static void user_show(const struct step *s, struct str *out)
{
	str_addf(out, "# user %llu, group %llu, supplementary groups:", (unsigned long long)s->user.uid,
		 (unsigned long long)s->user.gid);
	for (uint64_t i = 0; i < s->user.groups.n; i++)
		str_addf(out, " %u", s->user.groups.v[i]);
	str_add(out, s->user.groups.n ? "\n" : " none\n");
}

/* "Uid: 33 33 33 33": the real, effective, saved and file system's one. */
static bool check_ids(struct target *t, const char *line, const char *file, uint64_t id, struct str *text)
{
	const char *now = proc_status(t->arena, t->pid, line), *p = now ? now : "";
	int64_t want = target_id(t, file, id);
	char *end;
	int same = 0;

	for (int i = 0; i < 4; i++, p = end)
		same += strtoll(p, &end, 10) == want && end != p;
	if (same == 4)
		return true;
	str_addf(text, "%s%s: %s, of the host", text->len ? "; " : "", line, now ? now : "none");
	return false;
}

/* The kernel keeps them sorted. */
static bool check_groups(const struct step_user *s, struct target *t, struct str *text)
{
	const char *now = proc_status(t->arena, t->pid, "Groups"), *p = now ? now : "";
	uint64_t n = 0, wrong = 0;
	char *end;

	for (;; p = end, n++) {
		int64_t have = strtoll(p, &end, 10);
		bool planned = false;

		if (end == p)
			break;
		for (uint64_t i = 0; i < s->groups.n && !planned; i++)
			planned = target_id(t, "gid_map", s->groups.v[i]) == have;
		wrong += !planned;
	}
	if (n == s->groups.n && !wrong)
		return true;
	str_addf(text, "%sGroups: %s, of the host", text->len ? "; " : "", now && *now ? now : "none");
	return false;
}

static enum finding user_check(const struct step *s, struct target *t, struct str *text)
{
	bool same;

	if (s->user.keep_caps && s->user.uid == 0) {
		str_add(text, "it was root until it became the command's user");
		return FOUND_UNKNOWN;
	}
	/* another one is what it became by a right that it has, or had: what that was, caps tells */
	same = check_ids(t, "Uid", "uid_map", s->user.uid, text);
	same = check_ids(t, "Gid", "gid_map", s->user.gid, text) && same;
	if (!s->user.keep_groups)
		same = check_groups(&s->user, t, text) && same;
	return same ? FOUND_AS_PLANNED : FOUND_UNKNOWN;
}

static const struct field user_fields[] = {
	FIELD(U64, user, uid),          FIELD(U64, user, gid),        FIELD(IDS, user, groups),
	FIELD(BOOL, user, keep_groups), FIELD(BOOL, user, keep_caps), { 0 },
};

const struct step_ops step_user = {
	.name = "user",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = user_fields,
	.apply = user_apply,
	.show = user_show,
	.check = user_check,
};

const struct step_user *plan_user(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_USER);

	return s ? &s->user : NULL;
}
