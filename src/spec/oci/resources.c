/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config-linux.md, "Control groups": limits in OCI's units and meanings, which struct spec_limits keeps. */
#include <string.h>
#include <json-c/linkhash.h>

#include "base/str.h"
#include "spec/oci/parts.h"

enum {
	MAJOR_MAX = (1 << 12) - 1, /* the kernel's dev_t: 12 and 20 bits */
	MINOR_MAX = (1 << 20) - 1,
};

/* ---- memory, cpu, pids */

static void read_memory(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	int64_t ignored;
	bool on = true;

	json_integer(r, o, "limit", -1, INT64_MAX, &l->memory);
	json_integer(r, o, "reservation", -1, INT64_MAX, &l->memory_reservation);
	json_integer(r, o, "swap", -1, INT64_MAX, &l->memory_swap);
	/* "NOT RECOMMENDED"; the kernel has neither any more (5.16). */
	if (json_integer(r, o, "kernel", -1, INT64_MAX, &ignored) && ignored > 0)
		json_warn(r, "kernel", "ignored, it is no longer a limit of its own");
	if (json_integer(r, o, "kernelTCP", -1, INT64_MAX, &ignored) && ignored > 0)
		json_warn(r, "kernelTCP", "ignored, it is no longer a limit of its own");
	json_integer(r, o, "swappiness", 0, 100, &l->memory_swappiness);
	if (json_boolean(r, o, "disableOOMKiller", &on))
		l->oom_kill_disable = on;
	/* What useHierarchy asks for is how every cgroup is since Linux 5.11. */
	if (json_boolean(r, o, "useHierarchy", &on) && !on)
		json_warn(r, "useHierarchy", "ignored, memory is accounted in the whole hierarchy");
	json_boolean(r, o, "checkBeforeUpdate", &l->memory_check);
}

static void read_cpu(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	json_number(r, o, "shares", UINT64_MAX, &l->cpu_shares);
	json_integer(r, o, "quota", -1, INT64_MAX, &l->cpu_quota);
	json_integer(r, o, "burst", 0, INT64_MAX, &l->cpu_burst);
	json_number(r, o, "period", UINT64_MAX, &l->cpu_period);
	json_integer(r, o, "realtimeRuntime", -1, INT64_MAX, &l->cpu_rt_runtime);
	json_number(r, o, "realtimePeriod", UINT64_MAX, &l->cpu_rt_period);
	json_integer(r, o, "idle", 0, 1, &l->cpu_idle);
	l->cpuset_cpus = oci_optional(r, o, "cpus");
	l->cpuset_mems = oci_optional(r, o, "mems");
	if (l->cpu_quota > 0 && l->cpu_burst > l->cpu_quota)
		json_fail(r, "burst", "must not be above \"quota\"");
}

static void read_pids(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	json_integer(r, o, "limit", -1, INT64_MAX, &l->pids);
}

/* ---- block devices */

static void read_device_numbers(struct json_reader *r, struct json_object *o, unsigned *major,
				unsigned *minor)
{
	uint64_t n = 0;

	if (!json_number(r, o, "major", MAJOR_MAX, &n))
		json_fail(r, "major", "missing");
	*major = n;
	if (!json_number(r, o, "minor", MINOR_MAX, &n))
		json_fail(r, "minor", "missing");
	*minor = n;
}

static void read_throttle(struct json_reader *r, struct json_object *o, void *out)
{
	struct spec_throttle *t = out;

	read_device_numbers(r, o, &t->major, &t->minor);
	if (!json_number(r, o, "rate", UINT64_MAX, &t->rate))
		json_fail(r, "rate", "missing");
}

static unsigned read_weight(struct json_reader *r, struct json_object *o, const char *key)
{
	uint64_t n = 0;

	json_number(r, o, key, UINT16_MAX, &n);
	return n;
}

static void read_weights(struct json_reader *r, struct json_object *o, void *out)
{
	struct spec_weight *w = out;

	read_device_numbers(r, o, &w->major, &w->minor);
	w->weight = read_weight(r, o, "weight");
	w->leaf_weight = read_weight(r, o, "leafWeight");
	if (!w->weight && !w->leaf_weight)
		json_fail(r, NULL, "needs a weight or a leafWeight");
}

static struct spec_throttle *read_throttles(struct json_reader *r, struct json_object *o, const char *key,
					    size_t *n)
{
	return json_objects(r, o, key, OCI_LIST_MAX, sizeof(struct spec_throttle), read_throttle, n);
}

static void read_block_io(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	l->blkio_weight = read_weight(r, o, "weight");
	l->blkio_leaf_weight = read_weight(r, o, "leafWeight");
	l->blkio_weights = json_objects(r, o, "weightDevice", OCI_LIST_MAX, sizeof(*l->blkio_weights),
					read_weights, &l->n_blkio_weights);
	l->read_bps = read_throttles(r, o, "throttleReadBpsDevice", &l->n_read_bps);
	l->write_bps = read_throttles(r, o, "throttleWriteBpsDevice", &l->n_write_bps);
	l->read_iops = read_throttles(r, o, "throttleReadIOPSDevice", &l->n_read_iops);
	l->write_iops = read_throttles(r, o, "throttleWriteIOPSDevice", &l->n_write_iops);
}

/* ---- huge pages, rdma, network, unified */

static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && digits < 10 && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       str_eq(s + digits + 1, "B");
}

