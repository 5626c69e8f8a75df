/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * plan MACHINE [OPTIONS] ROOTFS [COMMAND...]: the plan of `guise run` for a made-up machine, as a script and
 * as it is recorded. Needs no root, and prints the same everywhere. MACHINE is where the cgroups are: v2,
 * hybrid or v1 for root, and user for an ordinary user.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/engine/run_options.h"
#include "kernel/process/caps.h"
#include "kernel/seccomp/default.h"
#include "machine.h"
#include "plan/build/build.h"
#include "spec/volume.h"

/* The options of `guise run`, without what runs it. */
static const struct command command = {
	.name = "run",
	.options = run_option_table,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
};

static char *const own_env[] = { "LANG=C.UTF-8", NULL };

static const char id[] = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "www:x:33:33:web:/var/www:/usr/sbin/nologin\n";
static const char group[] = "root:x:0:\nwww:x:33:\nvideo:x:44:www\nplugdev:x:46:www\n";

/* ---- a machine ---- */

static void add_throttle_devices(struct limits_device *list, size_t *n, const struct spec_throttle *t,
				 size_t count)
{
	for (size_t i = 0; i < count; i++)
		list[(*n)++] = (struct limits_device){ t[i].device, 8, 0 };
}

static void make_limits(struct arena *a, const struct spec *s, struct facts *f)
{
	const struct spec_limits *l = &s->limits;
	struct limits_device *list = arena_array(
		a, struct limits_device, l->n_read_bps + l->n_write_bps + l->n_read_iops + l->n_write_iops);

	f->limits = (struct limits_facts){ .cg = &f->cgroups, .cpus = 4, .page_size = 4096, .devices = list };
	add_throttle_devices(list, &f->limits.n_devices, l->read_bps, l->n_read_bps);
	add_throttle_devices(list, &f->limits.n_devices, l->write_bps, l->n_write_bps);
	add_throttle_devices(list, &f->limits.n_devices, l->read_iops, l->n_read_iops);
	add_throttle_devices(list, &f->limits.n_devices, l->write_iops, l->n_write_iops);
	if (f->privileged || limits_need(l) || l->n_conf || s->cgroup_parent)
		f->home = cgroup_home(a, &f->cgroups, s->cgroup_parent ? s->cgroup_parent : "guise", id);
}

/* Other containers are process 4242. */
static void make_namespaces(struct arena *a, const struct spec *s, struct facts *f)
{
	for (int i = 0; i < NS_COUNT; i++) {
		if (s->ns[i].mode == NS_MODE_PATH)
			f->ns_path[i] = s->ns[i].target;
		if (s->ns[i].mode == NS_MODE_CONTAINER)
			f->ns_path[i] = arena_printf(a, "/proc/4242/ns/%s", ns_name[i]);
	}
	if (s->ns[NS_IPC].mode == NS_MODE_CONTAINER)
		f->shm = "/proc/4242/root/dev/shm";
	if (s->ns[NS_IPC].mode == NS_MODE_HOST)
		f->shm = "/dev/shm";
}

/* What src/run/engine/probe_userns.c makes of a user, and of root's --userns. */
static void make_userns(struct arena *a, struct spec *s, struct facts *f)
{
	if (!f->privileged) {
		s->ns[NS_USER].mode = NS_MODE_NEW;
		f->uid_map = f->gid_map = "0 1000 1\n1 100000 65536";
		f->map_by_helper = true;
		if (!s->network.given) {
			s->network.mode = NET_PASTA;
			s->ns[NS_NET].mode = NS_MODE_NEW;
		}
	} else if (s->userns == USERNS_MAP) {
		f->uid_map = f->gid_map = arena_printf(a, "%u %u %u", s->userns_map.inside,
						       s->userns_map.outside, s->userns_map.size);
	} else if (s->userns == USERNS_AUTO) {
		f->uid_map = f->gid_map = "0 100000 65536";
	}
	f->userns = f->uid_map != NULL;
	f->idmap_root = f->privileged && f->userns;
}

/* The root of host: as src/run/engine/probe_host.c finds it. /home is a file system of its own; in a user
 * namespace the root is put together. */
static void make_root(struct arena *a, const struct spec *s, struct facts *f)
{
	if (s->root.kind != ROOT_HOST)
		return;
	strv_push(a, &f->below, "/home");
	if (!f->userns)
		return;
	f->root_empty = true;
	strv_push(a, &f->below, "/usr");
	strv_push(a, &f->bound, "/var");
	strv_push(a, &f->dirs, "/tmp");
	strv_push(a, &f->links, "/bin");
	strv_push(a, &f->links, "usr/bin");
}

