/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/record_wish.h"

#include <string.h>
#include <sys/mount.h>

#include "base/json.h"
#include "kernel/fs/mount.h"
#include "kernel/net/port.h"
#include "kernel/process/caps.h"
#include "kernel/process/rlimit.h"
#include "spec/publish.h"

/* Each member begins with the comma behind the one before it: the object begins with one that is always
 * there. */
static void put_key(struct str *out, const char *key)
{
	str_addf(out, ", \"%s\": ", key);
}

static void put_int(struct str *out, const char *key, int64_t n)
{
	put_key(out, key);
	str_addf(out, "%lld", (long long)n);
}

/* Of a limit: nothing where there is none. */
static void put_limit(struct str *out, const char *key, int64_t n)
{
	if (n != LIMIT_UNSET && n != 0)
		put_int(out, key, n);
}

static void put_str(struct str *out, const char *key, const char *value)
{
	if (!value)
		return;
	put_key(out, key);
	json_add_string(out, value);
}

static void put_flag(struct str *out, const char *key, bool value)
{
	if (!value)
		return;
	put_key(out, key);
	str_add(out, "true");
}

/* What is read again. */
static void put_bytes(struct str *out, const char *key, const char *value)
{
	put_key(out, key);
	json_add_bytes(out, value);
}

static void put_list(struct str *out, const char *key, const struct strv *v)
{
	if (!v->n)
		return;
	put_key(out, key);
	for (size_t i = 0; i < v->n; i++) {
		str_add(out, i ? ", " : "[");
		json_add_string(out, v->v[i]);
	}
	str_add(out, "]");
}

/* ---- limits ---- */

/* A number of processors in docker's billionths: cpu_quota is then of the usual period of 100000
 * microseconds. */
enum { NANO_CPUS = 10000 };

static void put_rates(struct str *out, const char *key, const struct spec_throttle *t, size_t n)
{
	if (!n)
		return;
	put_key(out, key);
	for (size_t i = 0; i < n; i++) {
		str_add(out, i ? ", {\"Path\": " : "[{\"Path\": ");
		json_add_string(out, t[i].device);
		str_addf(out, ", \"Rate\": %llu}", (unsigned long long)t[i].rate);
	}
	str_add(out, "]");
}

static void put_limits(const struct spec_limits *l, struct str *out)
{
	put_limit(out, "Memory", l->memory);
	put_limit(out, "MemoryReservation", l->memory_reservation);
	/* as much swap as memory, unless told otherwise */
	put_limit(out, "MemorySwap",
		  l->memory > 0 && l->memory_swap == LIMIT_UNSET ? 2 * l->memory : l->memory_swap);
	put_limit(out, l->cpus ? "NanoCpus" : "CpuQuota", l->cpus ? l->cpu_quota * NANO_CPUS : l->cpu_quota);
	put_limit(out, "CpuPeriod", l->cpus ? 0 : (int64_t)l->cpu_period);
	put_limit(out, "CpuShares", (int64_t)l->cpu_shares);
	put_str(out, "CpusetCpus", l->cpuset_cpus);
	put_str(out, "CpusetMems", l->cpuset_mems);
	put_limit(out, "PidsLimit", l->pids);
	put_limit(out, "BlkioWeight", l->blkio_weight);
	put_rates(out, "BlkioDeviceReadBps", l->read_bps, l->n_read_bps);
	put_rates(out, "BlkioDeviceWriteBps", l->write_bps, l->n_write_bps);
	put_rates(out, "BlkioDeviceReadIOps", l->read_iops, l->n_read_iops);
	put_rates(out, "BlkioDeviceWriteIOps", l->write_iops, l->n_write_iops);
}

void record_wish_limits(const struct spec_limits *l, struct str *out)
{
	struct str members = { .arena = out->arena };

	put_limits(l, &members);
	/* behind the first comma */
	str_addf(out, "{%s}", members.len ? members.p + 1 : "");
}

static void put_rlimits(const struct spec *s, struct str *out)
{
	if (!s->n_rlimits)
		return;
	put_key(out, "Ulimits");
	for (size_t i = 0; i < s->n_rlimits; i++)
		str_addf(out, "%s{\"Name\": \"%s\", \"Hard\": %lld, \"Soft\": %lld}", i ? ", " : "[",
			 rlimit_name(s->rlimits[i].resource), (long long)s->rlimits[i].hard,
			 (long long)s->rlimits[i].soft); /* unlimited: -1 */
	str_add(out, "]");
}

/* ---- namespaces, network ---- */

static void put_ns(struct str *out, const char *key, const struct spec_ns *ns)
{
	static const char *const mode[] = {
		[NS_MODE_HOST] = "host", [NS_MODE_CONTAINER] = "container:", [NS_MODE_PATH] = "ns:"
	};

	if (ns->mode != NS_MODE_NEW)
		put_str(out, key,
			arena_printf(out->arena, "%s%s", mode[ns->mode], ns->target ? ns->target : ""));
}

