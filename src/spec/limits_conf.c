/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/limits_parts.h"

#include <errno.h>
#include <string.h>

/* --cgroup-conf, and OCI's "unified": files of cgroup v2 by their names. */

int limits_conf_controller(const char *key)
{
	size_t len = strcspn(key, ".");

	if (key[len] != '.' || !key[len + 1] ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789._-") != strlen(key))
		return -1;
	if (len == strlen("cgroup") && strncmp(key, "cgroup", len) == 0)
		return CG_COUNT;
	for (int c = 0; c < CG_NET_CLS; c++)
		if (strlen(cgroup_name[c]) == len && strncmp(key, cgroup_name[c], len) == 0)
			return c;
	return -1;
}

/* Files of v2 that v1 has with exactly the same meaning (but for "max"), and what sets some others: an option
 * of run, a member of OCI's resources. */
static const struct conf_v1 {
	const char *key, *file, *max, *option, *oci;
} conf_v1[] = {
	{ "memory.max", "memory.limit_in_bytes", "-1" },
	{ "pids.max", "pids.max", "max" },
	{ "cpuset.cpus", "cpuset.cpus" },
	{ "cpuset.mems", "cpuset.mems" },
	{ "cpu.idle", "cpu.idle" },
	{ "cpu.max.burst", "cpu.cfs_burst_us" },
	{ "io.bfq.weight", "blkio.bfq.weight" },
	{ "memory.low", .option = "--memory-reservation", .oci = "memory.reservation" },
	{ "memory.swap.max", .option = "--memory-swap", .oci = "memory.swap" },
	{ "cpu.max", .option = "--cpus", .oci = "cpu.quota and cpu.period" },
	{ "cpu.weight", .option = "--cpu-shares", .oci = "cpu.shares" },
	{ "io.weight", .option = "--blkio-weight", .oci = "blockIO.weight" },
	{ "io.max", .option = "--device-read-bps and its siblings",
	  .oci = "blockIO.throttleReadBpsDevice and its siblings" },
};

/* As messages name the setting. */
static const char *conf_name(struct limits_writer *b, const char *key)
{
	return arena_printf(b->a, b->oci ? "unified \"%s\"" : "--cgroup-conf %s", key);
}

static void conf_put_v1(struct limits_writer *b, enum cgroup_controller c, const char *key, const char *value)
{
	const struct conf_v1 *row = conf_v1, *end = conf_v1 + ARRAY_LEN(conf_v1);

	while (row < end && !str_eq(row->key, key))
		row++;
	if (row < end && row->file)
		return limits_put(b, c, row->file, "%s", row->max && str_eq(value, "max") ? row->max : value);
	err_set(b->e, "cgroup-no-file", ENOENT, "set %s", conf_name(b, key));
	err_cause(b->e,
		  "the controller %s is held by cgroup v1, at %s, which has no file of the same meaning",
		  cgroup_name[c], b->f->cg->at[c].base);
	b->r = row < end ? err_hint(b->e, "use %s", b->oci ? row->oci : row->option) :
			   err_hint(b->e, "boot with cgroup_no_v1=%s to hand it to v2", cgroup_v1_name[c]);
}

/* A file of every cgroup, whatever controllers it has, or of a controller that guise knows nothing of. */
static void conf_put_home(struct limits_writer *b, const char *key, const char *value)
{
	if (b->r == 0 && !b->f->cg->v2) {
		err_set(b->e, "cgroup-no-file", ENODEV, "set %s", conf_name(b, key));
		b->r = err_cause(b->e, "no cgroup v2 hierarchy can be written here");
		return;
	}
	limits_put(b, CG_COUNT, key, "%s", value);
}

/* OCI: "configuration unknown to the runtime MUST still be written", if there is such a controller. */
static void conf_put_unknown(struct limits_writer *b, const char *key, const char *value)
{
	const char *have = b->f->cg->v2_controllers ?: "", *at = have;
	size_t len = strcspn(key, ".");

	while (*at && !(strcspn(at, " ") == len && strncmp(at, key, len) == 0))
		at += strcspn(at, " "), at += strspn(at, " ");
	if (*at || b->r < 0)
		return conf_put_home(b, key, value);
	err_set(b->e, "cgroup-no-controller", ENODEV, "set %s", conf_name(b, key));
	b->r = err_cause(b->e, "cgroup v2 has no controller %.*s here, it has \"%s\"", (int)len, key, have);
}

static bool is_file_name(const char *key)
{
	size_t len = strcspn(key, ".");

	return len && key[len] == '.' && key[len + 1] && !strchr(key, '/');
}

static void conf_put(struct limits_writer *b, const char *key, const char *value)
{
	static const char *const ours[] = { "cgroup.procs",  "cgroup.threads", "cgroup.kill",
					    "cgroup.freeze", "cgroup.type",    "cgroup.subtree_control" };
	const char *name = b->oci ? "unified" : "--cgroup-conf";
	int c = limits_conf_controller(key);

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (str_eq(key, ours[i]))
			return limits_bad(b, name, "%s is guise's own to write", key);
	if (b->oci && c < 0 && is_file_name(key))
		return conf_put_unknown(b, key, value);
	if (c < 0 || c == CG_CPUACCT || c == CG_DEVICES || c == CG_FREEZER)
		return limits_bad(
			b, name,
			"%s is not a file of cgroup v2: CONTROLLER.NAME, as memory.high or cgroup.max.depth",
			key);
	if (c == CG_COUNT)
		return conf_put_home(b, key, value);
	if (!limits_may(b, c, conf_name(b, key)))
		return;
	if (limits_in_v2(b, c))
		limits_put(b, c, key, "%s", value);
	else
		conf_put_v1(b, c, key, value);
}

void limits_put_conf(struct limits_writer *b)
{
	const struct spec_limits *l = b->l;

	for (size_t i = 0; i < l->n_conf; i++) {
		const char *value = l->conf[2 * i + 1];

		/* the kernel takes the setting of one device or size at a time: "8:0 rbps=1\n8:16 rbps=1" */
		for (size_t n; b->oci && value[n = strcspn(value, "\n")]; value += n + 1)
			if (n)
				conf_put(b, l->conf[2 * i], arena_strndup(b->a, value, n));
		if (*value || !b->oci)
			conf_put(b, l->conf[2 * i], value);
	}
}
