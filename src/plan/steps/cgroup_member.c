/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What ties the container's processes to its cgroups.
 *
 * Into v2 the first process is born (CLONE_INTO_CGROUP). Into a v1 cgroup it has to be moved, and there
 * are two ways. HOST writes its pid to cgroup.procs (cgroup-join): the kernel then holds up every fork and
 * exit of the machine (cgroup_threadgroup_rwsem), and the first such move waits for an RCU grace period.
 * Or the process, single-threaded as it is, writes 0 to tasks (cgroup-enter): Linux 5.5 and later do
 * without the lock then.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/v2.h"
#include "plan/live.h"
#include "plan/target.h"

/* ---- cgroup-join ---- */

static int cgroup_join_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = cgroup_join(s->cgroup_join.path, live->pid, e);

	return r < 0 ? r : cgroup_check_pids(s->cgroup_join.path, e);
}

static void cgroup_join_show(const struct step *s, struct str *out)
{
	str_addf(out, "echo $pid > %s/cgroup.procs\n", str_shell(out, s->cgroup_join.path));
}

/* of join and enter, whose data are the same: the cgroup of the same hierarchy where the process is */
static int cgroup_member_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	have->cgroup_join.path = target_cgroup_beside(t, want->cgroup_join.path);
	return have->cgroup_join.path ? READ_FOUND : READ_MISSING;
}

static const struct field cgroup_join_fields[] = {
	FIELD(STR, cgroup_join, path, .label = "its process is in", .same = cgroup_is_within),
	{ 0 },
};

const struct step_ops step_cgroup_join = {
	.name = "cgroup-join",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.on_cgroup = CGROUP_ENTERED,
	.cgroup = offsetof(struct step, cgroup_join.path),
	.fields = cgroup_join_fields,
	.apply = cgroup_join_apply,
	.show = cgroup_join_show,
	.read = cgroup_member_read,
};

/* ---- cgroup-enter ---- */

static int cgroup_enter_apply(const struct step *s, struct live *live, struct err *e)
{
	return cgroup_enter(s->cgroup_enter.path, e);
}

static void cgroup_enter_show(const struct step *s, struct str *out)
{
	str_addf(out, "echo 0 > %s/tasks\n", str_shell(out, s->cgroup_enter.path));
}

static const struct field cgroup_enter_fields[] = {
	FIELD(STR, cgroup_enter, path, .label = "its process is in", .same = cgroup_is_within),
	{ 0 },
};

const struct step_ops step_cgroup_enter = {
	.name = "cgroup-enter",
	.section = SECTION_LIMITS,
	.side = SIDE_INIT,
	.on_cgroup = CGROUP_ENTERED,
	.cgroup = offsetof(struct step, cgroup_enter.path),
	.fields = cgroup_enter_fields,
	.apply = cgroup_enter_apply,
	.show = cgroup_enter_show,
	.read = cgroup_member_read,
};

/* ---- cgroup-owner ---- */

static int cgroup_owner_apply(const struct step *s, struct live *live, struct err *e)
{
	return cgroup2_give(s->cgroup_owner.path, s->cgroup_owner.uid, e);
}

static void cgroup_owner_show(const struct step *s, struct str *out)
{
	const char *path = str_shell(out, s->cgroup_owner.path);

	str_addf(
		out,
		"chown %llu %s\n(cd %s; for f in $(cat /sys/kernel/cgroup/delegate); do [ ! -e $f ] || chown %llu $f; done)\n",
		(unsigned long long)s->cgroup_owner.uid, path, path, (unsigned long long)s->cgroup_owner.uid);
}

static int cgroup_owner_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct stat st;

	if (stat(want->cgroup_owner.path, &st) < 0)
		return READ_MISSING;
	have->cgroup_owner.uid = st.st_uid;
	return READ_FOUND;
}

static const struct field cgroup_owner_fields[] = { FIELD(STR, cgroup_owner, path, .compare = COMPARE_NAME),
						    FIELD(U64, cgroup_owner, uid),
						    { 0 } };

const struct step_ops step_cgroup_owner = {
	.name = "cgroup-owner",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.on_cgroup = CGROUP_CHANGED,
	.cgroup = offsetof(struct step, cgroup_owner.path),
	.fields = cgroup_owner_fields,
	.apply = cgroup_owner_apply,
	.show = cgroup_owner_show,
	.read = cgroup_owner_read,
};

/* ---- oom-score ---- */

static int oom_score_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[64], value[16];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", live->pid);
	snprintf(value, sizeof(value), "%lld", (long long)s->oom_score.value);
	r = io_write_small(AT_FDCWD, path, value);
	if (r == -EACCES || r == -EPERM)
		return err_set(e, "oom-score", -r, "set --oom-score-adj to %s", value),
		       err_hint(e,
				"lowering it takes CAP_SYS_RESOURCE; choose a value not below guise's own");
	return r < 0 ? err_set(e, "oom-score", -r, "write %s to %s", value, path) : 0;
}

static void oom_score_show(const struct step *s, struct str *out)
{
	str_addf(out, "echo %lld > /proc/$pid/oom_score_adj\n", (long long)s->oom_score.value);
}

static int oom_score_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[64], now[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", t->pid);
	if ((n = io_read_small(AT_FDCWD, path, now, sizeof(now))) < 0)
		return (int)n;
	have->oom_score.value = strtoll(now, NULL, 10);
	return READ_FOUND;
}

static const struct field oom_score_fields[] = { FIELD(I64, oom_score, value, .label = "oom_score_adj"),
						 { 0 } };

const struct step_ops step_oom_score = {
	.name = "oom-score",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.fields = oom_score_fields,
	.apply = oom_score_apply,
	.show = oom_score_show,
	.read = oom_score_read,
};
