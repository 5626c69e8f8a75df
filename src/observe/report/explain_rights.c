/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/caps.h"
#include "observe/report/explain.h"
#include "observe/report/rights.h"

/* What the dangerous ones permit, counted in the host's user namespace (capabilities(7)). */
static const struct {
	int cap;
	const char *permits;
} dangerous[] = {
	{ CAP_SYS_ADMIN, "mounting, namespaces, and most of what root is: the way to the host" },
	{ CAP_SYS_MODULE, "loading code into the kernel" },
	{ CAP_SYS_RAWIO, "ports and memory of the machine" },
	{ CAP_SYS_PTRACE, "reading and changing any process that it sees" },
	{ CAP_DAC_READ_SEARCH, "opening any file of a mounted file system by its handle" },
	{ CAP_SYS_BOOT, "rebooting the machine, and another kernel (kexec)" },
	{ CAP_SYS_TIME, "setting the machine's clock" },
	{ CAP_BPF, "programs in the kernel" },
	{ CAP_PERFMON, "watching the kernel and all processes" },
	{ CAP_SYSLOG, "reading the kernel's log and addresses" },
	{ CAP_NET_ADMIN, "links, addresses, routes and firewall of its network namespace" },
	{ CAP_NET_RAW, "any packet: pretending to be a neighbour on its bridge" },
	{ CAP_MKNOD, "device nodes: with a device allowed to its cgroup, that device" },
	{ CAP_MAC_ADMIN, "the policy of the security module" },
	{ CAP_MAC_OVERRIDE, "passing by the security module" },
	{ CAP_SYS_RESOURCE, "passing over quotas and limits" },
	{ CAP_AUDIT_CONTROL, "switching auditing off" },
};

const char *rights_permit(int cap)
{
	for (size_t i = 0; i < ARRAY_LEN(dangerous); i++)
		if (dangerous[i].cap == cap)
			return dangerous[i].permits;
	return NULL;
}

static const char *names_of(struct explanation *x, uint64_t set)
{
	struct str out = { .arena = x->arena };

	if ((set & CAPS_ALL) == CAPS_ALL)
		return "all";
	for (int i = 0; i < CAPS_COUNT; i++)
		if (set & CAPS_BIT(i))
			str_addf(&out, "%s%s", out.len ? " " : "", caps_name(i));
	return out.len ? str_get(&out) : "none";
}

static void add_set(struct explanation *x, const char *name, const char *line, uint64_t set)
{
	const struct world_process *p = x->target->process;
	struct explain_answer *a = explain_add(x, EXPLAIN_CAPABILITIES, name, names_of(x, set));

	explain_more(x, a, "mask", explain_say(x, "%016llx", (unsigned long long)set));
	a->from = explain_say(x, "/proc/%lld/status", (long long)p->pid);
	a->command = explain_say(x, "capsh --decode=$(awk '/^%s/{print $2}' %s)", line, a->from);
}

static void add_dangerous(struct explanation *x, const struct world_process *p)
{
	const struct world_process *host = explain_host(x);
	bool own = host && p->ns[WORLD_NS_USER] && host->ns[WORLD_NS_USER] != p->ns[WORLD_NS_USER];

	for (size_t i = 0; i < ARRAY_LEN(dangerous); i++) {
		struct explain_answer *a;

		if (!(p->cap_eff & CAPS_BIT(dangerous[i].cap)))
			continue;
		a = explain_add(x, EXPLAIN_CAPABILITIES, caps_name(dangerous[i].cap),
				explain_say(x, "permits %s%s", dangerous[i].permits,
					    own ? ", as far as its own user namespace owns it" : ""));
		explain_more(x, a, "permits", dangerous[i].permits);
		if (!own)
			a->warning = "dangerous";
		a->from = explain_say(x, "/proc/%lld/status", (long long)p->pid);
	}
}

static void add_security(struct explanation *x, const struct world_process *p)
{
	static const char *const modes[] = { "none: every system call may be made",
					     "strict: read, write, exit", "a filter" };
	struct explain_answer *a;

	a = explain_add(x, EXPLAIN_SECURITY, "seccomp",
			p->seccomp == 2 && p->seccomp_filters ?
				explain_say(x, "%llu filters", (unsigned long long)p->seccomp_filters) :
				modes[p->seccomp < ARRAY_LEN(modes) ? p->seccomp : 0]);
	explain_more(x, a, "mode", explain_say(x, "%llu", (unsigned long long)p->seccomp));
	a->from = explain_say(x, "/proc/%lld/status", (long long)p->pid);
	a->command = explain_say(x, "grep -i seccomp %s", a->from);
	a = explain_add(x, EXPLAIN_SECURITY, "no_new_privs",
			p->no_new_privs ? "on: set-user-id programs give it nothing" :
					  "off: set-user-id programs work");
	explain_more(x, a, "on", p->no_new_privs ? "true" : "false");
	a->from = explain_say(x, "/proc/%lld/status", (long long)p->pid);
	a->command = explain_say(x, "grep NoNewPrivs %s", a->from);
	a = explain_add(x, EXPLAIN_SECURITY, "label", p->label && *p->label ? p->label : "none");
	a->from = explain_say(x, "/proc/%lld/attr/current", (long long)p->pid);
	a->command = explain_cat(x, a->from);
}

void explain_rights(struct explanation *x)
{
	const struct world_process *p = x->target->process;

	if (!p)
		return;
	add_set(x, "effective", "CapEff", p->cap_eff);
	add_set(x, "permitted", "CapPrm", p->cap_prm);
	add_set(x, "bounding", "CapBnd", p->cap_bnd);
	add_set(x, "inheritable", "CapInh", p->cap_inh);
	add_set(x, "ambient", "CapAmb", p->cap_amb);
	add_dangerous(x, p);
	add_security(x, p);
}
