/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The user that the command is, its groups, and whose its streams are. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "kernel/process/stdio.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

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

/* "Uid: 33 33 33 33": the real, effective, saved and file system's one, as the container sees them. The
 * first that is another than planned, if there is one. */
static int read_id(struct target *t, const char *line, enum target_map map, uint64_t want, uint64_t *have)
{
	const char *now = proc_status(t->arena, t->pid, line);
	char *end;

	if (!now)
		return READ_MISSING;
	*have = want;
	for (int i = 0; i < 4 && *have == want; i++, now = end)
		*have = target_id_inside(t, map, (uint32_t)strtoul(now, &end, 10));
	return READ_FOUND;
}

static struct idv read_groups(struct target *t)
{
	const char *now = proc_status(t->arena, t->pid, "Groups");
	uint32_t *ids = arena_array(t->arena, uint32_t, now ? strlen(now) + 1 : 1);
	size_t n = 0;

	for (char *end; now; now = end) {
		uint32_t id = (uint32_t)strtoul(now, &end, 10);

		if (end == now)
			break;
		ids[n++] = target_id_inside(t, TARGET_GIDS, id);
	}
	return (struct idv){ ids, n };
}

static int user_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	int r = read_id(t, "Uid", TARGET_UIDS, want->user.uid, &have->user.uid);

	if (r != READ_FOUND)
		return r;
	if (want->user.keep_caps && want->user.uid == 0) {
		str_add(text, "it was root until it became the command's user");
		return READ_UNKNOWN;
	}
	r = read_id(t, "Gid", TARGET_GIDS, want->user.gid, &have->user.gid);
	have->user.groups = want->user.keep_groups ? want->user.groups : read_groups(t);
	return r;
}

/* Another one is what it became by a right that it has, or had: what that was, caps tells. */
static const struct field user_fields[] = {
	FIELD(U64, user, uid, .own = true),
	FIELD(U64, user, gid, .own = true),
	FIELD(IDS, user, groups, .compare = COMPARE_SET, .own = true),
	FIELD(BOOL, user, keep_groups, .compare = COMPARE_NOT),
	FIELD(BOOL, user, keep_caps, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_user = {
	.name = "user",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_COMMAND,
	.fields = user_fields,
	.apply = user_apply,
	.show = user_show,
	.read = user_read,
};

const struct step_user *plan_user(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_USER);

	return s ? &s->user : NULL;
}
