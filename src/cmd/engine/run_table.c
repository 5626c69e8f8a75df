/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cmd/engine/limit_options.h"
#include "cmd/engine/names_options.h"
#include "cmd/engine/network_options.h"
#include "kernel/net/ip.h"
#include "kernel/process/caps.h"
#include "kernel/process/signal.h"
#include "spec/device.h"
#include "spec/expose.h"
#include "spec/idmap.h"
#include "spec/mount.h"
#include "spec/name.h"
#include "spec/sysctl.h"
#include "spec/ulimit.h"
#include "spec/user.h"
#include "spec/value.h"
#include "state/log.h"

static struct run_options *options_of(const struct opt_use *u)
{
	return u->options;
}

/* "'TEXT': CAUSE; HINT" */
static int bad_value(const struct opt_use *u, struct err *e, const char *code, const char *cause,
		     const char *hint)
{
	err_set(e, code, EINVAL, "'%s'", u->value);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

/* Setters that check a string and keep it. */

static int keep(const struct opt_use *u, int checked, struct err *e)
{
	return checked < 0 ? checked : opt_string(u, e);
}

static int set_name(const struct opt_use *u, struct err *e)
{
	return keep(u, name_container(u->value, e), e);
}

static int set_hostname(const struct opt_use *u, struct err *e)
{
	return keep(u, name_hostname(u->value, e), e);
}

static int set_user(const struct opt_use *u, struct err *e)
{
	return keep(u, user_check(u->value, e), e);
}

static int set_cgroup_parent(const struct opt_use *u, struct err *e)
{
	return name_cgroup(u->call->arena, u->value, u->field, e);
}

static int set_workdir(const struct opt_use *u, struct err *e)
{
	const char *path = name_path(u->call->arena, u->value);

	if (!path)
		return bad_value(u, e, "bad-workdir", "not an absolute path without '..'",
				 "give the full path inside the container");
	*(const char **)u->field = path;
	return 0;
}

static int add_group(const struct opt_use *u, struct err *e)
{
	if (strchr(u->value, ':') || user_check(u->value, e) < 0)
		return bad_value(u, e, "bad-group", "not a group's name or number",
				 "write for example 44 or video");
	return opt_list(u, e);
}

static int add_label(const struct opt_use *u, struct err *e)
{
	int r = name_label(u->value, e);

	if (r < 0)
		return r;
	strv_push(u->call->arena, u->field,
		  strchr(u->value, '=') ? u->value : arena_printf(u->call->arena, "%s=", u->value));
	return 0;
}

static int add_exposed(const struct opt_use *u, struct err *e)
{
	return expose_parse(u->call->arena, u->value, u->field, e);
}

static int add_sysctl(const struct opt_use *u, struct err *e)
{
	const char *pair;
	int r = sysctl_parse(u->call->arena, u->value, &pair, e);

	if (r == 0)
		strv_push(u->call->arena, u->field, pair);
	return r;
}

/* Numbers. */

static int set_oom_score_adj(const struct opt_use *u, struct err *e)
{
	struct spec *s = &options_of(u)->spec;
	int64_t n;
	int r = value_number(u->value, -1000, 1000, &n, e);

	if (r == 0) {
		s->has_oom_score_adj = true;
		s->oom_score_adj = n;
	}
	return r;
}

static int set_stop_signal(const struct opt_use *u, struct err *e)
{
	int sig = signal_from_name(u->value);

	if (sig < 0)
		return bad_value(u, e, "bad-signal", "no signal has that name or number",
				 "write for example SIGTERM, INT or 15");
	*(int *)u->field = sig;
	((struct run_options *)u->options)->stop_signal_given = true;
	return 0;
}

/* Podman's names: k8s-file is the format of guise's logs, and docker's json-file means the same, for
 * scripts. */
static int set_log_driver(const struct opt_use *u, struct err *e)
{
	bool none = str_eq(u->value, "none");

	if (!none && !str_eq(u->value, "k8s-file") && !str_eq(u->value, "json-file"))
		return bad_value(u, e, "bad-log-driver", "guise has no log driver of that name",
				 "write k8s-file or none");
	*(bool *)u->field = none;
	return 0;
}

static int add_log_opt(const struct opt_use *u, struct err *e)
{
	struct spec_log *l = &options_of(u)->spec.log;
	const char *value;
	int64_t n;
	int r;

	if ((value = str_after(u->value, "max-size="))) {
		if ((r = str_eq(value, "-1") ? n = -1, 0 : value_size(value, &n, e)) == 0)
			l->max_size = n;
		return r == 0 && n == 0 ? bad_value(u, e, "bad-log-opt", "no line fits into that",
						    "write for example max-size=10m") :
					  r;
	}
	if ((value = str_after(u->value, "max-file="))) {
		if ((r = value_number(value, 1, LOG_FILES_MAX, &n, e)) == 0)
			l->max_file = (unsigned)n;
		return r;
	}
	return bad_value(u, e, "bad-log-opt", "not an option of guise's logs",
			 "write max-size=SIZE or max-file=N");
}

/* Lists of structs. */

static int add_device(const struct opt_use *u, struct err *e)
{
	struct spec *s = &options_of(u)->spec;
	struct spec_device d;
	int r = device_parse(u->call->arena, u->value, &d, e);

	if (r == 0)
		arena_push(u->call->arena, s->devices, s->n_devices, d);
	return r;
}

/* The last one of a resource counts, as in docker. */
static int add_ulimit(const struct opt_use *u, struct err *e)
{
	struct spec *s = &options_of(u)->spec;
	struct spec_rlimit limit;
	int r = ulimit_parse(u->call->arena, u->value, &limit, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < s->n_rlimits; i++) {
		if (s->rlimits[i].resource == limit.resource) {
			s->rlimits[i] = limit;
			return 0;
		}
	}
	arena_push(u->call->arena, s->rlimits, s->n_rlimits, limit);
	return 0;
}

/* Mounts. */

static int add_mount(const struct opt_use *u, const struct spec_mount *m)
{
	struct spec *s = &options_of(u)->spec;

	arena_push(u->call->arena, s->mounts, s->n_mounts, *m);
	return 0;
}

/* Where relative sources begin; NULL: the directory is gone. */
static const char *own_cwd(const struct opt_use *u)
{
	struct run_options *o = options_of(u);
	char path[PATH_MAX];

	if (!o->cwd && getcwd(path, sizeof(path)))
		o->cwd = arena_strdup(u->call->arena, path);
	return o->cwd;
}

static int add_volume(const struct opt_use *u, struct err *e)
{
	struct spec_mount m;
	int r = mount_parse_volume(u->call->arena, u->value, own_cwd(u), &m, e);

	return r < 0 ? r : add_mount(u, &m);
}

static int add_volumes_from(const struct opt_use *u, struct err *e)
{
	const char *options = strchr(u->value, ':');

	if (options == u->value || !*u->value ||
	    (options && !str_eq(options, ":ro") && !str_eq(options, ":rw")))
		return bad_value(u, e, "bad-volumes-from", "not a container, with or without :ro",
				 "write for example --volumes-from NAME:ro");
	return opt_list(u, e);
}

static int add_mount_fields(const struct opt_use *u, struct err *e)
{
	struct spec_mount m;
	int r = mount_parse_fields(u->call->arena, u->value, own_cwd(u), &m, e);

	return r < 0 ? r : add_mount(u, &m);
}

static int add_tmpfs(const struct opt_use *u, struct err *e)
{
	struct spec_mount m;
	int r = mount_parse_tmpfs(u->call->arena, u->value, &m, e);

	return r < 0 ? r : add_mount(u, &m);
}

/* Namespaces. */

static int set_ns(const struct opt_use *u, struct err *e)
{
	struct spec_ns *ns = u->field;
	const char *rest;

	*ns = (struct spec_ns){ .mode = NS_MODE_NEW };
	if (str_eq(u->value, "host")) {
		ns->mode = NS_MODE_HOST;
	} else if ((rest = str_after(u->value, "container:")) && *rest) {
		ns->mode = NS_MODE_CONTAINER;
		ns->target = rest;
	} else if ((rest = str_after(u->value, "ns:")) && *rest == '/') {
		ns->mode = NS_MODE_PATH;
		ns->target = rest;
	} else if (!str_eq(u->value, "private")) {
		return bad_value(u, e, "bad-namespace", "not a namespace to use",
				 "write host, private, container:NAME or ns:PATH");
	}
	return 0;
}

/* Docker's "shareable" is "private" here: another container may join either. */
static int set_ipc(const struct opt_use *u, struct err *e)
{
	if (!str_eq(u->value, "shareable"))
		return set_ns(u, e);
	*(struct spec_ns *)u->field = (struct spec_ns){ .mode = NS_MODE_NEW };
	return 0;
}

static int set_cgroupns(const struct opt_use *u, struct err *e)
{
	bool host = str_eq(u->value, "host");

	if (!host && !str_eq(u->value, "private"))
		return bad_value(u, e, "bad-namespace", "not a cgroup namespace to use",
				 "write host or private");
	*(struct spec_ns *)u->field = (struct spec_ns){ .mode = host ? NS_MODE_HOST : NS_MODE_NEW,
							.given = true };
	return 0;
}

static int set_shm_size(const struct opt_use *u, struct err *e)
{
	return value_size(u->value, u->field, e);
}

static int set_timens(const struct opt_use *u, struct err *e)
{
	options_of(u)->spec.ns[NS_TIME].mode = u->on ? NS_MODE_NEW : NS_MODE_HOST;
	return 0;
}

static int set_userns(const struct opt_use *u, struct err *e)
{
	struct spec *s = &options_of(u)->spec;
	bool none = str_eq(u->value, "host");
	const char *keep = str_after(u->value, "keep-id");

	s->ns[NS_USER].mode = none ? NS_MODE_HOST : NS_MODE_NEW;
	s->userns = none ? USERNS_NONE : USERNS_AUTO;
	if (none || str_eq(u->value, "auto"))
		return 0;
	s->userns = keep ? USERNS_KEEP : USERNS_MAP;
	if (keep)
		return idmap_parse_keep(keep, &s->keep_uid, &s->keep_gid, e);
	return idmap_parse(u->value, &s->userns_map, e);
}

/* Security. */

static int add_caps(const struct opt_use *u, struct err *e)
{
	uint64_t mask = caps_from_name(u->value);

	if (!mask)
		return bad_value(u, e, "bad-capability", "no capability has that name",
				 "write for example NET_ADMIN, or ALL");
	*(uint64_t *)u->field |= mask;
	return 0;
}

static int set_no_new_privs(const struct opt_use *u, const char *value, struct err *e)
{
	struct run_options *o = options_of(u);

	o->no_new_privs_given = true;
	return value_bool(*value ? value + 1 : "true", &o->spec.security.no_new_privs, e);
}

/* A file by its full path: exec reads it again, from anywhere. */
static int set_seccomp(const struct opt_use *u, const char *value, struct err *e)
{
	struct run_options *o = options_of(u);
	struct spec_security *sec = &o->spec.security;
	const char *cwd = "";

	o->seccomp_given = true;
	sec->seccomp_file = NULL;
	if (str_eq(value, "default") || str_eq(value, "builtin")) {
		sec->seccomp = SECCOMP_DEFAULT;
	} else if (str_eq(value, "unconfined")) {
		sec->seccomp = SECCOMP_UNCONFINED;
	} else {
		sec->seccomp = SECCOMP_FILE;
		if (*value != '/' && !(cwd = own_cwd(u)))
			return bad_value(u, e, "no-cwd", "the working directory was removed",
					 "give an absolute path");
		sec->seccomp_file = *cwd ? arena_printf(u->call->arena, "%s/%s", cwd, value) : value;
	}
	return 0;
}

/* NAME, NAME=VALUE or, as docker once wrote it, NAME:VALUE. */
static int add_security_opt(const struct opt_use *u, struct err *e)
{
	const char *rest = str_after(u->value, "no-new-privileges");

	if (rest && (!*rest || *rest == '=' || *rest == ':'))
		return set_no_new_privs(u, rest, e);
	rest = str_after(u->value, "seccomp");
	if (rest && (*rest == '=' || *rest == ':') && rest[1])
		return set_seccomp(u, rest + 1, e);
	if (str_eq(u->value, "unmask=ALL") || str_eq(u->value, "unmask=all") ||
	    str_eq(u->value, "systempaths=unconfined")) {
		options_of(u)->spec.security.unmask = true;
		return 0;
	}
	/* What guise does anyway: it sets no label of a security module. */
	if (str_eq(u->value, "apparmor=unconfined") || str_eq(u->value, "label=disable"))
		return 0;
	return bad_value(u, e, "bad-security-opt", "not an option that guise knows",
			 "write no-new-privileges[=false], seccomp=FILE|unconfined|default, unmask=ALL or "
			 "systempaths=unconfined");
}

/* The rows. */

#define AT(member) offsetof(struct run_options, member)
#define NS_WORDS   "host private container:"

/* clang-format off */
const struct opt run_option_table[] = {
	{ .help = "Container" },
	{ "name", 0, "NAME", set_name, AT(spec.name),
	  "the container's name; guise makes one if there is none" },
	{ "pull", 0, "WHEN", opt_choice, AT(pull), "fetch an image that is missing (default), always, or never",
	  "missing always never" },
	{ "platform", 0, "OS/ARCH[/VARIANT]", opt_string, AT(platform), "fetch the image for that platform" },
	{ "rm", 0, NULL, opt_flag, AT(spec.remove), "remove the container when its command has ended" },
	{ "detach", 'd', NULL, opt_flag, AT(spec.detach),
	  "run in the background and print the container's id" },
	{ "interactive", 'i', NULL, opt_flag, AT(spec.interactive), "pass standard input on" },
	{ "tty", 't', NULL, opt_flag, AT(spec.tty), "give the command a terminal" },
	{ "log-driver", 0, "DRIVER", set_log_driver, AT(spec.log.none),
	  "what is kept of a detached one's output: k8s-file (default) or none", "k8s-file none" },
	{ "log-opt", 0, "OPT", add_log_opt, 0,
	  "bounds of that: max-size=SIZE of a file (10m; -1: none), max-file=N (3)", "max-size= max-file=", .many = true },
	{ "init", 0, NULL, opt_flag, AT(spec.init),
	  "an init as PID 1 that forwards signals and reaps processes" },
	{ "stop-signal", 0, "SIGNAL", set_stop_signal, AT(spec.stop_signal),
	  "what `stop` sends (SIGTERM)" },
	{ "stop-timeout", 0, "SECONDS", opt_unsigned, AT(spec.stop_timeout), "how long `stop` waits (10)" },
	{ "label", 'l', "NAME=VALUE", add_label, AT(spec.labels),
	  "a label for people and programs", .many = true },
	{ "cidfile", 0, "FILE", opt_string, AT(spec.cidfile), "write the container's id to FILE", "@file" },
	{ "pidfile", 0, "FILE", opt_string, AT(spec.pidfile),
	  "write the command's process id to FILE", "@file" },
	{ "replace", 0, NULL, opt_flag, AT(replace), "remove the container that has the name, and take it" },
	{ "dry-run", 0, NULL, opt_flag, AT(dry_run), "print the steps as a shell script and do nothing" },
	{ "format", 0, "FORMAT", opt_format, 0, "errors and plans as text or json", "text json" },

	{ .help = "Command" },
	{ "entrypoint", 0, "PROGRAM", opt_string, AT(entrypoint),
	  "what runs, with COMMAND as its arguments" },
	{ "env", 'e', "NAME=VALUE", opt_list, AT(env),
	  "an environment variable; NAME alone passes guise's own on",
	  .many = true },
	{ "env-file", 0, "FILE", opt_list, AT(env_files),
	  "environment variables, one a line", "@file", .many = true },
	{ "workdir", 'w', "DIR", set_workdir, AT(spec.workdir), "the working directory (/)" },
	{ "user", 'u', "USER[:GROUP]", set_user, AT(spec.user),
	  "names of the container's passwd; digits are a number (0)" },
	{ "group-add", 0, "GROUP", add_group, AT(spec.groups),
	  "one more group of the command", .many = true },
	{ "ulimit", 0, "NAME=SOFT[:HARD]", add_ulimit, 0,
	  "a resource limit, such as nofile=1024", .many = true },

	{ .help = "Root file system" },
	{ "read-only", 0, NULL, opt_flag, AT(spec.root.readonly), "make the root read-only" },
	{ "overlay", 0, NULL, opt_flag, AT(spec.root.overlay),
	  "a throwaway writable layer on top (always with host:)" },
	{ "volume", 'v', "[SRC:]DST[:OPTS]", add_volume, 0,
	  "mount SRC of the host, or the volume of that name, on DST: ro,nocopy,...",
	  "@file", .many = true },
	{ "volumes-from", 0, "NAME[:ro]", add_volumes_from, AT(spec.volumes_from),
	  "what another container has of the host's directories", .many = true },
	{ "mount", 0, "FIELDS", add_mount_fields, 0, "type=bind|volume|tmpfs,source=SRC,target=DST[,readonly,...]",
	  "type=bind,source= type=tmpfs,target=", .many = true },
	{ "tmpfs", 0, "DST[:OPTS]", add_tmpfs, 0,
	  "an empty directory in memory; OPTS: size=64m,mode=1777,exec,...",
	  .many = true },
	{ "shm-size", 0, "SIZE", set_shm_size, AT(spec.shm_size), "size of /dev/shm (64m)" },
	{ "device", 0, "DEV[:PATH[:rwm]]", add_device, 0, "a device of the host", "@file", .many = true },

	{ .help = "Limits" },
	{ "memory", 'm', "SIZE", limit_size, AT(spec.limits.memory), "memory, such as 50m" },
	{ "memory-swap", 0, "SIZE", limit_size_or_none, AT(spec.limits.memory_swap),
	  "memory and swap together; -1: as much swap as there is" },
	{ "memory-reservation", 0, "SIZE", limit_size, AT(spec.limits.memory_reservation),
	  "what the container keeps when memory gets scarce" },
	{ "cpus", 0, "N", limit_cpus, AT(cpus), "processors, such as 1.5" },
	{ "cpu-shares", 'c', "N", limit_cpu_shares, AT(spec.limits.cpu_shares),
	  "weight against others, 2 to 262144 (1024)" },
	{ "cpu-quota", 0, "USEC", limit_cpu_quota, AT(spec.limits.cpu_quota),
	  "processor time in each period" },
	{ "cpu-period", 0, "USEC", limit_cpu_period, AT(spec.limits.cpu_period),
	  "the period, 1000 to 1000000 (100000)" },
	{ "cpuset-cpus", 0, "LIST", limit_cpu_list, AT(spec.limits.cpuset_cpus),
	  "processors to run on, such as 0-3,5" },
	{ "cpuset-mems", 0, "LIST", limit_cpu_list, AT(spec.limits.cpuset_mems),
	  "memory nodes to use, such as 0,1" },
	{ "pids-limit", 0, "N", limit_pids, AT(spec.limits.pids), "processes and threads; -1: no limit" },
	{ "blkio-weight", 0, "N", limit_blkio_weight, AT(spec.limits.blkio_weight),
	  "disk weight, 10 to 1000" },
	{ "device-read-bps", 0, "DEV:SIZE", limit_read_bps, AT(spec.limits), "bytes a second to read from DEV", "@file",
	  .many = true },
	{ "device-write-bps", 0, "DEV:SIZE", limit_write_bps, AT(spec.limits), "bytes a second to write to DEV", "@file",
	  .many = true },
	{ "device-read-iops", 0, "DEV:N", limit_read_iops, AT(spec.limits),
	  "reads a second from DEV", "@file", .many = true },
	{ "device-write-iops", 0, "DEV:N", limit_write_iops, AT(spec.limits),
	  "writes a second to DEV", "@file", .many = true },
	{ "oom-score-adj", 0, "N", set_oom_score_adj, 0, "-1000 to 1000: whom the kernel kills first" },
	{ "cgroup-parent", 0, "PATH", set_cgroup_parent, AT(spec.cgroup_parent),
	  "cgroup to make the container's in" },
	{ "cgroup-conf", 0, "FILE=VALUE", limit_cgroup_conf, AT(spec.limits),
	  "any other file of the cgroup (v2)", .many = true },

	{ .help = "Namespaces and network" },
	{ "network", 0, "NET", network_option, AT(spec),
	  "none, host, pasta, container:NAME, netns:NAME, NETWORK[:OPTIONS] (bridge)",
	  "bridge none host pasta container: netns: ns:", "net", .many = true },
	{ "ip", 0, "ADDRESS", network_option_ip, AT(spec.network.address),
	  "its address on the first of them, which must be free (the next one)" },
	{ "mac-address", 0, "MAC", network_option_mac, AT(spec.network.mac),
	  "its hardware address there (one made of the address)" },
	{ "network-alias", 0, "NAME", network_option_alias, AT(spec.network.aliases),
	  "another name by which others there find it", .many = true },
	{ "publish", 'p', "[[IP:]HOST:]PORT", network_option_publish, AT(spec),
	  "a port of the machine that leads to one of its own (tcp); ranges; /udp", .many = true },
	{ "publish-all", 'P', NULL, opt_flag, AT(spec.publish_all),
	  "each port that the image or --expose names, at a free port of the machine" },
	{ "network-bandwidth", 0, "in=RATE,out=RATE", network_option_bandwidth, AT(spec.network.bandwidth),
	  "bits per second of each of its networks, 10M, to it and from it (no limit)" },
	{ "add-host", 0, "NAME:IP", names_option_host, AT(spec.names.hosts),
	  "a line of its /etc/hosts; host-gateway is the machine's address there", .many = true },
	{ "dns", 0, "ADDRESS", names_option_server, AT(spec.names.servers),
	  "a name server, instead of the machine's", .many = true },
	{ "dns-search", 0, "DOMAIN", names_option_search, AT(spec.names.search),
	  "where to look for short names, instead of the machine's; . is nowhere", .many = true },
	{ "dns-option", 0, "OPTION", names_option_option, AT(spec.names.options),
	  "an option of resolv.conf(5), instead of the machine's", .alias = "dns-opt", .many = true },
	{ "no-hosts", 0, NULL, opt_flag, AT(spec.names.no_hosts), "leave the root's own /etc/hosts there" },
	{ "netns-name", 0, "NAME", network_option_netns, AT(spec.netns_name),
	  "what `ip netns` shall know its network by (nothing)" },
	{ "expose", 0, "PORT[/PROTO]", add_exposed, AT(spec.exposed),
	  "say that it listens there (tcp): for inspect, and --publish-all", .many = true },
	{ "hostname", 'h', "NAME", set_hostname, AT(spec.hostname), "the host name (the container's id)" },
	{ "pid", 0, "NS", set_ns, AT(spec.ns[NS_PID]),
	  "host or container:NAME: see its processes", NS_WORDS },
	{ "ipc", 0, "NS", set_ipc, AT(spec.ns[NS_IPC]),
	  "host or container:NAME: share its memory", NS_WORDS },
	{ "cgroupns", 0, "NS", set_cgroupns, AT(spec.ns[NS_CGROUP]),
	  "private, or host: see the cgroups of the machine (private)", "private host" },
	{ "uts", 0, "NS", set_ns, AT(spec.ns[NS_UTS]),
	  "host or container:NAME: share its host name", NS_WORDS },
	{ "userns", 0, "MAP", set_userns, 0,
	  "auto, host, keep-id[:uid=N,gid=N] or UID:HOST:SIZE: a user namespace (host)", "auto host keep-id" },
	{ "timens", 0, NULL, set_timens, 0,
	  "a time namespace of its own; its clocks are the host's until they are set" },
	{ "sysctl", 0, "NAME=VALUE", add_sysctl, AT(spec.sysctls), "a kernel parameter of these namespaces",
	  .many = true },

	{ .help = "Security" },
	{ "cap-add", 0, "CAP", add_caps, AT(cap_add), "one more capability, or ALL", .many = true },
	{ "cap-drop", 0, "CAP", add_caps, AT(cap_drop), "one capability less, or ALL", .many = true },
	{ "security-opt", 0, "OPT", add_security_opt, 0,
	  "no-new-privileges=false, seccomp=FILE|unconfined, unmask=ALL",
	  "no-new-privileges=false seccomp=unconfined unmask=ALL systempaths=unconfined", .many = true },
	{ "privileged", 0, NULL, opt_flag, AT(spec.security.privileged),
	  "all capabilities and devices, nothing hidden, cgroups of its own" },
	{ 0 },
};
/* clang-format on */
