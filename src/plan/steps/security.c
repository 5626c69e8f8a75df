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

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/process/caps.h"
#include "kernel/process/proc.h"
#include "kernel/process/rlimit.h"
#include "kernel/process/stdio.h"
#include "plan/live.h"
#include "plan/look.h"
#include "plan/plan.h"

/* ---- rlimit ---- */

static int not_limited(const struct step *s, int no, struct err *e)
{
	err_set(e, "rlimit", no, "set --ulimit %s=%lld:%lld", s->rlimit.name, (long long)s->rlimit.soft,
		(long long)s->rlimit.hard);
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
	return setrlimit((int)s->rlimit.resource, &l) < 0 ? not_limited(s, errno, e) : 0;
}

/* Only up: what is lower INIT sets itself, when it needs no more for what it has to do, and may by then not raise. */
static int host_rlimit_apply(const struct step *s, struct live *live, struct err *e)
{
	enum __rlimit_resource what = (enum __rlimit_resource)s->rlimit.resource;
	struct rlimit l;

	if (prlimit(live->pid, what, NULL, &l) < 0)
		return not_limited(s, errno, e);
	if (l.rlim_max >= s->rlimit.hard && l.rlim_cur >= s->rlimit.soft)
		return 0;
	l.rlim_max = l.rlim_max < s->rlimit.hard ? s->rlimit.hard : l.rlim_max;
	l.rlim_cur = l.rlim_cur < s->rlimit.soft ? s->rlimit.soft : l.rlim_cur;
	return prlimit(live->pid, what, &l, NULL) < 0 ? not_limited(s, errno, e) : 0;
}

static void show_limit(uint64_t value, struct str *out)
{
	if (value == RLIM_INFINITY)
		str_add(out, "unlimited");
	else
		str_addf(out, "%llu", (unsigned long long)value);
}

static void show_rlimit(const struct step *s, const char *pid, const char *note, struct str *out)
{
	str_addf(out, "prlimit --pid %s --%s=", pid, s->rlimit.name);
	show_limit(s->rlimit.soft, out);
	str_add(out, ":");
	show_limit(s->rlimit.hard, out);
	str_addf(out, "%s\n", note);
}

static void rlimit_show(const struct step *s, struct str *out)
{
	show_rlimit(s, "$$", "", out);
}

static void host_rlimit_show(const struct step *s, struct str *out)
{
	show_rlimit(s, "$pid", "  # where that is more", out);
}

static enum finding rlimit_check(const struct step *s, struct live *live, struct str *text)
{
	uint64_t soft, hard;
	int r = rlimit_of(live->pid, (int)s->rlimit.resource, &soft, &hard);

	if (r < 0)
		return look_failed(r, "/proc/PID/limits", text);
	if (soft == s->rlimit.soft && hard == s->rlimit.hard)
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is ", s->rlimit.name);
	show_limit(soft, text);
	str_add(text, ":");
	show_limit(hard, text);
	/* below the hard one the soft one is the command's own (getrlimit(2)): some put it up at their start */
	return hard == s->rlimit.hard ? FOUND_UNKNOWN : FOUND_DIFFERENT;
}

static const struct field rlimit_fields[] = {
	FIELD(STR, rlimit, name),
	FIELD(I64, rlimit, resource),
	FIELD(U64, rlimit, soft),
	FIELD(U64, rlimit, hard),
	{ 0 },
};

const struct step_ops step_host_rlimit = {
	.name = "host-rlimit",
	.section = SECTION_SECURITY,
	.side = SIDE_HOST,
	.fields = rlimit_fields,
	.apply = host_rlimit_apply,
	.show = host_rlimit_show,
	.check = rlimit_check,
};

const struct step_ops step_rlimit = {
	.name = "rlimit",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = rlimit_fields,
	.apply = rlimit_apply,
	.show = rlimit_show,
	.check = rlimit_check,
};

/* ---- bounding set and capabilities ---- */

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
static enum finding check_caps(struct live *live, const char *line, uint64_t planned, struct str *text)
{
	uint64_t now;