static const char *keep_words(const struct spec *s, struct str *out)
{
	struct str words = { .arena = out->arena };

	str_add(&words, "keep-id");
	if (s->keep_uid >= 0)
		str_addf(&words, ":uid=%lld", (long long)s->keep_uid);
	if (s->keep_gid >= 0)
		str_addf(&words, "%cgid=%lld", s->keep_uid >= 0 ? ',' : ':', (long long)s->keep_gid);
	return words.p;
}

static void put_userns(const struct spec *s, struct str *out)
{
	const struct spec_idmap *m = &s->userns_map;

	if (s->userns == USERNS_AUTO)
		put_str(out, "UsernsMode", "auto");
	if (s->userns == USERNS_KEEP)
		put_str(out, "UsernsMode", keep_words(s, out));
	if (s->userns == USERNS_MAP)
		put_str(out, "UsernsMode",
			arena_printf(out->arena, "%u:%u:%u", m->inside, m->outside, m->size));
}

static void put_network(const struct spec_network *n, struct str *out)
{
	static const char *const mode[] = {
		[NET_BRIDGE] = "bridge", [NET_NONE] = "none", [NET_HOST] = "host", [NET_PASTA] = "pasta"
	};

	const char *word = n->mode == NET_CONTAINER ? arena_printf(out->arena, "container:%s", n->container) :
			   n->mode == NET_PATH      ? arena_printf(out->arena, "ns:%s", n->path) :
						      mode[n->mode];

	put_str(out, "NetworkMode", n->n_attachments ? n->attachments[0].network : word);
}

/* What is given of one of the container's ports: HostPort "" is a free one, "8000-8009" one of those. */
static void put_binding(struct str *out, const struct spec_port *p, unsigned port)
{
	str_add(out, "{\"HostIp\": ");
	json_add_string(out, p->ip ? p->ip : "");
	if (!p->host)
		str_add(out, ", \"HostPort\": \"\"}");
	else if (p->host_count != p->count)
		str_addf(out, ", \"HostPort\": \"%u-%u\"}", p->host, p->host + p->host_count - 1);
	else
		str_addf(out, ", \"HostPort\": \"%u\"}", p->host + port - p->container);
}

/* All that lead to one of the container's, unless one before the nth does. */
static void put_bindings(struct str *out, const struct spec *s, size_t nth, unsigned port, bool first)
{
	uint8_t proto = s->ports[nth].proto;
	bool any = false;

	for (size_t i = 0; i < nth; i++)
		if (publish_leads_to(&s->ports[i], proto, port))
			return;
	str_addf(out, "%s\"%u/%s\": [", first ? "" : ", ", port, port_proto(proto));
	for (size_t i = nth; i < s->n_ports; i++) {
		if (!publish_leads_to(&s->ports[i], proto, port))
			continue;
		str_add(out, any ? ", " : "");
		put_binding(out, &s->ports[i], port);
		any = true;
	}
	str_add(out, "]");
}

static void put_ports(const struct spec *s, struct str *out)
{
	if (!s->n_ports)
		return;
	put_key(out, "PortBindings");
	str_add(out, "{");
	for (size_t i = 0; i < s->n_ports; i++)
		for (unsigned k = 0; k < s->ports[i].count; k++)
			put_bindings(out, s, i, s->ports[i].container + k, i == 0 && k == 0);
	str_add(out, "}");
}

/* ---- security ---- */

static void put_caps(struct str *out, const char *key, uint64_t set, uint64_t all)
{
	struct strv names = { 0 };

	for (int i = 0; set != all && i < CAPS_COUNT; i++)
		if (set & CAPS_BIT(i))
			strv_push(out->arena, &names, caps_name(i));
	if (set && set == all)
		strv_push(out->arena, &names, "ALL");
	put_list(out, key, &names);
}

static void put_security(const struct spec_security *s, struct str *out)
{
	struct strv options = { 0 };
	struct spec usual;

	spec_init(&usual);
	if (!s->privileged) {
		put_caps(out, "CapAdd", s->caps & ~usual.security.caps, CAPS_ALL & ~usual.security.caps);
		put_caps(out, "CapDrop", usual.security.caps & ~s->caps, usual.security.caps);
	}
	put_flag(out, "Privileged", s->privileged);
	if (s->no_new_privs)
		strv_push(out->arena, &options, "no-new-privileges");
	if (s->seccomp == SECCOMP_UNCONFINED && !s->privileged)
		strv_push(out->arena, &options, "seccomp=unconfined");
	if (s->seccomp == SECCOMP_FILE)
		strv_push(out->arena, &options, arena_printf(out->arena, "seccomp=%s", s->seccomp_file));
	if (s->unmask && !s->privileged)
		strv_push(out->arena, &options, "systempaths=unconfined");
	put_list(out, "SecurityOpt", &options);
}

/* ---- devices, mounts ---- */

