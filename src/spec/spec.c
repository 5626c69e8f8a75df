/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/spec.h"

#include <linux/sched.h>
#include <signal.h>

#include "base/arena.h"
#include "base/str.h"
#include "kernel/process/caps.h"

const char *const ns_name[NS_COUNT] = {
	[NS_PID] = "pid", [NS_MNT] = "mnt",       [NS_UTS] = "uts",   [NS_IPC] = "ipc",
	[NS_NET] = "net", [NS_CGROUP] = "cgroup", [NS_USER] = "user", [NS_TIME] = "time",
};

const uint64_t ns_flag[NS_COUNT] = {
	[NS_PID] = CLONE_NEWPID,   [NS_MNT] = CLONE_NEWNS,    [NS_UTS] = CLONE_NEWUTS,
	[NS_IPC] = CLONE_NEWIPC,   [NS_NET] = CLONE_NEWNET,   [NS_CGROUP] = CLONE_NEWCGROUP,
	[NS_USER] = CLONE_NEWUSER, [NS_TIME] = CLONE_NEWTIME,
};

enum ns_kind ns_kind_of(const char *name)
{
	int i = 0;

	while (i < NS_COUNT && !str_eq(ns_name[i], name))
		i++;
	return i;
}

uint64_t ns_flag_of(const char *name)
{
	enum ns_kind ns = ns_kind_of(name);

	return ns < NS_COUNT ? ns_flag[ns] : 0;
}

void strv_push(struct arena *a, struct strv *list, const char *s)
{
	size_t used = list->v ? list->n + 1 : 0; /* with the NULL at the end */

	if (used)
		list->v[list->n] = s;
	else
		arena_push(a, list->v, used, s);
	arena_push(a, list->v, used, NULL);
	list->n++;
}

void spec_limits_init(struct spec_limits *l)
{
	*l = (struct spec_limits){
		.memory = LIMIT_UNSET,
		.memory_swap = LIMIT_UNSET,
		.memory_reservation = LIMIT_UNSET,
		.memory_swappiness = LIMIT_UNSET,
		.oom_kill_disable = LIMIT_UNSET,
		.cpu_quota = LIMIT_UNSET,
		.cpu_burst = LIMIT_UNSET,
		.cpu_rt_runtime = LIMIT_UNSET,
		.cpu_idle = LIMIT_UNSET,
		.pids = LIMIT_UNSET,
		.net_class_id = LIMIT_UNSET,
	};
}

void spec_init(struct spec *s)
{
	*s = (struct spec){
	    .ns = {[NS_USER].mode = NS_MODE_HOST, [NS_TIME].mode = NS_MODE_HOST},
	    .network.mode = NET_BRIDGE,
	    .security =
		{
		    .caps = CAPS_DEFAULT,
		    .no_new_privs = true,
		    .seccomp = SECCOMP_DEFAULT,
		},
	    .log = {.max_size = 10 << 20, .max_file = 3},
	    .stop_signal = SIGTERM,
	    .stop_timeout = 10,
	};
	spec_limits_init(&s->limits);
}