	if (proc_status_hex(live->arena, live->pid, line, &now) < 0)
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

static enum finding bounding_check(const struct step *s, struct live *live, struct str *text)
{
	return check_caps(live, "CapBnd", s->bounding.keep, text);
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
		live->lender = s;
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
static enum finding caps_check(const struct step *s, struct live *live, struct str *text)
{
	const struct step *user = plan_last(live->plan, STEP_USER),
			  *bounding = plan_last(live->plan, STEP_BOUNDING);
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
		enum finding f = check_caps(live, want[i].line, want[i].set, text);

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

/* ---- user ---- */

static int user_apply(const struct step *s, struct live *live, struct err *e)
{
	/* always, also with none: the host user's supplementary groups must not come along. A user
	 * namespace without privilege forbids it, and has nothing to give away */
	if (!s->user.keep_groups && setgroups(s->user.n_groups, s->user.groups) < 0)
		return err_set(e, "user", errno, "set %llu supplementary groups",
			       (unsigned long long)s->user.n_groups);
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
	for (uint64_t i = 0; i < s->user.n_groups; i++)
		str_addf(out, " %u", s->user.groups[i]);
	str_add(out, s->user.n_groups ? "\n" : " none\n");
}

/* "Uid: 33 33 33 33": the real, effective, saved and file system's one. */
static bool check_ids(struct live *live, const char *line, const char *file, uint64_t id, struct str *text)
{
	const char *now = proc_status(live->arena, live->pid, line), *p = now ? now : "";
	int64_t want = look_id(live, file, id);
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
static bool check_groups(const struct step *s, struct live *live, struct str *text)
{
	const char *now = proc_status(live->arena, live->pid, "Groups"), *p = now ? now : "";
	uint64_t n = 0, wrong = 0;
	char *end;

	for (;; p = end, n++) {
		int64_t have = strtoll(p, &end, 10);
		bool planned = false;

		if (end == p)
			break;
		for (uint64_t i = 0; i < s->user.n_groups && !planned; i++)
			planned = look_id(live, "gid_map", s->user.groups[i]) == have;
		wrong += !planned;
	}
	if (n == s->user.n_groups && !wrong)
		return true;
	str_addf(text, "%sGroups: %s, of the host", text->len ? "; " : "", now && *now ? now : "none");
	return false;
}

static enum finding user_check(const struct step *s, struct live *live, struct str *text)
{
	bool same;

	if (s->user.keep_caps && s->user.uid == 0) {
		str_add(text, "it was root until it became the command's user");
		return FOUND_UNKNOWN;
	}
	/* another one is what it became by a right that it has, or had: what that was, caps tells */
	same = check_ids(live, "Uid", "uid_map", s->user.uid, text);
	same = check_ids(live, "Gid", "gid_map", s->user.gid, text) && same;
	if (!s->user.keep_groups)
		same = check_groups(s, live, text) && same;
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

/* ---- no_new_privs and seccomp ---- */

static int no_new_privs_apply(const struct step *s, struct live *live, struct err *e)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ?
		       err_set(e, "no-new-privs", errno, "set no_new_privs") :
		       0;
}

static void no_new_privs_show(const struct step *s, struct str *out)
{
	str_add(out, "# no_new_privs: no set-user-id program and no file capability gives more\n");
}

static enum finding no_new_privs_check(const struct step *s, struct live *live, struct str *text)
{
	uint64_t on;

	if (proc_status_hex(live->arena, live->pid, "NoNewPrivs", &on) < 0)
		return FOUND_MISSING;
	return on ? FOUND_AS_PLANNED : FOUND_MISSING;
}

const struct step_ops step_no_new_privs = {
	.name = "no-new-privs",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.apply = no_new_privs_apply,
	.show = no_new_privs_show,
	.check = no_new_privs_check,
};

/* STEP_EXEC loads it, when it has prepared all else: plan/steps/exec.c. */
static int seccomp_apply(const struct step *s, struct live *live, struct err *e)
{
	live->filter = s;
	return 0;
}

static void seccomp_show(const struct step *s, struct str *out)
{
	str_addf(out, "# seccomp: the system calls that the profile %s allows; no shell command loads one\n",
		 str_shell_comment(out, s->seccomp.profile));
	if (s->seccomp.listener)
		str_addf(out, "# its listener (seccomp_unotify(2)) is sent to %s\n",
			 str_shell_comment(out, s->seccomp.listener));
}

/* Whether there is a filter. Which one, only who stops the process and traces it learns
 * (PTRACE_SECCOMP_GET_FILTER): looking must not do that. */
static enum finding seccomp_check(const struct step *s, struct live *live, struct str *text)
{
	uint64_t mode;

	if (proc_status_hex(live->arena, live->pid, "Seccomp", &mode) < 0)
		return FOUND_MISSING;
	return mode == 2 ? FOUND_AS_PLANNED : FOUND_MISSING;
}

static const struct field seccomp_fields[] = {
	FIELD(STR, seccomp, profile),
	FIELD(MAYBE, seccomp, listener),
	FIELD(MAYBE, seccomp, metadata),
	{ 0 },
};

const struct step_ops step_seccomp = {
	.name = "seccomp",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = seccomp_fields,
	.apply = seccomp_apply,
	.show = seccomp_show,
	.check = seccomp_check,
};
