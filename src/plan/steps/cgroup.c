/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Limits: the container's cgroups, their files, and which devices may be used. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/devfilter.h"
#include "kernel/cgroup/mark.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"
#include "kernel/cgroup/value.h"
#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

/* How long processes that were killed may take to leave the cgroup. */
enum { EMPTY_TIMEOUT_MS = 5000, SHARED_TIMEOUT_MS = 2000, END_TIMEOUT_MS = 10000 };

/* ---- cgroup ---- */

/* A container in a cgroup that is frozen would never start, and nobody would see why. */
static int make_cgroup(const struct step_cgroup *s, const struct live *live, struct err *e)
{
	const char *path = s->path;
	int r = s->shared ? cgroup_ensure(path, e) : cgroup_make(path, e);

	if (r == 0 && live->owner)
		cgroup_mark_owner(path, live->owner);
	if (r == 1 && cgroup_is_frozen(path))
		return err_set(e, "cgroup-frozen", EBUSY, "use cgroup %s", path),
		       err_cause(e, "it exists already, and is frozen"),
		       err_hint(e, "thaw it, or choose another cgroupsPath");
	return r < 0 ? r : 0;
}

static int cgroup_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = make_cgroup(&s->cgroup, live, e);

	if (r == 0 && s->cgroup.wanted)
		cgroup2_enable_wanted(s->cgroup.base, s->cgroup.path, s->cgroup.wanted);
	if (r == 0 && s->cgroup.controllers)
		r = cgroup2_enable(s->cgroup.base, s->cgroup.path, s->cgroup.controllers, e);
	if (r == 0 && s->cgroup.cpuset)
		r = cgroup1_cpuset_inherit(s->cgroup.base, s->cgroup.path, e);
	return r;
}

/* How much of its path is the base, which is there already. */
static size_t base_len(const struct step_cgroup *s)
{
	return s->base && str_after(s->path, s->base) ? strlen(s->base) : 0;
}

/* How much of it is the next directory, from one that is `len` of it. */
static size_t next_len(const char *path, size_t len)
{
	return len + 1 + strcspn(path + len + 1, "/");
}

static const char *show_part(const char *path, size_t len, const struct str *out)
{
	return str_shell(out, arena_strndup(out->arena, path, len));
}

/* In the directories from base to the one above. */
static void show_enable(const struct step_cgroup *s, const char *controllers, const char *or_not,
			struct str *out)
{
	const char *path = s->path;

	for (size_t n = base_len(s); path[n]; n = next_len(path, n))
		str_addf(out, "for c in %s; do echo +$c > %s/cgroup.subtree_control%s; done\n", controllers,
			 show_part(path, n, out), or_not);
}

/* In those below base, and its own. */
static void show_cpuset(const struct step_cgroup *s, struct str *out)
{
	const char *path = s->path;

	for (size_t n = base_len(s); path[n];) {
		const char *part = show_part(path, n = next_len(path, n), out);

		str_addf(out,
			 "for f in cpuset.cpus cpuset.mems; do [ -s %s/$f ] && [ \"$(cat %s/$f)\" ] || "
			 "cat %s/../$f > %s/$f; done\n",
			 part, part, part, part);
	}
}

static void cgroup_show(const struct step *s, struct str *out)
{
	str_addf(out, "mkdir -p %s\n", str_shell(out, s->cgroup.path));
	if (s->cgroup.wanted)
		show_enable(&s->cgroup, s->cgroup.wanted, " || :", out);
	if (s->cgroup.controllers)
		show_enable(&s->cgroup, s->cgroup.controllers, "", out);
	if (s->cgroup.cpuset)
		show_cpuset(&s->cgroup, out);
}

/* With those above it that were not there when this was planned, as far as they are empty. */
static void cgroup_show_undo(const struct step *s, struct str *out)
{
	size_t top = s->cgroup.topmost ? strlen(s->cgroup.topmost) : SIZE_MAX;

	const char *whole = str_shell(out, s->cgroup.path);

	str_addf(out, "[ ! -e %s ] || rmdir %s || :\n", whole, whole);
	for (const char *slash = strrchr(s->cgroup.path, '/'); (size_t)(slash - s->cgroup.path) >= top;
	     slash = memrchr(s->cgroup.path, '/', (size_t)(slash - s->cgroup.path)))
		str_addf(out, "rmdir %s 2>/dev/null || :\n",
			 show_part(s->cgroup.path, (size_t)(slash - s->cgroup.path), out));
}

static int cgroup_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return access(want->cgroup.path, F_OK) == 0 ? READ_FOUND : READ_MISSING;
}

