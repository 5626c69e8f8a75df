/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Docker's keys where docker has the field, so that scripts find what they look for; what only guise knows
 * is below "Guise". Of HostConfig the record has what was given (state/record_wish.h), the rest is as
 * docker shows what was not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/inspect.h"
#include "cmd/engine/network_change.h"
#include "cmd/engine/object.h"
#include "cmd/engine/places.h"
#include "cmd/engine/ports.h"
#include "cmd/template.h"
#include "kernel/process/signal.h"
#include "state/images.h"

/* Go's zero time */
#define NEVER "0001-01-01T00:00:00Z"

static void add_state(json_object *o, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *s = object_within(o, "State");
	bool exited = k->status == CONTAINER_EXITED;
	char time[40];

	object_str(s, "Status", control_status(k));
	object_flag(s, "Running", k->pid > 0);
	object_flag(s, "Paused", k->paused);
	object_flag(s, "Restarting", false);
	object_flag(s, "OOMKilled", r->oom.kills > 0);
	object_flag(s, "Dead", false);
	object_int(s, "Pid", k->pid);
	/* docker's is a number in any case: -1 is not known, and 0 before the end */
	object_int(s, "ExitCode", exited ? r->exit_code : 0);
	object_str(s, "Error",
		   r->error                   ? r->error :
		   exited && r->exit_code < 0 ? "guise was killed before it could learn the exit code" :
						"");
	object_str(s, "StartedAt", r->started ? record_time(r->started, time) : NEVER);
	object_str(s, "FinishedAt", r->finished ? record_time(r->finished, time) : NEVER);
}

/* NULL: another's host name. */
static const char *hostname_of(const struct record *r)
{
	const char *own = plan_hostname(&r->plan);

	return own ? own : r->hostname ? r->hostname : "";
}

static void add_command(json_object *c, const struct record *r)
{
	struct strv first = { r->command.v, 1 };

	object_list(c, "Cmd", &r->command, r->entrypoint);
	if (r->entrypoint)
		object_list(c, "Entrypoint", &first, 0);
	else
		object_str(c, "Entrypoint", NULL);
}

static void add_config(struct arena *a, json_object *o, const struct record *r)
{
	json_object *c = object_within(o, "Config"), *ports;
	char buf[16];

	object_str(c, "Hostname", hostname_of(r));
	object_str(c, "User", r->user ? r->user : "");
	object_flag(c, "AttachStdin", r->interactive && !r->detach);
	object_flag(c, "AttachStdout", !r->detach);
	object_flag(c, "AttachStderr", !r->detach);
	object_flag(c, "Tty", r->tty);
	object_flag(c, "OpenStdin", r->interactive);
	object_list(c, "Env", &r->env, 0);
	add_command(c, r);
	object_str(c, "WorkingDir", r->workdir ? r->workdir : "/");
	object_labels(a, c, "Labels", &r->labels);
	ports = object_within(c, "ExposedPorts");
	for (size_t i = 0; i < r->exposed.n; i++)
		object_within(ports, r->exposed.v[i]);
	object_str(c, "StopSignal", signal_name(r->stop_signal, buf, sizeof(buf)));
	object_int(c, "StopTimeout", r->stop_timeout);
}

/* A member of HostConfig, and what it is where nothing was given. */
static const struct {
	const char *key, *otherwise;
} host_config[] = {
	{ "ContainerIDFile", "\"\"" },
	{ "NetworkMode", "\"\"" },
	{ "LogConfig", "{\"Type\":\"none\",\"Config\":{}}" },
	{ "RestartPolicy", "{\"Name\":\"no\",\"MaximumRetryCount\":0}" },
	{ "AutoRemove", "false" },
	{ "CapAdd", "null" },
	{ "CapDrop", "null" },
	{ "CgroupnsMode", "\"private\"" },
	{ "Dns", "[]" },
	{ "DnsOptions", "[]" },
	{ "DnsSearch", "[]" },
	{ "ExtraHosts", "null" },
	{ "GroupAdd", "null" },
	{ "IpcMode", "\"private\"" },
	{ "OomScoreAdj", "0" },
	{ "PidMode", "\"\"" },
	{ "PortBindings", "{}" },
	{ "Privileged", "false" },
	{ "PublishAllPorts", "false" },
	{ "ReadonlyRootfs", "false" },
	{ "SecurityOpt", "null" },
	{ "ShmSize", "67108864" },
	{ "Sysctls", "{}" },
	{ "Tmpfs", "{}" },
	{ "UTSMode", "\"\"" },
	{ "UsernsMode", "\"\"" },
	{ "VolumesFrom", "null" },
	{ "CpuShares", "0" },
	{ "Memory", "0" },
	{ "NanoCpus", "0" },
	{ "CgroupParent", "\"\"" },
	{ "BlkioWeight", "0" },
	{ "BlkioDeviceReadBps", "[]" },
	{ "BlkioDeviceWriteBps", "[]" },
	{ "BlkioDeviceReadIOps", "[]" },
	{ "BlkioDeviceWriteIOps", "[]" },
	{ "CpuPeriod", "0" },
	{ "CpuQuota", "0" },
	{ "CpusetCpus", "\"\"" },
	{ "CpusetMems", "\"\"" },
	{ "Devices", "[]" },
	{ "MemoryReservation", "0" },
	{ "MemorySwap", "0" },
	{ "PidsLimit", "null" },
	{ "Ulimits", "[]" },
	{ "Init", "false" },
};

