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

struct strv strv_copy(struct arena *a, const struct strv *list)
{
	struct strv copy = { 0 };

	for (size_t i = 0; i < list->n; i++)
		strv_push(a, &copy, list->v[i]);
	return copy;
}

bool strv_has(const struct strv *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], text))
			return true;
	return false;
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

static void merge_number(int64_t *to, int64_t from)
{
	*to = from != LIMIT_UNSET ? from : *to;
}

static void merge_throttles(struct arena *a, struct spec_throttle **to, size_t *n,
			    const struct spec_throttle *from, size_t n_from)
{
	for (size_t i = 0; i < n_from; i++)
		arena_push(a, *to, *n, from[i]);
}

void spec_limits_merge(struct arena *a, struct spec_limits *to, const struct spec_limits *from)
{
	merge_number(&to->memory, from->memory);
	merge_number(&to->memory_swap, from->memory_swap);
	merge_number(&to->memory_reservation, from->memory_reservation);
	merge_number(&to->cpu_quota, from->cpu_quota);
	merge_number(&to->pids, from->pids);
	to->cpus = from->cpu_quota != LIMIT_UNSET ? from->cpus : to->cpus;
	to->cpu_period = from->cpu_period ?: to->cpu_period;
	to->cpu_shares = from->cpu_shares ?: to->cpu_shares;
	to->cpuset_cpus = from->cpuset_cpus ?: to->cpuset_cpus;
	to->cpuset_mems = from->cpuset_mems ?: to->cpuset_mems;
	to->blkio_weight = from->blkio_weight ?: to->blkio_weight;
	merge_throttles(a, &to->read_bps, &to->n_read_bps, from->read_bps, from->n_read_bps);
	merge_throttles(a, &to->write_bps, &to->n_write_bps, from->write_bps, from->n_write_bps);
	merge_throttles(a, &to->read_iops, &to->n_read_iops, from->read_iops, from->n_read_iops);
	merge_throttles(a, &to->write_iops, &to->n_write_iops, from->write_iops, from->n_write_iops);
	for (size_t i = 0; i < 2 * from->n_conf; i += 2) {
		size_t n = 2 * to->n_conf;

		arena_push(a, to->conf, n, from->conf[i]);
		arena_push(a, to->conf, n, from->conf[i + 1]);
		to->n_conf++;
	}
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

void spec_network_first(struct arena *a, struct spec_network *n)
{
	const struct spec_attachment usual = { .network = "bridge" };
	struct spec_attachment *list = NULL;
	size_t count = 0;

	/* by arena_push(), as its callers go on with it */
	for (size_t i = 0; i < n->n_attachments; i++)
		arena_push(a, list, count, n->attachments[i]);
	if (!count)
		arena_push(a, list, count, usual);
	list->address = list->address ?: n->address;
	list->mac = list->mac ?: n->mac;
	list->aliases = strv_copy(a, &list->aliases);
	for (size_t i = 0; i < n->aliases.n; i++)
		strv_push(a, &list->aliases, n->aliases.v[i]);
	n->attachments = list;
	n->n_attachments = count;
	n->address = n->mac = NULL;
	n->aliases = (struct strv){ 0 };
}