/* Is there a process in it that nobody has killed? One of a pid namespace that is not ours to see is 0. */
static bool has_others(const char *path, struct live *live)
{
	pid_t *pids;
	size_t n;

	if (cgroup_pids(live->arena, path, &pids, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!pids[i] || (proc_exists(pids[i]) && !proc_is_dying(pids[i])))
			return true;
	return false;
}

static int cgroup_undo(const struct step *s, struct live *live, struct err *e)
{
	struct pollfd end = { .fd = live->pidfd, .events = POLLIN };
	unsigned timeout = s->cgroup.shared ? SHARED_TIMEOUT_MS : EMPTY_TIMEOUT_MS;
	int r;

	/* ours are waited for, who are killed when it comes to this; not others, who may use it as long as
	 * they like */
	if (s->cgroup.shared && live->pidfd >= 0)
		poll(&end, 1, END_TIMEOUT_MS);
	if (s->cgroup.shared && has_others(s->cgroup.path, live)) {
		timeout = live->unseen ? timeout : 0;
		live->unseen = false; /* it leaves all at once: who is there then is another's */
	}
	r = cgroup_remove(s->cgroup.path, s->cgroup.topmost, timeout, e);

	/* others use it, too: who made it, or who comes last, will remove it */
	return r == -EBUSY && s->cgroup.shared ? 0 : r;
}

/* All but the path is how it is made and taken away again. What controllers came of it the limits tell. */
static const struct field cgroup_fields[] = {
	FIELD(STR, cgroup, path, .compare = COMPARE_NAME),
	FIELD(MAYBE, cgroup, base, .compare = COMPARE_NOT),
	FIELD(MAYBE, cgroup, controllers, .compare = COMPARE_NOT),
	FIELD(MAYBE, cgroup, wanted, .compare = COMPARE_NOT),
	FIELD(MAYBE, cgroup, topmost, .compare = COMPARE_NOT),
	FIELD(BOOL, cgroup, cpuset, .compare = COMPARE_NOT),
	FIELD(BOOL, cgroup, shared, .compare = COMPARE_NOT),
	{ 0 },
};

/* It would be taken for the script's own, and taken away. */
static void cgroup_show_begin(const struct step *s, struct str *out)
{
	const char *path = s->cgroup.path;
	const char *said = arena_printf(
		out->arena, "%s is there: a container of this script runs, or was left behind", path);

	if (!s->cgroup.shared)
		str_addf(out, "[ ! -e %s ] || {\n\techo %s >&2\n\texit 1\n}\n", str_shell(out, path),
			 str_shell(out, said));
}

const struct step_ops step_cgroup = {
	.name = "cgroup",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.on_cgroup = CGROUP_MADE,
	.cgroup = offsetof(struct step, cgroup.path),
	.fields = cgroup_fields,
	.apply = cgroup_apply,
	.show = cgroup_show,
	.show_undo = cgroup_show_undo,
	.read = cgroup_read,
	.undo = cgroup_undo,
	.show_begin = cgroup_show_begin,
};

/* ---- cgroup-set ---- */

static int cgroup_set_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = cgroup_set(s->cgroup_set.path, s->cgroup_set.file, s->cgroup_set.value, e);

	return r == -ENOENT && s->cgroup_set.optional ? 0 : r;
}

static void cgroup_set_show(const struct step *s, struct str *out)
{
	const char *file =
		str_shell(out, arena_printf(out->arena, "%s/%s", s->cgroup_set.path, s->cgroup_set.file));

	if (s->cgroup_set.optional)
		str_addf(out, "[ ! -e %s ] || ", file);
	str_addf(out, "echo %s > %s\n", str_shell(out, s->cgroup_set.value), file);
}

static int cgroup_set_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	enum { FILE_MAX = 1 << 20 };
	autoclose int dir = open(want->cgroup_set.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *now;

	if (dir < 0)
		return READ_MISSING;
	if (io_read_file(t->arena, dir, want->cgroup_set.file, FILE_MAX, &now, NULL) < 0)
		return want->cgroup_set.optional ? READ_NEEDLESS : READ_MISSING;
	have->cgroup_set.value = now;
	return READ_FOUND;
}

/* A new cgroup goes as a whole; one that was changed gets back what it had. */
static int cgroup_set_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = s->cgroup_set.was ? cgroup_set(s->cgroup_set.path, s->cgroup_set.file, s->cgroup_set.was, e) :
				    0;

	return r == -ENOENT ? 0 : r;
}