/* A source is a file when its name has a suffix; every device is 10:229. */
static void make_sources(struct arena *a, const struct spec *s, struct facts *f)
{
	f->mount_is_file = arena_array(a, bool, s->n_mounts);
	for (size_t i = 0; i < s->n_mounts; i++)
		f->mount_is_file[i] = str_eq(s->mounts[i].type, "bind") && strchr(s->mounts[i].source, '.');
	f->devices = arena_array(a, struct device_fact, s->n_devices);
	for (size_t i = 0; i < s->n_devices; i++)
		f->devices[i] = (struct device_fact){ .type = 'c', .major = 10, .minor = 229, .mode = 0666 };
}

/* What src/run/engine/volumes.c makes of volumes that are missing. */
static void make_volumes(struct arena *a, struct spec *s)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		struct spec_mount *m = &s->mounts[i];

		if (!m->volume)
			continue;
		if (!*m->volume)
			m->volume = volume_anonymous(a, id, m->target);
		m->fill = arena_printf(a, "/var/lib/guise/volumes/%s", m->volume);
		m->source = arena_printf(a, "%s/_data", m->fill);
	}
}

static struct address_fact address = { "10.10.0.0/24", "10.10.0.1", "10.10.0.2", 24, true };
static struct network_fact network = { .name = "bridge",
				       .dir = "4026531840/bridge",
				       .bridge = "guise0",
				       .mark = "guise network bridge",
				       .bridge_mac = "02:42:0a:0a:00:01",
				       .mtu = 1500,
				       .cable = "gvc0ffee00c0",
				       .link = "eth0",
				       .mac = "02:42:0a:0a:00:02",
				       .at = &address,
				       .n_at = 1 };

/* Where a free one is wished for, the first of the range is. */
static void make_ports(struct arena *a, const struct spec *s, struct facts *f)
{
	f->ports_mark = "guise port of container c0ffee00c0ff";
	network.published = network.hairpin = network.localnet = s->n_ports > 0;
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct spec_port *p = &s->ports[i];
		struct port_fact fact = { .at = p->ip ?: "",
					  .first = p->host ?: 32768,
					  .count = p->count,
					  .target = p->container,
					  .proto = p->proto,
					  .to = address.address,
					  .network = network.dir };

		arena_push(a, f->ports, f->n_ports, fact);
	}
}

static int make_machine(struct arena *a, const char *machine, struct spec *s, struct facts *f, struct err *e)
{
	struct user_files files = { passwd, group, sizeof(passwd) - 1, sizeof(group) - 1 };

	*f = (struct facts){
		.id = id,
		.name = s->name ? s->name : "container",
		.scratch = "/run/guise/mnt",
		.state = arena_printf(a, "/run/guise/containers/%s", id),
		.root = s->root.kind == ROOT_HOST ? "/" : s->root.path,
		.privileged = !str_eq(machine, "user"),
		.caps_held = CAPS_ALL,
		.hostname = "machine",
		.hosts = "127.0.0.1\tlocalhost\n127.0.1.1\tmachine",
		.resolv = "nameserver 192.0.2.53\n",
		.networks = &network,
		.n_networks = 1,
		.ipv6 = true,
	};
	machine_cgroups(a, machine, &f->cgroups);
	make_limits(a, s, f);
	make_namespaces(a, s, f);
	make_userns(a, s, f);
	make_root(a, s, f);
	make_volumes(a, s);
	make_sources(a, s, f);
	make_ports(a, s, f);
	f->seccomp = s->security.seccomp == SECCOMP_UNCONFINED ? NULL : &seccomp_default;
	return user_lookup(a, s->user, &s->groups, &files, &f->user, e);
}

/* ---- what is printed ---- */

static int print_plan(struct arena *a, struct call *call, const char *machine, struct err *e)
{
	struct run_options o;
	struct facts f;
	struct plan p = { .arena = a };
	struct str script = { .arena = a }, record = { .arena = a };
	int r;

	if ((r = run_options_parse(call, &o, e)) < 0 || (r = run_options_env(a, &o, own_env, e)) < 0 ||
	    (r = make_machine(a, machine, &o.spec, &f, e)) < 0 || (r = plan_build(&p, &o.spec, &f, e)) < 0)
		return r;
	plan_script(&p, o.spec.name ? o.spec.name : "container", &script);
	plan_to_json(&p, &record);
	printf("%s\n---- recorded ----\n%s", script.p, record.p);
	return machine_check_record(&p, record.p, e);
}

int main(int argc, char **argv)
{
	static char first[64 * 1024];
	struct arena a = ARENA_INIT(first);
	struct call call = { .program = &command, .command = &command, .arena = &a, .argv = argv + 2 };
	struct err e = { 0 };
	char line[4096];

	if (argc < 3 || print_plan(&a, &call, argv[1], &e) != 0) {
		printf("guise: %s\n", err_line(&e, line, sizeof(line)));
		arena_free(&a);
		return 1;
	}
	arena_free(&a);
	return 0;
}
