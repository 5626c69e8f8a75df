/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A config.json of a stranger's bundle, read and, if it is a good one, made a plan for three made-up
 * machines. */
#include <json-c/json_object.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "kernel/process/caps.h"
#include "plan/build/oci/oci.h"
#include "spec/oci/oci.h"

static void hold_all(struct cgroup_layout *l, enum cgroup_held held, const char *base)
{
	for (int c = 0; c < CG_COUNT; c++) {
		l->at[c].held = held;
		l->at[c].base = base;
	}
}

/* What is recorded must be read back as it was. */
static void check_record(struct arena *a, const struct plan *p)
{
	struct str once = { .arena = a }, twice = { .arena = a };
	struct plan again = { .arena = a };
	struct err e;

	plan_to_json(p, &once);
	json_object *list = json_from_text(once.p, once.len, &e);
	if (!list || plan_from_json(&again, list, &e) < 0)
		__builtin_trap();
	json_object_put(list);
	plan_to_json(&again, &twice);
	if (strcmp(once.p, twice.p) != 0)
		__builtin_trap();
}

static void plan_for(struct arena *a, const struct oci_config *c, struct oci_facts f)
{
	struct plan p = { .arena = a };
	struct err e;

	f.id = "id";
	f.root = "/bundle/rootfs";
	f.scratch = "/run/guise-oci/mnt";
	f.resctrl = "/sys/fs/resctrl";
	f.limits = (struct limits_facts){ .cg = &f.cgroups, .cpus = 2, .page_size = 4096 };
	f.cgroup_parent = "/parent";
	f.cgroup_name = "name";
	f.caps_held = CAPS_ALL;
	f.sources = arena_array(a, struct oci_source, c->n_mounts + 1);
	f.device_hosts = arena_array(a, const char *, c->n_devices + 1);
	for (size_t i = 0; i < c->n_devices; i++)
		f.device_hosts[i] = c->devices[i].path;
	if (plan_build_oci(&p, c, &f, &e) == 0)
		check_record(a, &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_facts v2 = { .privileged = true, .home = "/sys/fs/cgroup/parent/name" }, v1 = v2,
			 none = { .single_id = true };
	struct arena a = { 0 };
	struct oci_config c;
	struct err e;

	v2.cgroups =
		(struct cgroup_layout){ .v2 = "/sys/fs/cgroup", .v2_mount = "/sys/fs/cgroup", .memsw = true };
	hold_all(&v2.cgroups, CG_IN_V2, "/sys/fs/cgroup");
	hold_all(&v1.cgroups, CG_IN_V1, "/sys/fs/cgroup/all");
	none.uid_map = none.gid_map = "0 1000 1\n";
	if (oci_parse(&a, (const char *)data, size, "/bundle", &c, &e) == 0) {
		plan_for(&a, &c, v2);
		plan_for(&a, &c, v1);
		plan_for(&a, &c, none);
	}
	arena_free(&a);
	return 0;
}
