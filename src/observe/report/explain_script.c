/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/explain_script.h"

#include <string.h>

#include "base/utf8.h"
#include "kernel/process/caps.h"

const struct world_process *script_here(const struct explanation *x)
{
	return world_process_of(x->world, (int64_t)x->world->self) ?: explain_host(x);
}

bool script_has_own(const struct explanation *x, int ns)
{
	const struct world_process *p = x->target->process, *here = script_here(x);

	return p && here && p->ns[ns] && here->ns[ns] && p->ns[ns] != here->ns[ns];
}

static void add_head(const struct explanation *x, struct str *out)
{
	const struct world_process *p = x->target->process;

	str_addf(
		out,
		"#!/bin/sh\n# An equal of %s, as commands that a person can type. Run as root: sh FILE [COMMAND [ARG...]]\n"
		"# NAME is what its network namespace is called. Its addresses are those of the first one: one of the\n"
		"# two answers, while both run. At the end of the command all is taken away again.\n"
		"set -e\nname=${NAME:-copy-%lld}\n[ $# -gt 0 ] || set --",
		str_visible(out, x->target->text), p ? (long long)p->pid : 0);
	for (size_t i = 0; p && i < p->argv.n; i++)
		str_addf(out, " %s", str_shell(out, p->argv.v[i]));
	str_add(out, p && p->argv.n ? "\n" : " sleep infinity\n");
	str_add(out,
		"first=\nexport name work=\"$(mktemp -d \"${TMPDIR:-/var/tmp}/copy.XXXXXX\")\"\nchmod 755 \"$work\"\n"
		"undo() {\n\t[ -z \"$first\" ] || kill -KILL \"$first\" || :\n\twait\n");
	script_cgroups_undo(x, out);
	str_add(out, "\trm -rf --one-file-system \"$work\"\n");
	if (script_has_own(x, WORLD_NS_NET))
		str_add(out, "\tip netns del \"$name\"\n");
	str_add(out, "}\ntrap undo EXIT\ntrap 'exit 130' INT\ntrap 'exit 143' TERM\n\n");
}

/* ---- the namespaces ---- */

static void add_start(const struct explanation *x, struct str *out)
{
	static const char *const option[WORLD_NS_COUNT] = {
		[WORLD_NS_CGROUP] = "cgroup", [WORLD_NS_IPC] = "ipc",
		[WORLD_NS_MNT] = "mount",     [WORLD_NS_PID] = "pid --fork --kill-child",
		[WORLD_NS_TIME] = "time",     [WORLD_NS_USER] = "user",
		[WORLD_NS_UTS] = "uts",
	};

	str_add(out,
		"# ---- the first process: into its cgroups, and into new namespaces\ncat >\"$work/start\" <<'START'\n");
	script_cgroups_enter(x, out);
	str_add(out, "exec");
	if (script_has_own(x, WORLD_NS_NET))
		str_add(out, " nsenter --net=\"/run/netns/$name\"");
	str_add(out, " unshare");
	for (int i = 0; i < WORLD_NS_COUNT; i++)
		if (option[i] && script_has_own(x, i))
			str_addf(out, " --%s", option[i]);
	str_add(out, " sh -e \"$work/init\" \"$@\"\nSTART\n\n");
}

/* ---- ids of a user namespace: written from outside, while init waits ---- */

static void add_map(const char *map, const char *file, struct str *out)
{
	str_addf(out, "\tprintf '");
	for (const char *p = map ?: ""; *p; p++)
		/* "0 1000 1, 1 100000 65536" */
		if (*p == ',')
			str_add(out, "\\n");
		else if (*p == ' ' || (*p >= '0' && *p <= '9'))
			str_addn(out, p, 1);
	str_addf(out, "\\n' >\"/proc/$pid/%s\"\n", file);
}

static void add_maps(const struct explanation *x, struct str *out)
{
	const struct world_process *p = x->target->process;

	if (!script_has_own(x, WORLD_NS_USER) || !p->uid_map || !*p->uid_map)
		return;
	str_add(out, "mkfifo -m 666 \"$work/pid\" \"$work/go\"\n{\n\tread -r pid <\"$work/pid\"\n");
	add_map(p->uid_map, "uid_map", out);
	add_map(p->gid_map, "gid_map", out);
	str_add(out, "\techo go >\"$work/go\"\n} &\n");
}

