/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Is it in effect root on the host? Not its uid alone decides: root of another user namespace is nobody there, and root
 * with few capabilities can do little. Each reason is an answer; the first one is the sum of them.
 */
#include <string.h>

#include "kernel/process/caps.h"
#include "observe/report/explain_script.h"
#include "observe/report/rights.h"

struct reasons {
	struct explanation *x;
	bool full, partly;
};

static void add_reason(struct reasons *r, const char *name, const char *value, const char *file)
{
	struct explain_answer *a = explain_add(r->x, EXPLAIN_HOST_ROOT, name, value);

	a->from = explain_say(r->x, "/proc/%lld/%s", (long long)r->x->target->process->pid, file);
}

static bool shares(const struct explanation *x, int ns)
{
	const struct world_process *p = x->target->process, *host = explain_host(x);

	return host && p->ns[ns] && host->ns[ns] == p->ns[ns];
}

/* Capabilities with which one comes out of any other namespace. */
static void by_capabilities(struct reasons *r)
{
	static const int ways[] = { CAP_SYS_ADMIN,       CAP_SYS_MODULE, CAP_SYS_RAWIO,
				    CAP_DAC_READ_SEARCH, CAP_SYS_BOOT,   CAP_BPF };
	const struct world_process *p = r->x->target->process;

	if (!shares(r->x, WORLD_NS_USER))
		return;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (!(p->cap_eff & CAPS_BIT(ways[i])))
			continue;
		r->full = true;
		add_reason(r, caps_name(ways[i]), explain_say(r->x, "it has it: %s", rights_permit(ways[i])),
			   "status");
	}
	if (shares(r->x, WORLD_NS_PID) && (p->cap_eff & CAPS_BIT(CAP_SYS_PTRACE))) {
		r->full = true;
		add_reason(r, "CAP_SYS_PTRACE", "it has it, and sees the host's processes", "status");
	}
}

static void by_files(struct reasons *r)
{
	struct explanation *x = r->x;
	const struct world_process *p = x->target->process;

	if (p->euid == 0 && shares(x, WORLD_NS_USER) && script_has_hosts_root(x)) {
		r->full = true;
		add_reason(r, "files", "it is uid 0, and its root is the host's: all files are its own",
			   "mountinfo");
	}
	for (size_t i = 0; i < x->topic[EXPLAIN_MOUNTS].n; i++) {
		const struct explain_answer *m = &x->topic[EXPLAIN_MOUNTS].v[i];

		if (!m->warning || (p->euid != 0 && strstr(m->warning, "file system")))
			continue;
		r->full = true;
		add_reason(r, m->name, m->warning, "mountinfo");
	}
}

static void by_id(struct reasons *r)
{
	const struct world_process *p = r->x->target->process;

	if (!shares(r->x, WORLD_NS_USER)) {
		add_reason(r, "user namespace",
			   p->euid ? explain_say(r->x,
						 "its own: on the host it is uid %llu, whatever it is inside",
						 (unsigned long long)p->euid) :
				     "its own, but uid 0 of the host is in it",
			   "uid_map");
		r->partly = r->partly || p->euid == 0;
		return;
	}
	if (p->euid == 0) {
		r->partly = true;
		add_reason(
			r, "uid",
			"it is uid 0, and no user namespace of its own makes that another one on the host: files that it "
			"reaches there it may write, as the host's root",
			"uid_map");
	} else {
		add_reason(r, "uid", explain_say(r->x, "%llu, not root", (unsigned long long)p->euid),
			   "status");
	}
}

void explain_host_root(struct explanation *x)
{
	struct reasons r = { .x = x };
	struct explain_answer *a;

	if (!x->target->process)
		return;
	if (!x->target->process->ns[WORLD_NS_USER]) {
		explain_add(x, EXPLAIN_HOST_ROOT, "verdict", "unknown: its namespaces may not be looked at");
		return;
	}
	explain_add(x, EXPLAIN_HOST_ROOT, "verdict", "no");
	by_id(&r);
	by_capabilities(&r);
	by_files(&r);
	a = &x->topic[EXPLAIN_HOST_ROOT].v[0];
	if (r.full)
		a->value = "yes";
	else if (r.partly)
		a->value = "partly: it is the host's uid 0, but without what leads out of its namespaces";
	explain_more(x, a, "root", r.full ? "yes" : r.partly ? "partly" : "no");
}
