/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config-linux.md, "IntelRdt" and "Memory policy": what few machines have. */
#include <linux/mempolicy.h>
#include <string.h>

#include "base/str.h"
#include "spec/oci/parts.h"
#include "spec/value.h"

/* Each is a line of the file schemata. */
static const char *read_schema(struct json_reader *r, struct json_object *o, const char *key,
			       const char *prefix)
{
	const char *s = oci_optional(r, o, key);

	if (s && prefix && (!str_after(s, prefix) || strchr(s, '\n')))
		json_fail(r, key, "must begin with %s and be one line", prefix);
	return s;
}

void oci_read_rdt(struct json_reader *r, struct json_object *o, struct oci_intel_rdt *rdt)
{
	bool cmt = false, mbm = false; /* as monitoring was asked for before version 1.3 */

	rdt->given = true;
	rdt->clos_id = json_string(r, o, "closID");
	/* "/" is the root of the file system, the default class */
	if (rdt->clos_id && !str_eq(rdt->clos_id, "/") &&
	    (!*rdt->clos_id || strpbrk(rdt->clos_id, "/\n") || str_eq(rdt->clos_id, ".") ||
	     str_eq(rdt->clos_id, "..")))
		json_fail(r, "closID", "\"%s\" is not the name of a directory", rdt->clos_id);
	rdt->l3_schema = read_schema(r, o, "l3CacheSchema", NULL);
	rdt->mem_bw_schema = read_schema(r, o, "memBwSchema", "MB:");
	rdt->schemata.v = json_strings(r, o, "schemata", OCI_LIST_MAX, &rdt->schemata.n);
	for (size_t i = 0; i < rdt->schemata.n; i++)
		if (strchr(rdt->schemata.v[i], '\n'))
			json_fail(r, "schemata", "each must be one line");
	json_boolean(r, o, "enableMonitoring", &rdt->enable_monitoring);
	json_boolean(r, o, "enableCMT", &cmt);
	json_boolean(r, o, "enableMBM", &mbm);
	rdt->enable_monitoring |= cmt || mbm;
}

/* From Linux 5.15 and 6.9; not in the headers of older ones. */
enum { PREFERRED_MANY = 5, WEIGHTED_INTERLEAVE = 6, NUMA_BALANCING = 1 << 13 };

static const struct json_word mode_words[] = {
	{ "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "MPOL_BIND", MPOL_BIND },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "MPOL_LOCAL", MPOL_LOCAL },
	{ "MPOL_PREFERRED_MANY", PREFERRED_MANY },
	{ "MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE },
};
const struct json_words oci_memory_modes = JSON_WORDS(mode_words);

static const struct json_word mode_flag_words[] = {
	{ "MPOL_F_NUMA_BALANCING", NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
};
const struct json_words oci_memory_flags = JSON_WORDS(mode_flag_words);

void oci_read_memory_policy(struct json_reader *r, struct json_object *o, struct oci_memory_policy *m)
{
	uint64_t mode = 0;
	struct err e;

	m->given = true;
	if (!json_word(r, o, "mode", "mode", &oci_memory_modes, &mode))
		json_fail(r, "mode", "missing");
	m->mode = mode;
	m->flags = json_flags(r, o, "flags", "flag", &oci_memory_flags);
	m->nodes = oci_optional(r, o, "nodes");
	if (m->nodes && value_cpu_list(m->nodes, &e) < 0)
		json_fail(r, "nodes", "%s is not a list of nodes as 0-3,7", m->nodes);
}