static void add_host_config(json_object *o, const struct record *r)
{
	json_object *h = object_within(o, "HostConfig"),
		    *given = json_tokener_parse(r->host_config ? r->host_config : "{}");

	for (size_t i = 0; i < ARRAY_LEN(host_config); i++)
		json_object_object_add(h, host_config[i].key, json_tokener_parse(host_config[i].otherwise));
	if (json_object_is_type(given, json_type_object)) {
		json_object_object_foreach (given, key, value)
			json_object_object_add(h, key, json_object_get(value));
	}
	json_object_put(given);
}

/* The first of a family; NULL: none. */
static const char *of_family(const struct strv *list, bool ipv6)
{
	for (size_t i = 0; i < list->n; i++)
		if (*list->v[i] && !strchr(list->v[i], ':') == !ipv6)
			return list->v[i];
	return NULL;
}

/* Without its length. */
static const char *bare(struct arena *a, const char *address)
{
	return address ? arena_strndup(a, address, strcspn(address, "/")) : "";
}

static int64_t length_of(const char *address)
{
	const char *slash = address ? strchr(address, '/') : NULL;

	return slash ? atoi(slash + 1) : 0;
}

/* As docker has it, also where there is none: then all of it is empty. */
static void add_address(struct arena *a, json_object *n, const struct plan_endpoint *ep)
{
	const char *ipv4 = of_family(&ep->addresses, false), *ipv6 = of_family(&ep->addresses, true);

	object_str(n, "IPAddress", bare(a, ipv4));
	object_int(n, "IPPrefixLen", length_of(ipv4));
	object_str(n, "Gateway", bare(a, of_family(&ep->gateways, false)));
	if (ipv6) {
		object_str(n, "GlobalIPv6Address", bare(a, ipv6));
		object_int(n, "GlobalIPv6PrefixLen", length_of(ipv6));
		object_str(n, "IPv6Gateway", bare(a, of_family(&ep->gateways, true)));
	}
	object_str(n, "MacAddress", ep->mac ? ep->mac : "");
}

/* Those of its next start: what its last run ended with, or it was made with, and what has been changed since. */
static void add_next_networks(struct arena *a, json_object *networks, const struct record *r)
{
	const struct plan_endpoint empty = { 0 };
	struct plan_endpoint ep;
	struct strv names = { 0 };

	for (size_t at = 0; plan_next_endpoint(&r->plan, &at, &ep);)
		if (ep.network)
			strv_push(a, &names, ep.network);
	if (!names.n && !(r->begun && r->connects.n) && !str_eq(r->network, "container"))
		strv_push(a, &names, r->network);
	names = network_change_names(a, &r->connects, &names);
	for (size_t i = 0; i < names.n; i++)
		add_address(a, object_within(networks, names.v[i]), &empty);
}

/* Of a container that does not run all of it is empty, too. The settings of the first network stand also
 * above them. */
static void add_network(struct arena *a, json_object *o, const struct control *k)
{
	json_object *n = object_within(o, "NetworkSettings"), *networks;
	struct plan_endpoint first = { 0 }, ep;
	bool there = k->status != CONTAINER_EXITED && k->rec.begun;
	size_t at = 0;

	if (there)
		plan_next_endpoint(&k->rec.plan, &(size_t){ 0 }, &first);
	add_address(a, n, &first);
	object_str(n, "SandboxKey", k->pid ? arena_printf(a, "/proc/%d/ns/net", k->pid) : "");
	ports_object(a, object_within(n, "Ports"), k);
	networks = object_within(n, "Networks");
	while (there && plan_next_endpoint(&k->rec.plan, &at, &ep))
		if (ep.network)
			add_address(a, object_within(networks, ep.network), &ep);
	if (there && !str_eq(k->rec.network, "bridge") && !str_eq(k->rec.network, "container"))
		add_address(a, object_within(networks, k->rec.network), &first);
	if (!there)
		add_next_networks(a, networks, &k->rec);
}

/* The inode of each namespace, as lsns(8) and ls -l /proc/PID/ns show it. */
static void add_namespaces(json_object *guise, pid_t pid)
{
	json_object *n = object_within(guise, "Namespaces");
	struct stat s;
	char path[64];

	for (int i = 0; i < NS_COUNT; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_name[i]);
		if (stat(path, &s) == 0)
			object_int(n, ns_name[i], (int64_t)s.st_ino);
	}
}

