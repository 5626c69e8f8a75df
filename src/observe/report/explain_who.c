/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/explain.h"

/* An argv as a shell would take it. */
static const char *command_line(struct explanation *x, const struct world_process *p)
{
	struct str out = { .arena = x->arena };

	for (size_t i = 0; i < p->argv.n; i++) {
		str_add(&out, i ? " " : "");
		str_add_shell(&out, p->argv.v[i]);
	}
	return out.len ? str_get(&out) : explain_say(x, "[%s]", p->comm ?: "");
}

static void add_container(struct explanation *x, const struct world_container *c)
{
	struct explain_answer *a;
	const char *ref = explain_word(x, c->name ?: c->id);

	a = explain_add(x, EXPLAIN_WHO, "container",
			explain_say(x, "%s of %s, %s", c->name ?: c->id, c->engine, c->status ?: "unknown"));
	explain_more(x, a, "engine", c->engine);
	explain_more(x, a, "id", c->id);
	explain_more(x, a, "status", c->status);
	a->from = c->cgroup ? explain_say(x, "cgroup %s", c->cgroup) : "its engine's state files";
	if (str_eq(c->engine, "docker") || str_eq(c->engine, "podman") || str_eq(c->engine, "guise"))
		a->command = explain_say(x, "%s inspect %s", c->engine, ref);
	else if (str_eq(c->engine, "guise-oci"))
		a->command = explain_say(x, "guise-oci state %s", ref);
	else if (str_eq(c->engine, "lxc"))
		a->command = explain_say(x, "lxc-info -n %s", ref);
	else if (str_eq(c->engine, "containerd"))
		a->command = explain_say(x, "ctr -n %s container info %s",
					 world_setting(c->hints, c->n_hints, "namespace") ?: "k8s.io",
					 explain_word(x, c->id));
	if (c->image)
		explain_add(x, EXPLAIN_WHO, "image", c->image)->from = a->from;
}

static const struct world_process *first_of(const struct world *w, uint64_t pidns)
{
	for (size_t i = 0; pidns && i < w->n_processes; i++)
		if (w->processes[i].ns[WORLD_NS_PID] == pidns && w->processes[i].ns_pid == 1)
			return &w->processes[i];
	return NULL;
}

/* Who PID 1 is: orphans become its children, signals without a handler do not reach it, and all end with it. */
static void add_init(struct explanation *x, const struct world_process *p)
{
	const struct world_process *first = first_of(x->world, p->ns[WORLD_NS_PID]);
	struct explain_answer *a;

	if (!first) {
		explain_add(x, EXPLAIN_WHO, "pid 1", "not to be seen: it may not be looked at, or has ended");
		return;
	}
	a = explain_add(x, EXPLAIN_WHO, "pid 1",
			explain_say(x, "%s%s, pid %lld on the host", first == p ? "itself: " : "",
				    command_line(x, first), (long long)first->pid));
	explain_more(x, a, "pid", explain_say(x, "%lld", (long long)first->pid));
	explain_more(x, a, "comm", first->comm);
	a->from = explain_say(x, "/proc/%lld/status", (long long)first->pid);
	a->command = explain_say(x, "grep NSpid /proc/%lld/status; tr '\\0' ' ' </proc/%lld/cmdline",
				 (long long)first->pid, (long long)first->pid);
}

void explain_who(struct explanation *x)
{
	const struct world_target *t = x->target;
	const struct world_process *p = t->process;
	struct explain_answer *a;

	if (t->container)
		add_container(x, t->container);
	if (!p)
		return;
	a = explain_add(x, EXPLAIN_WHO, "process",
			explain_say(x, "%lld: %s", (long long)p->pid, command_line(x, p)));
	explain_more(x, a, "pid", explain_say(x, "%lld", (long long)p->pid));
	explain_more(x, a, "comm", p->comm);
	a->from = explain_say(x, "/proc/%lld/cmdline", (long long)p->pid);
	a->command = explain_say(x, "ps -o pid,ppid,lstart,cmd -p %lld", (long long)p->pid);
	if (p->exe) {
		a = explain_add(x, EXPLAIN_WHO, "program", p->exe);
		a->from = explain_say(x, "/proc/%lld/exe", (long long)p->pid);
		a->command = explain_say(x, "readlink %s", a->from);
	}
	add_init(x, p);
}
