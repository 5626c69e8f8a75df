/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/limit_options.h"
#include "cmd/engine/update.h"
#include "run/engine/update.h"

struct update_options {
	struct spec_limits limits;
	int64_t cpus;
};

#define AT(member) offsetof(struct update_options, member)

/* clang-format off */
static const struct opt update_table[] = {
	{ "memory", 'm', "SIZE", limit_size_or_none, AT(limits.memory), "memory, such as 50m; -1: no limit" },
	{ "memory-swap", 0, "SIZE", limit_size_or_none, AT(limits.memory_swap),
	  "memory and swap together; -1: as much swap as there is" },
	{ "memory-reservation", 0, "SIZE", limit_size_or_none, AT(limits.memory_reservation),
	  "what the container keeps when memory gets scarce; -1: nothing" },
	{ "cpus", 0, "N", limit_cpus, AT(cpus), "processors, such as 1.5" },
	{ "cpu-shares", 'c', "N", limit_cpu_shares, AT(limits.cpu_shares), "weight against others, 2 to 262144" },
	{ "cpu-quota", 0, "USEC", limit_cpu_quota, AT(limits.cpu_quota), "processor time in each period; -1: no limit" },
	{ "cpu-period", 0, "USEC", limit_cpu_period, AT(limits.cpu_period), "the period, 1000 to 1000000" },
	{ "cpuset-cpus", 0, "LIST", limit_cpu_list, AT(limits.cpuset_cpus), "processors to run on, such as 0-3,5" },
	{ "cpuset-mems", 0, "LIST", limit_cpu_list, AT(limits.cpuset_mems), "memory nodes to use, such as 0,1" },
	{ "pids-limit", 0, "N", limit_pids, AT(limits.pids), "processes and threads; -1: no limit" },
	{ "blkio-weight", 0, "N", limit_blkio_weight, AT(limits.blkio_weight), "disk weight, 10 to 1000" },
	{ "device-read-bps", 0, "DEV:SIZE", limit_read_bps, AT(limits), "bytes a second to read from DEV; 0: no limit",
	  "@file", .many = true },
	{ "device-write-bps", 0, "DEV:SIZE", limit_write_bps, AT(limits), "bytes a second to write to DEV", "@file",
	  .many = true },
	{ "device-read-iops", 0, "DEV:N", limit_read_iops, AT(limits), "reads a second from DEV", "@file", .many = true },
	{ "device-write-iops", 0, "DEV:N", limit_write_iops, AT(limits), "writes a second to DEV", "@file", .many = true },
	{ "cgroup-conf", 0, "FILE=VALUE", limit_cgroup_conf, AT(limits), "any other file of the cgroup (v2)", .many = true },
	{ 0 },
};
/* clang-format on */

static int update_one(struct call *call, struct control *k, const char *name, const void *options,
		      struct err *e)
{
	/* for each container its own: what is not given is completed by what it has */
	struct spec_limits l = ((const struct update_options *)options)->limits;
	struct strv words = { 0 };
	int r;

	for (char **word = call->argv; *word; word++)
		strv_push(call->arena, &words, *word);
	r = update_container(k, &l, &words, e);

	if (r == 0)
		puts(name);
	return r;
}

static int read_options(struct call *call, struct update_options *o, struct strv *names, struct err *e)
{
	int r;

	*o = (struct update_options){ 0 };
	spec_limits_init(&o->limits);
	if ((r = opt_parse(call, o, names, e)) || (r = limit_options_cpus(&o->limits, o->cpus, e)) < 0)
		return r;
	/* whatever the period was until now */
	if (o->cpus)
		o->limits.cpu_period = LIMIT_CPU_PERIOD;
	return 0;
}

int update_again(struct call *call, const struct strv *updates, struct spec_limits *l, struct err *e)
{
	for (size_t i = 0, n; i < updates->n; i += n) {
		struct call made = { .program = call->program,
				     .command = &update_command,
				     .arena = call->arena };
		struct update_options o;
		struct strv words = { 0 }, names;

		n = strtoul(updates->v[i++], NULL, 10);
		if (n > updates->n - i)
			return err_set(e, "record-bad", EBADMSG, "read the updates of the container");
		for (size_t k = 0; k < n; k++)
			strv_push(call->arena, &words, updates->v[i + k]);
		strv_push(call->arena, &words, NULL);
		made.argv = (char **)words.v;
		if (read_options(&made, &o, &names, e) != 0)
			return err_set(e, "record-bad", EBADMSG, "read the updates of the container");
		spec_limits_merge(call->arena, l, &o.limits);
	}
	return 0;
}

static int update_run(struct call *call, struct err *e)
{
	struct update_options o;
	struct strv names;
	int r = read_options(call, &o, &names, e);

	return r ? r : command_each(call, &names, update_one, &o, e);
}

const struct command update_command = {
	.name = "update",
	.operands = "CONTAINER...",
	.summary = "change the limits of containers",
	.details =
		"Only what is given changes: at once, or for the next start of one that does not run. If one limit of a container cannot be set, none of it is. A limit of something "
		"that was not limited before counts what is used from then on. inspect, explain and explain --check tell the "
		"new limits.",
	.options = update_table,
	.absent = absent_update,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = update_run,
};