static void add_oom(json_object *guise, const struct cgroup_oom *oom)
{
	json_object *o = object_within(guise, "OOM");

	object_int(o, "Kills", (int64_t)oom->kills);
	object_str(o, "Whose", record_oom_whose[oom->whose]);
	object_str(o, "Cgroup", oom->cgroup);
	json_object_object_add(o, "Limit", oom->limit >= 0 ? json_object_new_int64(oom->limit) : NULL);
	json_object_object_add(o, "Peak", oom->peak ? json_object_new_int64((int64_t)oom->peak) : NULL);
	object_int(o, "Pid", oom->pid);
	object_str(o, "Comm", oom->comm);
}

/* What was written to which file of the cgroups. */
static void add_limits(struct arena *a, json_object *guise, const struct plan *p)
{
	json_object *limits = object_within(guise, "Limits");
	const struct step_cgroup_set *s;

	for (size_t at = 0; (s = plan_next_cgroup_set(p, &at));)
		object_str(limits, arena_printf(a, "%s/%s", s->path, s->file), s->value);
}

static void add_guise(struct arena *a, json_object *o, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *g = object_within(o, "Guise");

	object_str(g, "Version", r->guise);
	object_str(g, "RootFS", r->rootfs);
	object_flag(g, "Detached", r->detach);
	object_flag(g, "Orphaned", k->orphaned);
	object_str(g, "Cgroup", r->cgroup);
	object_str(g, "MemoryCgroup", r->memory_cgroup);
	places_cgroups(g, "Cgroups", k);
	places_cables(g, "Cables", "Host", "Container", k);
	add_limits(a, g, &r->plan);
	if (k->pid)
		add_namespaces(g, k->pid);
	if (r->oom.kills)
		add_oom(g, &r->oom);
}

static json_object *object_of(struct arena *a, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *o = json_object_new_object();
	char time[40];

	object_str(o, "Id", r->id);
	object_str(o, "Name", r->name);
	object_str(o, "Created", record_time(r->created, time));
	object_str(o, "Path", r->command.n ? r->command.v[0] : NULL);
	object_list(o, "Args", &r->command, 1);
	object_str(o, "LogPath", places_log(a, k));
	add_state(o, k);
	add_config(a, o, r);
	add_host_config(o, r);
	json_object_object_add(o, "Mounts", json_tokener_parse(r->mounts ? r->mounts : "[]"));
	add_network(a, o, k);
	add_guise(a, o, k);
	return o;
}

struct inspect_options {
	const char *type;
};

/* A container, or else an image, as --type has it. */
static int find_one(struct call *call, struct state *st, const char *type, const char *name, json_object **o,
		    struct err *e)
{
	autoclose int images = -1;
	struct control k;
	int r = -ENOENT;

	if (!str_eq(type, "image")) {
		r = control_open(&k, st, call->arena, name, e);
		if (r == 0)
			*o = object_of(call->arena, &k);
		control_close(&k);
	}
	if (r != -ENOENT || str_eq(type, "container"))
		return r;
	images = images_open(st, false, LOCK_SH, e->no ? &(struct err){ 0 } : e);
	if (images < 0 && e->no)
		return -e->no;
	return inspect_image(call, st, images, name, o, e);
}

/* Each as the template says, on a line of its own. */
static int print_template(struct call *call, json_object *o, struct err *e)
{
	struct str line = { .arena = call->arena };
	int r = template_run(call->format, o, &line, e);

	if (r == 0)
		puts(str_get(&line));
	return r;
}

/* Nothing is printed before all is found: for an image guise executes guise-image, which begins anew. */
int inspect_print(struct call *call, const char *type, const struct strv *names, struct err *e)
{
	json_object *array = json_object_new_array();
	struct state st;
	int r = command_state(call, &st, e);

	for (size_t i = 0; r == 0 && i < names->n; i++) {
		struct err one = { 0 };
		json_object *o = NULL;

		if (find_one(call, &st, type, names->v[i], &o, &one) < 0)
			command_report(call, &one);
		else
			json_object_array_add(array, o);
	}
	for (size_t i = 0; template_is(call->format) && i < json_object_array_length(array); i++) {
		struct err one = { 0 };

		if (print_template(call, json_object_array_get_idx(array, i), &one) < 0)
			command_report(call, &one);
	}
	if (r < 0 || template_is(call->format))
		return json_object_put(array), r;
	object_print(array);
	return 0;
}

static const struct opt inspect_table[] = {
	{ "format", 'f', "FORMAT", opt_template, 0,
	  "json, or a template of the fields that are wanted: '{{.State.Pid}}'", "json" },
	{ "type", 0, "TYPE", opt_choice, offsetof(struct inspect_options, type), "container or image only",
	  "container image" },
	{ 0 },
};

static int inspect_run(struct call *call, struct err *e)
{
	struct inspect_options o = { 0 };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	return r ? r : inspect_print(call, o.type, &names, e);
}

const struct command inspect_command = {
	.name = "inspect",
	.operands = "CONTAINER|IMAGE...",
	.summary = "print all that is known of containers or images, as JSON",
	.details =
		"A name is looked for among containers first. The keys are docker's where docker has the same; what only "
		"guise knows is below Guise: the cgroups and limits, the namespaces' inodes, and whose limit it was when memory "
		"ran out.",
	.options = inspect_table,
	.absent = absent_inspect,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = inspect_run,
};
