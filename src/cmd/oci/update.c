/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/oci/options.h"
#include "kernel/cgroup/resctrl.h"
#include "run/oci/update.h"
#include "spec/engine_words.h"
#include "spec/value.h"

struct update_options {
	const char *resources;
	struct spec_limits limits;
	int64_t ignored; /* kernel memory: "not recommended" by the specification, and gone from the kernel */
	const char *l3_schema, *mem_bw_schema;
};

/* ---- values ---- */

/* Bytes, "64m"; -1: no limit. */
static int set_bytes(const struct opt_use *u, struct err *e)
{
	if (str_eq(u->value, "-1")) {
		*(int64_t *)u->field = LIMIT_UNLIMITED;
		return 0;
	}
	return value_size(u->value, u->field, e);
}

static int set_signed(const struct opt_use *u, struct err *e)
{
	return value_number(u->value, -1, INT64_MAX, u->field, e);
}

static int set_u64(const struct opt_use *u, struct err *e)
{
	int64_t n;
	int r = value_number(u->value, 0, INT64_MAX, &n, e);

	*(uint64_t *)u->field = r < 0 ? 0 : (uint64_t)n;
	return r;
}

/* Empty, as engines write it, is not given. */
static int set_text(const struct opt_use *u, struct err *e)
{
	*(const char **)u->field = *u->value ? u->value : NULL;
	return 0;
}

#define AT(member)    offsetof(struct update_options, member)
#define LIMIT(member) offsetof(struct update_options, limits.member)

/* clang-format off */
static const struct opt update_table[] = {
	{ "resources", 'r', "FILE", opt_string, AT(resources),
	  "the members of linux.resources that change, as JSON; - is standard input; other options then don't count", "@file" },
	{ "memory", 0, "BYTES", set_bytes, LIMIT(memory), "limit of memory; -1: none" },
	{ "memory-reservation", 0, "BYTES", set_bytes, LIMIT(memory_reservation), "memory kept for it when it gets scarce" },
	{ "memory-swap", 0, "BYTES", set_bytes, LIMIT(memory_swap), "limit of memory and swap together; -1: none" },
	{ "cpu-period", 0, "USECS", set_u64, LIMIT(cpu_period), "period of --cpu-quota" },
	{ "cpu-quota", 0, "USECS", set_signed, LIMIT(cpu_quota), "CPU time in each period; -1: no limit" },
	{ "cpu-burst", 0, "USECS", set_signed, LIMIT(cpu_burst), "CPU time that may be saved up for later periods" },
	{ "cpu-share", 0, "N", set_u64, LIMIT(cpu_shares), "weight among others that want the CPU, 2 to 262144" },
	{ "cpu-rt-period", 0, "USECS", set_u64, LIMIT(cpu_rt_period), "the same of real-time processes (cgroup v1)" },
	{ "cpu-rt-runtime", 0, "USECS", set_signed, LIMIT(cpu_rt_runtime), "and their time in it" },
	{ "cpu-idle", 0, "0|1", set_signed, LIMIT(cpu_idle), "1: run only when nobody else wants the CPU" },
	{ "cpuset-cpus", 0, "LIST", set_text, LIMIT(cpuset_cpus), "the CPUs it may use, as 0-3,8" },
	{ "cpuset-mems", 0, "LIST", set_text, LIMIT(cpuset_mems), "the memory nodes it may use" },
	{ "blkio-weight", 0, "N", opt_unsigned, LIMIT(blkio_weight), "weight among others that want a disk, 10 to 1000" },
	{ "pids-limit", 0, "N", set_signed, LIMIT(pids), "limit of processes and threads; -1: none" },
	{ "kernel-memory", 0, "BYTES", set_bytes, AT(ignored), "ignored" },
	{ "kernel-memory-tcp", 0, "BYTES", set_bytes, AT(ignored), "ignored" },
	{ "l3-cache-schema", 0, "SCHEMA", set_text, AT(l3_schema), "Intel RDT: part of the cache" },
	{ "mem-bw-schema", 0, "SCHEMA", set_text, AT(mem_bw_schema), "Intel RDT: part of the memory's bandwidth" },
	{ 0 },
};
/* clang-format on */

/* ---- the command ---- */

static int resources_read(struct call *call, struct update_options *o, struct err *e)
{
	bool in = str_eq(o->resources, "-");
	char *text;
	size_t len;
	int r = io_read_given(call->arena, in ? "/dev/stdin" : o->resources, OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "resources-read", -r, "read %s", o->resources);
	spec_limits_init(&o->limits);
	return oci_parse_resources(call->arena, text, len, in ? "standard input" : o->resources, &o->limits,
				   e);
}

static int update_rdt(struct call *call, const struct plan *p, const struct update_options *o, struct err *e)
{
	const struct step_rdt_group *group = plan_rdt_group(p);
	struct str lines = { .arena = call->arena };
	int r;

	if (!o->l3_schema && !o->mem_bw_schema)
		return 0;
	if (!group)
		return err_set(e, "no-rdt", ENODEV, "set %s",
			       o->l3_schema ? "--l3-cache-schema" : "--mem-bw-schema"),
		       err_cause(
			       e,
			       "the container has no class of Intel RDT (linux.intelRdt), and it cannot get one later");
	if (o->l3_schema)
		str_addf(&lines, "%s\n", o->l3_schema);
	if (o->mem_bw_schema)
		str_addf(&lines, "%s\n", o->mem_bw_schema);
	r = resctrl_write(group->path, lines.p);
	return r < 0 ? err_set(e, "rdt", -r, "write the schemata of %s", group->path),
	       err_cause(e, "%s", resctrl_status(call->arena, group->mount)) : 0;
}

static int update(struct call *call, const char *id, struct update_options *opts, struct err *e)
{
	struct spec_limits *l = &opts->limits;
	struct oci_container o;
	struct cgroups g;
	int r = oci_find_locked(call, &o, id, e);

	if (r < 0)
		return r;
	oci_limits_of_version(o.rec.version, l);
	if (o.status == OCI_STOPPED)
		r = err_set(e, "not-running", ESRCH, "update container %s", id),
		err_cause(e, ENGINE_NOT_RUNNING);
	else if ((r = cgroups_find(call->arena, o.rec.cgroup, &g, e)) == 0)
		r = (r = update_rdt(call, &o.rec.plan, opts, e)) < 0 ?
			    r :
			    oci_update(&o, &g, l, e);
	oci_close(&o);
	return r;
}

static int update_run(struct call *call, struct err *e)
{
	struct update_options o = { 0 };
	struct strv ids;
	int r;

	spec_limits_init(&o.limits);
	if ((r = opt_parse(call, &o, &ids, e)))
		return r;
	if (o.resources && (r = resources_read(call, &o, e)) < 0)
		return r;
	return update(call, ids.v[0], &o, e);
}

const struct command oci_update_command = {
	.name = "update",
	.operands = "CONTAINER",
	.summary = "change a container's limits",
	.details = "Only what is given changes. If one limit cannot be set, none is.",
	.options = update_table,
	.min = 1,
	.max = 1,
	.run = update_run,
};