static void add_wait(const struct explanation *x, struct str *out)
{
	const struct world_process *p = x->target->process;

	if (script_has_own(x, WORLD_NS_USER) && p->uid_map && *p->uid_map)
		str_add(out,
			"read -r pid rest </proc/self/stat\necho \"$pid\" >\"$work/pid\"\nread -r go <\"$work/go\"\n");
}

/* ---- its rights ---- */

/* "+chown,+kill": one by one, since busybox knows no "all". */
static const char *caps(struct arena *a, uint64_t set, char sign)
{
	struct str text = { .arena = a }, *out = &text;

	for (int i = 0; i < CAPS_COUNT; i++) {
		if (!(set & CAPS_BIT(i)))
			continue;
		str_addf(out, "%s%c", out->len ? "," : "", sign);
		for (const char *c = caps_name(i) + 4; *c; c++)
			str_addf(out, "%c", *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	}
	return str_get(out);
}

static bool is_word(const char *text, const char *chars)
{
	return text && *text && strspn(text, chars) == strlen(text);
}

/* Those that its starter has not, too. Nobody may have a hard limit raised without CAP_SYS_RESOURCE: then it is told. */
static void add_limits(const struct explanation *x, struct str *out)
{
	const struct world_process *p = x->target->process, *here = script_here(x);

	for (size_t i = 0; i < p->n_limits; i++) {
		const struct world_setting *l = &p->limits[i];
		const char *had = here ? world_setting(here->limits, here->n_limits, l->name) : NULL;

		if (str_eq(l->value, had) || !is_word(l->name, "abcdefghijklmnopqrstuvwxyz") ||
		    !is_word(l->value, "0123456789:unlimted"))
			continue;
		str_addf(out, "prlimit --pid $$ --%s=%s || echo \"%s: not made\" >&2\n", l->name, l->value,
			 l->name);
	}
}

/* The bounding set goes here; what is still needed to change roots is inheritable until the end. */
static void add_last(const struct explanation *x, struct str *out)
{
	static const uint64_t until = CAPS_BIT(CAP_SYS_ADMIN) | CAPS_BIT(CAP_SYS_CHROOT) |
				      CAPS_BIT(CAP_SETPCAP) | CAPS_BIT(CAP_DAC_OVERRIDE);
	const struct world_process *p = x->target->process;
	bool root = script_has_root(x);

	str_addf(out, "exec setpriv --inh-caps=-all,%s setpriv --bounding-set=-all",
		 caps(out->arena, until, '+'));
	if (p->cap_bnd & CAPS_ALL)
		str_addf(out, ",%s", caps(out->arena, p->cap_bnd & CAPS_ALL, '+'));
	str_addf(out, " \\\n\tsh -ec '%sexec setpriv --inh-caps=%s%s \"$@\"' sh \"$@\"\n",
		 root ? "cd \"$root\"; pivot_root . .; umount -l .; cd /; " : "",
		 caps(out->arena, until, '-'), p->no_new_privs ? " --no-new-privs" : "");
}

void explain_script(const struct explanation *x, struct str *out)
{
	add_head(x, out);
	if (!x->target->process) {
		script_network(x, out);
		script_rules(x, out);
		str_add(out, "ip netns exec \"$name\" \"$@\"\n");
		return;
	}
	script_cgroups(x, out);
	if (script_has_own(x, WORLD_NS_NET)) {
		script_network(x, out);
		script_rules(x, out);
	}
	add_start(x, out);
	str_add(out, "# ---- what that does, before it becomes the command\ncat >\"$work/init\" <<'INIT'\n");
	add_wait(x, out);
	if (script_has_own(x, WORLD_NS_MNT) && script_has_own(x, WORLD_NS_NET))
		str_add(out, "umount -l \"/run/netns/$name\"\n");
	script_mounts(x, out);
	add_limits(x, out);
	add_last(x, out);
	str_add(out, "INIT\n\n");
	add_maps(x, out);
	str_add(out,
		"exec 3<&0\nsh -e \"$work/start\" \"$@\" <&3 3<&- &\nfirst=$!\nwait $first && status=0 || status=$?\n"
		"first=\nexit $status\n");
}
