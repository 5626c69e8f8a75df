/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The plan as a script that makes an equal container.
 *
 * It is the plan in its own order. What HOST does is the script itself; what INIT does is a second script,
 * run by unshare(1) as the first process of the new namespaces. A shell cannot change its own namespaces:
 * where a step does, the second script ends by executing the third through unshare or nsenter, which keeps
 * the process and so its pid 1. The last steps, which take rights away, cannot be single commands either,
 * since a shell could do nothing after them: they become setpriv(1) lines. The bounding set is the host's
 * setpriv's, before the change of roots, and what the rest needs is inheritable until then: so a root with
 * no more than busybox will do, unless another user has to be become. The container's end is that of the
 * script, which then takes away what guise would: plan_undo(), printed.
 */
#include "plan/plan.h"

#include <string.h>

#include "kernel/process/caps.h"

static void show_note(const struct step *s, struct str *out)
{
	if (s->note)
		str_addf(out, "# %s\n", s->note);
}

/* ---- the command line of the container's end ---- */

/* "+chown,+kill" */
static void add_caps(uint64_t set, char sign, struct str *out)
{
	const char *separator = "";

	for (int i = 0; i < CAPS_COUNT; i++) {
		if (!(set & CAPS_BIT(i)))
			continue;
		str_addf(out, "%s%c", separator, sign);
		for (const char *c = caps_name(i) + 4; *c; c++)
			str_addf(out, "%c", *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
		separator = ",";
	}
}

/* To change roots, make the working directory and become the user. */
static const uint64_t until_exec = CAPS_BIT(CAP_SYS_ADMIN) | CAPS_BIT(CAP_DAC_OVERRIDE) |
				   CAPS_BIT(CAP_SETUID) | CAPS_BIT(CAP_SETGID) | CAPS_BIT(CAP_SETPCAP);

static void add_user(const struct step_user *user, struct str *out)
{
	str_addf(out, " --reuid=%llu --regid=%llu", (unsigned long long)user->uid,
		 (unsigned long long)user->gid);
	if (!user->groups.n) {
		str_add(out, user->keep_groups ? " --keep-groups" : " --clear-groups");
		return;
	}
	for (uint64_t i = 0; i < user->groups.n; i++)
		str_addf(out, "%s%u", i ? "," : " --groups=", user->groups.v[i]);
}

static void script_exec(const struct plan *p, struct str *out)
{
	const struct step_user *user = plan_user(p);
	const struct step_exec *exec = plan_exec(p);

	for (size_t i = 0; i < p->count; i++)
		if (step_ops(p->steps[i].kind)->script == SCRIPT_REMARK)
			step_ops(p->steps[i].kind)->show(&p->steps[i], out);
	if (exec->init)
		str_add(out,
			"# --init: below a small init that reaps and forwards signals, as tini(1) or catatonit(1)\n");
	str_add(out, "umask 022\nexec setpriv");
	if (plan_no_new_privs(p))
		str_add(out, " --no-new-privs");
	str_add(out, " --inh-caps=");
	add_caps(until_exec, '-', out); /* one by one, as busybox knows them */
	if (user->uid)
		add_user(user, out);
	str_add(out, " \\\n\tenv -i");
	for (size_t i = 0; i < exec->env.n; i++) {
		str_add(out, " ");
		str_add_shell(out, exec->env.v[i]);
	}
	str_add(out, " \\\n\t");
	for (size_t i = 0; i < exec->argv.n; i++) {
		str_add(out, i ? " " : "");
		str_add_shell(out, exec->argv.v[i]);
	}
	str_add(out, "\n");
}

/* ---- INIT ---- */

/* Root's user and groups can be had here, too. With CAP_SETPCAP both can be kept inheritable and left out
 * of the bounding set, in this order. */
static void give_up_caps(const struct plan *p, struct str *out)
{
	const struct step_bounding *bounding = plan_bounding(p);
	const struct step_user *user = plan_user(p);

	str_add(out, "exec setpriv");
	if (!user->uid)
		add_user(user, out);
	str_add(out, " --inh-caps=-all,");
	add_caps(until_exec, '+', out);
	str_addf(out, " \\\n\tsetpriv --bounding-set=-all%s", bounding->keep ? "," : "");
	add_caps(bounding->keep, '+', out);
}

/* The step's namespace is entered, or rights are given up, by a program that then executes the next part. */
static void next_part(const struct plan *p, const struct step *s, unsigned *part, struct str *out)
{
	const struct step_ops *ops = step_ops(s->kind);

	if (ops->show_enter)
		ops->show_enter(s, out);
	else
		give_up_caps(p, out);
	++*part;
	str_addf(out, " sh -e \"$work/init%u\"\nINIT\ncat >\"$work/init%u\" <<'INIT'\n", *part, *part);
}

static void show_early(const struct plan *p, struct str *out)
{
	for (size_t i = 0; i < p->count; i++)
		if (step_ops(p->steps[i].kind)->script == SCRIPT_EARLY)
			step_ops(p->steps[i].kind)->show(&p->steps[i], out);
}

static void script_init(const struct plan *p, struct str *out)
{
	unsigned part = 0;

	str_add(out, "# ---- what the container's first process does, before it becomes the command\n");
	str_add(out, "cat >\"$work/init0\" <<'INIT'\n");
	/* the procfs that is still mounted is the host's, and shows this shell under its pid there */
	str_add(out, "read -r pid rest </proc/self/stat\necho \"$pid\" >\"$work/pid\"\n");
	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);
		bool pivot = ops->script == SCRIPT_PIVOT;

		if (ops->side != SIDE_INIT ||
		    (ops->script != SCRIPT_LINES && ops->script != SCRIPT_ROOT && !pivot))
			continue;
		if (pivot)
			show_early(p, out);
		if (pivot || ops->show_enter)
			next_part(p, s, &part, out);
		show_note(s, out);
		if (!ops->show_enter)
			ops->show(s, out);
		if (ops->script == SCRIPT_ROOT)
			str_add(out, "export root\n");
	}
	script_exec(p, out);
	str_add(out, "INIT\n\n");
}

