/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * oci MACHINE CONFIG: the plan of guise-oci for a config.json and a made-up machine (machine.h), as an
 * explanation and as it is recorded. Needs no root, and prints the same everywhere: CONFIG is built into a
 * plan twice, and both must be the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "kernel/process/caps.h"
#include "kernel/seccomp/default.h"
#include "machine.h"
#include "plan/build/oci/oci.h"
#include "spec/idmap.h"

/* Its instructions are not printed; its flags are those of the profile. */
static const struct seccomp_filter *machine_filter(struct arena *a, const struct seccomp_profile *p)
{
	struct seccomp_filter *f = arena_new(a, struct seccomp_filter);

	*f = seccomp_default;
	f->flags = p->flags;
	return f;
}

/* What run/oci/probe.c would find out: a source is a file when its name has a suffix. */
static void make_facts(struct arena *a, const char *machine, const struct oci_config *c, struct oci_facts *f)
{
	struct oci_source *sources = arena_array(a, struct oci_source, c->n_mounts);

	const char **hosts = arena_array(a, const char *, c->n_devices);

	for (size_t i = 0; i < c->n_mounts; i++)
		sources[i].is_file = str_eq(c->mounts[i].type, "bind") && c->mounts[i].source &&
				     strchr(c->mounts[i].source, '.');
	for (size_t i = 0; i < c->n_devices; i++)
		hosts[i] = c->devices[i].path;
	*f = (struct oci_facts){
		.id = "box",
		.root = "/bundle/rootfs",
		.root_mount = 21,
		.scratch = "/run/guise-oci/mnt",
		.place = "/bundle/rootfs",
		.privileged = !str_eq(machine, "user"),
		.caps_held = CAPS_ALL,
		.cgroup_parent = "/pod",
		.cgroup_name = "box",
		.resctrl = "/sys/fs/resctrl",
		.user_home = "/root",
		.seccomp = c->seccomp ? machine_filter(a, c->seccomp) : NULL,
		.sources = sources,
		.device_hosts = hosts,
		.wait_for_start = true,
	};
	machine_cgroups(a, machine, &f->cgroups);
	f->limits = (struct limits_facts){ .cg = &f->cgroups, .cpus = 4, .page_size = 4096 };
	f->home = cgroup_home(a, &f->cgroups, f->cgroup_parent, f->cgroup_name);
	if (c->ns[NS_USER].given && !c->ns[NS_USER].path) {
		f->uid_map = idmap_lines(a, c->uid_map, c->n_uid_map);
		f->gid_map = idmap_lines(a, c->gid_map, c->n_gid_map);
		f->single_id = c->n_uid_map == 1 && c->uid_map->size == 1;
	}
}

static int build(struct arena *a, const char *machine, const char *file, struct plan *p, struct err *e)
{
	struct oci_config c;
	struct oci_facts f;
	char *text;
	size_t len;
	int r = io_read_file(a, AT_FDCWD, file, OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "config", -r, "read %s", file);
	if ((r = oci_parse(a, text, len, "/bundle", &c, e)) < 0)
		return r;
	make_facts(a, machine, &c, &f);
	return plan_build_oci(p, &c, &f, e);
}

static int print_plan(struct arena *a, const char *machine, const char *file, struct err *e)
{
	struct plan p = { .arena = a }, again = { .arena = a };
	struct str explained = { .arena = a }, record = { .arena = a }, second = { .arena = a };
	struct target none;
	int r;

	if ((r = build(a, machine, file, &p, e)) < 0 || (r = build(a, machine, file, &again, e)) < 0)
		return r;
	target_init(&none, a, 0, -1);
	plan_explain(&p, &none, false, &explained);
	plan_to_json(&p, &record);
	plan_to_json(&again, &second);
	printf("%s\n---- recorded ----\n%s", explained.p, record.p);
	if (!str_eq(record.p, second.p))
		return err_set(e, "not-pure", EINVAL, "build the same plan again");
	return machine_check_record(&p, record.p, e);
}

int main(int argc, char **argv)
{
	static char first[64 * 1024];
	struct arena a = ARENA_INIT(first);
	struct err e = { 0 };
	char line[4096];

	if (argc != 3 || print_plan(&a, argv[1], argv[2], &e) != 0) {
		printf("guise-oci: %s\n", err_line(&e, line, sizeof(line)));
		arena_free(&a);
		return 1;
	}
	arena_free(&a);
	return 0;
}
