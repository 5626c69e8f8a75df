/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine.h"

#include <errno.h>
#include <json-c/json_object.h>
#include <string.h>

#include "base/json.h"

void machine_cgroups(struct arena *a, const char *machine, struct cgroup_layout *l)
{
	bool v1 = str_eq(machine, "v1"), hybrid = str_eq(machine, "hybrid");

	*l = (struct cgroup_layout){
		.cpus = "0-3", .mems = "0", .memsw = true, .io_weight = true, .bfq_weight = v1 || hybrid
	};
	if (hybrid)
		l->v2 = "/sys/fs/cgroup/unified";
	else if (str_eq(machine, "user"))
		l->v2 = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";
	else if (!v1)
		l->v2 = "/sys/fs/cgroup";
	if (v1)
		l->v1_home = "/sys/fs/cgroup/pids";
	for (int c = 0; c < CG_COUNT; c++) {
		l->at[c].held = v1 || hybrid ? CG_IN_V1 : CG_IN_V2;
		l->at[c].base = v1 || hybrid ? arena_printf(a, "/sys/fs/cgroup/%s", cgroup_v1_name[c]) :
					       l->v2;
	}
	if (v1 || hybrid) {
		l->v1[l->n_v1++] = (struct cgroup_v1){ "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct" };
		l->v1[l->n_v1++] = (struct cgroup_v1){ "/sys/fs/cgroup/memory", "memory" };
		l->v1[l->n_v1++] = (struct cgroup_v1){ "/sys/fs/cgroup/cpuset", "cpuset", .cpuset = true };
		l->v1[l->n_v1++] = (struct cgroup_v1){ "/sys/fs/cgroup/pids", "pids" };
		l->v1[l->n_v1++] = (struct cgroup_v1){ "/sys/fs/cgroup/devices", "devices" };
		l->v1[l->n_v1++] = (struct cgroup_v1){ "/sys/fs/cgroup/systemd", "name=systemd" };
	} else {
		l->v2_controllers = "cpuset cpu io memory pids";
	}
	l->v2_mount = l->v2 ? (hybrid ? l->v2 : "/sys/fs/cgroup") : NULL;
}

int machine_check_record(const struct plan *p, const char *recorded, struct err *e)
{
	struct plan again = { .arena = p->arena };
	struct str text = { .arena = p->arena };
	json_object *list = json_from_text(recorded, strlen(recorded), e);
	int r = list ? plan_from_json(&again, list, e) : -e->no;

	json_object_put(list);
	if (r < 0)
		return r;
	plan_to_json(&again, &text);
	return str_eq(text.p, recorded) ?
		       0 :
		       err_set(e, "record-differs", EINVAL, "read the record back: %s", text.p);
}