/* was: for undo */
static const struct field cgroup_set_fields[] = {
	FIELD(STR, cgroup_set, path, .compare = COMPARE_KEY),
	FIELD(STR, cgroup_set, file, .compare = COMPARE_NAME),
	FIELD(STR, cgroup_set, value, .same = cgroup_shows),
	FIELD(MAYBE, cgroup_set, was, .compare = COMPARE_NOT),
	FIELD(BOOL, cgroup_set, optional, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_cgroup_set = {
	.name = "cgroup-set",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.on_cgroup = CGROUP_CHANGED,
	.cgroup = offsetof(struct step, cgroup_set.path),
	.fields = cgroup_set_fields,
	.apply = cgroup_set_apply,
	.show = cgroup_set_show,
	.read = cgroup_set_read,
	.undo = cgroup_set_undo,
};

/* ---- cgroup-devices ---- */

/* "allow c 1:3 rwm", as the builder writes it; NULL and e if one is anything else. */
static struct dev_rule *parse_rules(const struct step_cgroup_devices *s, struct arena *a, struct err *e)
{
	size_t n = s->rules.n;
	struct dev_rule *rules = arena_array(a, struct dev_rule, n + 1);

	for (size_t i = 0; i < n; i++) {
		const char *text = s->rules.v[i], *rest = strchr(text, ' ');

		rules[i].allow = str_after(text, "allow ") != NULL;
		if (!rest || dev_rule_parse(rest + 1, &rules[i]) < 0) {
			err_set(e, "device-rule", EINVAL, "read device rule '%s'", text);
			return NULL;
		}
	}
	return rules;
}

static int cgroup_devices_apply(const struct step *s, struct live *live, struct err *e)
{
	size_t n = s->cgroup_devices.rules.n;
	struct dev_rule *rules = parse_rules(&s->cgroup_devices, live->arena, e);

	if (!rules)
		return -e->no;
	if (s->cgroup_devices.v1)
		return devfilter_write_v1(live->arena, s->cgroup_devices.path, rules, n, e);
	autoclose int fd = cgroup_open(s->cgroup_devices.path, e);
	return fd < 0 ? fd : devfilter_attach(live->arena, fd, rules, n, e);
}

static void cgroup_devices_show(const struct step *s, struct str *out)
{
	if (!s->cgroup_devices.v1)
		str_addf(out, "# a BPF program attached to %s, no shell command does that, with the rules:\n",
			 str_shell_comment(out, s->cgroup_devices.path));
	for (size_t i = 0; i < s->cgroup_devices.rules.n; i++) {
		const char *rule = s->cgroup_devices.rules.v[i];
		int verb = (int)strcspn(rule, " ");

		if (!s->cgroup_devices.v1)
			str_addf(out, "#   %s\n", rule);
		else
			str_addf(out, "echo '%s' > %s/devices.%.*s\n", rule + verb + (rule[verb] != '\0'),
				 str_shell(out, s->cgroup_devices.path), verb, rule);
	}
}

/* The rows of devices.list, "a *:* rwm": what is allowed, whatever rules led there. */
static struct strv devices_allowed(struct arena *a, char *list)
{
	struct strv rules = { 0 };

	for (char *row; (row = strsep(&list, "\n"));)
		if (*row)
			arena_push(a, rules.v, rules.n, arena_printf(a, "allow %s", row));
	return rules;
}

static int read_devices_v1(const struct step_cgroup_devices *want, struct target *t, struct dev_rule *rules,
			   int dir, struct strv *have)
{
	enum { LIST_MAX = 1 << 20 };
	char *list;

	if (io_read_file(t->arena, dir, "devices.list", LIST_MAX, &list, NULL) < 0)
		return READ_MISSING;
	*have = devfilter_same_v1(t->arena, list, rules, want->rules.n) ? want->rules :
									  devices_allowed(t->arena, list);
	return READ_FOUND;
}

/* A program of v2 can't be read as rules: but whether it is the one that these rules make. */
static int cgroup_devices_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct step_cgroup_devices *s = &want->cgroup_devices;
	autoclose int fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = { 0 };
	struct dev_rule *rules = parse_rules(s, t->arena, &e);
	char line[512];
	int r;

	if (fd < 0 || !rules)
		return READ_MISSING;
	if (s->v1)
		return read_devices_v1(s, t, rules, fd, &have->cgroup_devices.rules);
	have->cgroup_devices.rules = s->rules;
	r = devfilter_check(t->arena, fd, rules, s->rules.n, &e);
	if (r == -ENOENT)
		str_add(text, "no BPF program is attached to the cgroup");
	else if (r == -ESTALE)
		str_add(text, "another BPF program is attached to the cgroup");
	else if (r < 0)
		str_add(text, err_line(&e, line, sizeof(line)));
	return r == 0 ? READ_FOUND : r == -ENOENT ? READ_MISSING : r == -ESTALE ? READ_CHANGED : READ_UNKNOWN;
}

static const struct field cgroup_devices_fields[] = {
	FIELD(STR, cgroup_devices, path, .compare = COMPARE_KEY),
	FIELD(STRV, cgroup_devices, rules),
	FIELD(BOOL, cgroup_devices, v1, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_cgroup_devices = {
	.name = "cgroup-devices",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.on_cgroup = CGROUP_CHANGED,
	.cgroup = offsetof(struct step, cgroup_devices.path),
	.fields = cgroup_devices_fields,
	.apply = cgroup_devices_apply,
	.show = cgroup_devices_show,
	.read = cgroup_devices_read,
};

const struct step_cgroup *plan_next_cgroup(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_CGROUP, at);

	return s ? &s->cgroup : NULL;
}

const struct step_cgroup_set *plan_next_cgroup_set(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_CGROUP_SET, at);

	return s ? &s->cgroup_set : NULL;
}