static void read_hugepages(struct json_reader *r, struct json_object *o, void *out)
{
	struct spec_hugepages *h = out;

	h->size = oci_required(r, o, "pageSize");
	if (h->size && !is_page_size(h->size))
		json_fail(r, "pageSize", "%s is not a size as 64KB, 2MB, 1GB", h->size);
	if (!json_number(r, o, "limit", UINT64_MAX, &h->limit))
		json_fail(r, "limit", "missing");
}

static void read_rdma(struct json_reader *r, struct json_object *resources, struct spec_limits *l)
{
	struct json_object *devices = json_child(r, resources, "rdma");

	if (!devices)
		return;
	size_t at = json_enter(r, "rdma");
	json_object_object_foreach(devices, name, value)
	{
		struct spec_rdma d = { .handles = LIMIT_UNSET, .objects = LIMIT_UNSET };
		struct json_object *limits = json_child(r, devices, name);
		size_t here = json_enter(r, name);

		/* The name is written into a file of lines "DEVICE hca_handle=N". */
		if (!value || !*name || strpbrk(name, " \t\n="))
			json_fail(r, NULL, "not a device with its limits");
		if (limits) {
			json_integer(r, limits, "hcaHandles", 0, UINT32_MAX, &d.handles);
			json_integer(r, limits, "hcaObjects", 0, UINT32_MAX, &d.objects);
			if (d.handles == LIMIT_UNSET && d.objects == LIMIT_UNSET)
				json_fail(r, NULL, "needs hcaHandles or hcaObjects");
		}
		d.device = arena_strdup(r->arena, name);
		arena_push(r->arena, l->rdma, l->n_rdma, d);
		json_leave(r, here);
	}
	json_leave(r, at);
}

static void read_priority(struct json_reader *r, struct json_object *o, void *out)
{
	struct spec_net_priority *p = out;
	uint64_t n = 0;

	p->interface = oci_required(r, o, "name");
	if (p->interface && strpbrk(p->interface, " \t\n"))
		json_fail(r, "name", "not the name of an interface");
	if (!json_number(r, o, "priority", UINT32_MAX, &n))
		json_fail(r, "priority", "missing");
	p->priority = n;
}

static void read_network(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	json_integer(r, o, "classID", 0, UINT32_MAX, &l->net_class_id);
	l->net_priorities = json_objects(r, o, "priorities", OCI_LIST_MAX, sizeof(*l->net_priorities),
					 read_priority, &l->n_net_priorities);
}

/* "Each key in the map refers to a file in the cgroup": a name, and no path to elsewhere. */
static void read_unified(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	struct strv pairs = { 0 };

	json_pairs(r, o, "unified", OCI_LIST_MAX, &pairs);
	for (size_t i = 0; i < pairs.n; i += 2)
		if (!*pairs.v[i] || strchr(pairs.v[i], '/') || str_eq(pairs.v[i], ".") ||
		    str_eq(pairs.v[i], ".."))
			json_fail(r, "unified", "\"%s\" is not the name of a file", pairs.v[i]);
	l->conf = pairs.v;
	l->n_conf = pairs.n / 2;
}

/* Read the object `key`, if it is there. */
static void read_part(struct json_reader *r, struct json_object *o, const char *key, struct spec_limits *l,
		      void (*read)(struct json_reader *r, struct json_object *o, struct spec_limits *l))
{
	struct json_object *part = json_child(r, o, key);
	size_t at = json_enter(r, key);

	if (part)
		read(r, part, l);
	json_leave(r, at);
}

void oci_read_resources(struct json_reader *r, struct json_object *o, struct spec_limits *l)
{
	read_part(r, o, "memory", l, read_memory);
	read_part(r, o, "cpu", l, read_cpu);
	read_part(r, o, "pids", l, read_pids);
	read_part(r, o, "blockIO", l, read_block_io);
	l->hugepages = json_objects(r, o, "hugepageLimits", OCI_LIST_MAX, sizeof(*l->hugepages),
				    read_hugepages, &l->n_hugepages);
	read_rdma(r, o, l);
	read_part(r, o, "network", l, read_network);
	read_unified(r, o, l);
}

/* ---- device rules */

static int64_t read_any_number(struct json_reader *r, struct json_object *o, const char *key, int64_t max)
{
	int64_t n = -1;

	json_integer(r, o, key, -1, max, &n);
	return n;
}

static void read_device_rule(struct json_reader *r, struct json_object *o, void *out)
{
	struct oci_device_rule *rule = out;
	const char *type = json_string(r, o, "type"), *access = json_string(r, o, "access");
	char *to = rule->access;

	if (!json_boolean(r, o, "allow", &rule->allow))
		json_fail(r, "allow", "missing");
	rule->type = type && *type ? *type : 'a';
	if (type && *type && (!strchr("acb", *type) || type[1]))
		json_fail(r, "type", "unknown type %s: one of a, c, b", type);
	rule->major = read_any_number(r, o, "major", MAJOR_MAX);
	rule->minor = read_any_number(r, o, "minor", MINOR_MAX);
	if (!access || !*access)
		access = "rwm";
	if (strspn(access, "rwm") != strlen(access))
		json_fail(r, "access", "%s is not made of r, w and m", access);
	for (const char *letter = "rwm"; *letter; letter++)
		if (strchr(access, *letter))
			*to++ = *letter;
}

void oci_read_device_rules(struct json_reader *r, struct json_object *resources, struct oci_config *c)
{
	c->device_rules = json_objects(r, resources, "devices", OCI_LIST_MAX, sizeof(*c->device_rules),
				       read_device_rule, &c->n_device_rules);
}