static void put_devices(const struct spec *s, struct str *out)
{
	if (!s->n_devices)
		return;
	put_key(out, "Devices");
	for (size_t i = 0; i < s->n_devices; i++) {
		str_add(out, i ? ", {\"PathOnHost\": " : "[{\"PathOnHost\": ");
		json_add_string(out, s->devices[i].host);
		put_str(out, "PathInContainer", s->devices[i].path);
		put_str(out, "CgroupPermissions", s->devices[i].access);
		str_add(out, "}");
	}
	str_add(out, "]");
}

static void put_tmpfs(const struct spec *s, struct str *out)
{
	const char *separator = "{";

	for (size_t i = 0; i < s->n_mounts; i++) {
		if (!str_eq(s->mounts[i].type, "tmpfs"))
			continue;
		if (*separator == '{')
			put_key(out, "Tmpfs");
		str_add(out, separator);
		json_add_string(out, s->mounts[i].target);
		str_add(out, ": ");
		json_add_string(out, s->mounts[i].data ? s->mounts[i].data : "");
		separator = ", ";
	}
	str_add(out, *separator == '{' ? "" : "}");
}

static void put_sysctls(const struct spec *s, struct str *out)
{
	if (!s->sysctls.n)
		return;
	put_key(out, "Sysctls");
	for (size_t i = 0; i < s->sysctls.n; i++) {
		const char *pair = s->sysctls.v[i], *eq = strchr(pair, '=');

		str_add(out, i ? ", " : "{");
		json_add_string(out, arena_strndup(out->arena, pair, (size_t)(eq - pair)));
		str_add(out, ": ");
		json_add_string(out, eq + 1);
	}
	str_add(out, "}");
}

void record_wish_mounts(const struct spec *s, struct str *out)
{
	char words[128];

	str_add(out, "[");
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];
		bool bind = str_eq(m->type, "bind");

		str_add(out, i ? ", {\"Type\": " : "{\"Type\": ");
		json_add_string(out, m->volume ? "volume" : m->type);
		put_str(out, "Name", m->volume);
		put_bytes(out, "Source", bind || m->volume ? m->source : "");
		put_bytes(out, "Destination", m->target);
		put_str(out, "Driver", m->volume ? "local" : NULL);
		put_str(out, "Mode", mount_attr_words(m->attr, words));
		put_key(out, "RW");
		str_add(out, m->attr & MOUNT_ATTR_RDONLY ? "false" : "true");
		put_str(out, "Propagation",
			!bind          ? "" :
			m->propagation ? mount_propagation_word(m->propagation) :
					 "rprivate");
		if (bind || m->no_copy)
			str_addf(out, ", \"Options\": [\"%s\"]",
				 !bind        ? "nocopy" :
				 m->recursive ? "rbind" :
						"bind");
		str_add(out, "}");
	}
	str_add(out, "]");
}

static void put_log(const struct spec_log *l, struct str *out)
{
	put_key(out, "LogConfig");
	if (l->none)
		str_add(out, "{\"Type\": \"none\", \"Config\": {}}");
	else
		str_addf(
			out,
			"{\"Type\": \"k8s-file\", \"Config\": {\"max-size\": \"%lld\", \"max-file\": \"%u\"}}",
			(long long)l->max_size, l->max_file);
}

void record_wish(const struct spec *s, struct str *out)
{
	str_addf(out, "{\"AutoRemove\": %s", s->remove ? "true" : "false");
	put_flag(out, "PublishAllPorts", s->publish_all);
	put_flag(out, "Init", s->init);
	put_flag(out, "ReadonlyRootfs", s->root.readonly);
	put_str(out, "ContainerIDFile", s->cidfile);
	if (s->detach)
		put_log(&s->log, out);
	put_str(out, "CgroupParent", s->cgroup_parent);
	put_limits(&s->limits, out);
	if (s->has_oom_score_adj)
		put_int(out, "OomScoreAdj", s->oom_score_adj);
	put_rlimits(s, out);
	put_network(&s->network, out);
	put_ports(s, out);
	put_list(out, "ExtraHosts", &s->names.hosts);
	put_list(out, "Dns", &s->names.servers);
	put_list(out, "DnsSearch", &s->names.search);
	put_list(out, "DnsOptions", &s->names.options);
	put_limit(out, "ShmSize", s->shm_size);
	put_ns(out, "IpcMode", &s->ns[NS_IPC]);
	put_ns(out, "PidMode", &s->ns[NS_PID]);
	put_ns(out, "UTSMode", &s->ns[NS_UTS]);
	put_ns(out, "CgroupnsMode", &s->ns[NS_CGROUP]);
	put_userns(s, out);
	put_security(&s->security, out);
	put_list(out, "GroupAdd", &s->groups);
	put_devices(s, out);
	put_list(out, "VolumesFrom", &s->volumes_from);
	put_tmpfs(s, out);
	put_sysctls(s, out);
	str_add(out, "}");
}