/* ---- HOST ---- */

static void script_unshare(const struct step_process *s, struct str *out)
{
	static const char *const option[NS_COUNT] = {
		"pid --fork --kill-child", "mount", "uts", "ipc", "net", "cgroup", "user", "time"
	};

	str_add(out, "# ---- the first process, in new namespaces");
	str_add(out, "\nmkfifo \"$work/pid\" \"$work/ready\"\nexport work\nexec 3<&0\n(\n");
	if (s->cgroup && !s->moved)
		str_addf(out,
			 "\t# born in its cgroup: clone3(2) with CLONE_INTO_CGROUP does it in one step\n"
			 "\tread -r self rest </proc/self/stat; echo $self > %s/cgroup.procs\n",
			 str_shell(out, s->cgroup));
	str_add(out, "\texec ");
	if (s->join_pid)
		str_addf(out, "nsenter --pid=%s ", str_shell(out, s->join_pid));
	str_add(out, "unshare");
	for (int i = 0; i < NS_COUNT; i++)
		if (s->flags & ns_flag[i])
			str_addf(out, " --%s", option[i]);
	str_add(out, " sh -e \"$work/init0\"\n) <&3 &\nfirst=$!\nread -r pid <\"$work/pid\"\n\n");
}

static void script_host(const struct plan *p, bool behind, struct str *out)
{
	bool now = !behind;

	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];

		if (step_ops(s->kind)->clone) {
			now = behind;
			continue;
		}
		if (!now || step_ops(s->kind)->side != SIDE_HOST)
			continue;
		show_note(s, out);
		step_ops(s->kind)->show(s, out);
	}
	str_add(out, "\n");
}

static void script_undo(const struct plan *p, struct str *out)
{
	str_add(out,
		"# ---- the way back, taken at the end, also after a failure: backwards, and what containers share stays as long\n"
		"# as another uses it\nundo() {\n[ -z \"$first\" ] || kill -KILL \"$first\" 2>/dev/null || :\nwait\n");
	for (size_t i = p->count; i-- > 0;)
		if (step_ops(p->steps[i].kind)->show_undo)
			step_ops(p->steps[i].kind)->show_undo(&p->steps[i], out);
	str_add(out, "rm -rf \"$work\"\n}\n");
}

static void script_begin(const struct plan *p, struct str *out)
{
	for (size_t i = 0; i < p->count; i++)
		if (step_ops(p->steps[i].kind)->show_begin)
			step_ops(p->steps[i].kind)->show_begin(&p->steps[i], out);
	str_add(out,
		"work=$(mktemp -d) first=\ntrap undo EXIT\ntrap 'exit 130' INT\ntrap 'exit 143' TERM\n\n");
}

void plan_script(const struct plan *p, const char *name, struct str *out)
{
	str_addf(
		out,
		"#!/bin/sh\n# %s: what guise run does, as commands that a person can type. Run as root: sh -e FILE\n"
		"# Needs util-linux, iproute2 and nftables here, and umount, mkdir, setpriv and env in the root: busybox has them,\n"
		"# and for a user other than root util-linux.\nset -e\n\n",
		str_shell_comment(out, name));
	script_undo(p, out);
	script_begin(p, out);
	str_add(out, "# ---- limits, and the network that containers share\n");
	script_host(p, false, out);
	script_init(p, out);
	script_unshare(plan_process(p), out);
	str_add(out, "# ---- what needs the new process: it waits\n");
	script_host(p, true, out);
	str_add(out,
		"echo go >\"$work/ready\"\nwait $first && status=0 || status=$?\nfirst=\nexit $status\n");
}
