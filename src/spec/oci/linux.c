/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config-linux.md, but for control groups. */
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <json-c/linkhash.h>

#include "base/str.h"
#include "spec/oci/parts.h"
#include "spec/seccomp.h"

/* ---- namespaces, ids, clocks */

const char *const oci_ns_type[NS_COUNT] = {
	[NS_PID] = "pid",     [NS_MNT] = "mount",     [NS_UTS] = "uts",   [NS_IPC] = "ipc",
	[NS_NET] = "network", [NS_CGROUP] = "cgroup", [NS_USER] = "user", [NS_TIME] = "time",
};

struct namespace_entry {
	int kind;
	const char *path;
};

static void read_namespace(struct json_reader *r, struct json_object *o, void *out)
{
	struct namespace_entry *ns = out;
	const char *type = oci_required(r, o, "type");

	while (type && ns->kind < NS_COUNT && !str_eq(oci_ns_type[ns->kind], type))
		ns->kind++;
	if (ns->kind == NS_COUNT)
		json_fail(r, "type", "unknown namespace %s", type);
	ns->path = oci_optional(r, o, "path");
	if (ns->path && *ns->path != '/')
		json_fail(r, "path", "%s: must be an absolute path", ns->path);
}

static void read_namespaces(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	size_t n;
	struct namespace_entry *list = json_objects(r, o, "namespaces", OCI_LIST_MAX, sizeof(*list),
						    read_namespace, &n);

	for (size_t i = 0; i < n; i++) {
		struct oci_namespace *ns = &c->ns[list[i].kind];

		if (ns->given)
			json_fail(r, "namespaces", "duplicate namespace %s", oci_ns_type[list[i].kind]);
		*ns = (struct oci_namespace){ .given = true, .path = list[i].path };
	}
}

static uint32_t read_id(struct json_reader *r, struct json_object *o, const char *key)
{
	uint64_t n = 0;

	if (!json_number(r, o, key, UINT32_MAX, &n))
		json_fail(r, key, "missing");
	return n;
}

static void read_id_map(struct json_reader *r, struct json_object *o, void *out)
{
	struct spec_idmap *map = out;

	map->inside = read_id(r, o, "containerID");
	map->outside = read_id(r, o, "hostID");
	map->size = read_id(r, o, "size");
	if (map->size == 0)
		json_fail(r, "size", "must be greater than 0");
	if (map->size > UINT32_MAX - map->inside || map->size > UINT32_MAX - map->outside)
		json_fail(r, "size", "reaches beyond the last id, 4294967294");
}

void oci_read_id_maps(struct json_reader *r, struct json_object *o, const char *key, struct spec_idmap **map,
		      size_t *n)
{
	enum { KERNEL_MAX = 340 }; /* rows of a uid_map (user_namespaces(7)) */

	*map = json_objects(r, o, key, KERNEL_MAX, sizeof(**map), read_id_map, n);
}

static void read_clock(struct json_reader *r, struct json_object *offsets, const char *key,
		       struct oci_time_offset *offset)
{
	struct json_object *o = json_child(r, offsets, key);
	uint64_t n = 0;

	if (!o)
		return;
	size_t at = json_enter(r, key);
	offset->given = true;
	json_integer(r, o, "secs", INT64_MIN, INT64_MAX, &offset->secs);
	json_number(r, o, "nanosecs", 999999999, &n);
	offset->nanosecs = n;
	json_leave(r, at);
}

static void read_time_offsets(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	struct json_object *offsets = json_child(r, o, "timeOffsets");

	if (!offsets)
		return;
	size_t at = json_enter(r, "timeOffsets");
	json_object_object_foreach(offsets, name, value)
	{
		(void)value;
		if (!str_eq(name, "monotonic") && !str_eq(name, "boottime"))
			json_fail(r, name, "unknown clock");
	}
	read_clock(r, offsets, "monotonic", &c->monotonic);
	read_clock(r, offsets, "boottime", &c->boottime);
	json_leave(r, at);
}

/* ---- devices */

enum { MAJOR_MAX = (1 << 12) - 1, MINOR_MAX = (1 << 20) - 1 };

static void read_device(struct json_reader *r, struct json_object *o, void *out)
{
	struct oci_device *d = out;
	const char *type = oci_required(r, o, "type");
	uint64_t n = 0;

	d->path = oci_path(r, "path", oci_required(r, o, "path"), true);
	if (type && (!strchr("cbup", *type) || type[1]))
		json_fail(r, "type", "unknown type %s: one of c, b, u, p", type);
	d->type = !type || *type == 'u' ? 'c' : *type;
	if (d->type != 'p') {
		if (!json_number(r, o, "major", MAJOR_MAX, &n))
			json_fail(r, "major", "missing");
		d->major = n;
		if (!json_number(r, o, "minor", MINOR_MAX, &n))
			json_fail(r, "minor", "missing");
		d->minor = n;
	}
	d->has_mode = json_number(r, o, "fileMode", UINT32_MAX, &n);
	if (d->has_mode)
		d->mode = n & 07777; /* some callers have the type of the file in it */
	if (json_number(r, o, "uid", UINT32_MAX - 1, &n))
		d->uid = n;
	if (json_number(r, o, "gid", UINT32_MAX - 1, &n))
		d->gid = n;
}

/* What the kernel takes for an interface (dev_valid_name()), but for '%', which would make it choose a name.
 */
static bool is_interface(const char *name)
{
	return *name && strlen(name) < 16 && !strpbrk(name, "/:% \t\n\v\f\r") && !str_eq(name, ".") &&
	       !str_eq(name, "..");
}

/* Inside it may have one %d, for a number that makes it unique. */
static bool is_template(struct arena *a, const char *name)
{
	const char *at = strstr(name, "%d");

	return at && strlen(name) < 16 &&
	       is_interface(arena_printf(a, "%.*s0%s", (int)(at - name), name, at + strlen("%d")));
}

static void read_net_devices(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	struct json_object *devices = json_child(r, o, "netDevices");

	if (!devices)
		return;
	size_t at = json_enter(r, "netDevices");
	json_object_object_foreach(devices, host, value)
	{
		struct oci_net_device d = { .host = arena_strdup(r->arena, host), .name = "" };
		struct json_object *device = json_child(r, devices, host);

		if (!value || !is_interface(host))
			json_fail(r, host, "not the name of an interface");
		size_t here = json_enter(r, host);
		if (device && !(d.name = json_string(r, device, "name")))
			d.name = d.host;
		if (device && !r->failed && !is_interface(d.name) && !is_template(r->arena, d.name))
			json_fail(r, "name", "%s is not the name of an interface", d.name);
		for (size_t i = 0; i < c->n_net_devices; i++)
			if (str_eq(c->net_devices[i].name, d.name) && !strchr(d.name, '%'))
				json_fail(r, "name", "two interfaces cannot both be %s", d.name);
		json_leave(r, here);
		arena_push(r->arena, c->net_devices, c->n_net_devices, d);
	}
	json_leave(r, at);
}

/* ---- root file system */

static const struct json_word propagation_words[] = {
	{ "private", MS_PRIVATE },       { "rprivate", MS_PRIVATE | MS_REC },
	{ "shared", MS_SHARED },         { "rshared", MS_SHARED | MS_REC },
	{ "slave", MS_SLAVE },           { "rslave", MS_SLAVE | MS_REC },
	{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
};
static const struct json_words propagations = JSON_WORDS(propagation_words);

static void read_paths(struct json_reader *r, struct json_object *o, const char *key, struct strv *paths)
{
	paths->v = json_strings(r, o, key, OCI_LIST_MAX, &paths->n);
	for (size_t i = 0; i < paths->n; i++)
		paths->v[i] = oci_path(r, key, paths->v[i], true);
}

static void read_root_options(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	const char *word = oci_optional(r, o, "rootfsPropagation");
	uint64_t flags = 0;

	if (word && !json_word_find(&propagations, word, &flags))
		json_fail(r, "rootfsPropagation", "unknown propagation %s", word);
	c->root_propagation = flags;
	c->mount_label = oci_optional(r, o, "mountLabel");
	read_paths(r, o, "maskedPaths", &c->masked);
	read_paths(r, o, "readonlyPaths", &c->readonly);
}

/* ---- the rest */

/* An absolute path, a relative one, or systemd's slice:prefix:name: no ".." in any. */
static void read_cgroups_path(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	const char *path = oci_optional(r, o, "cgroupsPath");

	for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
		if (strcspn(part, "/") == 2 && strncmp(part, "..", 2) == 0)
			json_fail(r, "cgroupsPath", "%s: must not have \"..\" in it", path);
	c->cgroups_path = path;
}

static void read_resources(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	struct json_object *resources = json_child(r, o, "resources");

	if (!resources)
		return;
	size_t at = json_enter(r, "resources");
	oci_read_resources(r, resources, &c->limits);
	oci_read_device_rules(r, resources, c);
	json_leave(r, at);
}

static void read_seccomp(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	struct json_object *seccomp = json_child(r, o, "seccomp");

	if (!seccomp)
		return;
	size_t at = json_enter(r, "seccomp");
	c->seccomp = arena_new(r->arena, struct seccomp_profile);
	spec_seccomp_read(r, seccomp, NULL, c->seccomp);
	json_leave(r, at);
}

static const struct json_word domain_words[] = { { "LINUX", PER_LINUX }, { "LINUX32", PER_LINUX32 } };
static const struct json_words domains = JSON_WORDS(domain_words);

static void read_personality(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	struct json_object *personality = json_child(r, o, "personality");
	uint64_t domain = 0;
	size_t n = 0;

	if (!personality)
		return;
	size_t at = json_enter(r, "personality");
	c->has_personality = true;
	if (!json_word(r, personality, "domain", "domain", &domains, &domain))
		json_fail(r, "domain", "missing");
	c->personality = domain;
	json_strings(r, personality, "flags", OCI_LIST_MAX, &n);
	if (n > 0)
		json_fail(r, "flags", "no flags are supported");
	json_leave(r, at);
}

void oci_read_linux(struct json_reader *r, struct json_object *o, struct oci_config *c)
{
	struct json_object *rdt = json_child(r, o, "intelRdt"), *policy = json_child(r, o, "memoryPolicy");
	struct strv sysctls = { 0 };
	size_t at;

	read_namespaces(r, o, c);
	oci_read_id_maps(r, o, "uidMappings", &c->uid_map, &c->n_uid_map);
	oci_read_id_maps(r, o, "gidMappings", &c->gid_map, &c->n_gid_map);
	read_time_offsets(r, o, c);
	c->devices = json_objects(r, o, "devices", OCI_LIST_MAX, sizeof(*c->devices), read_device,
				  &c->n_devices);
	read_net_devices(r, o, c);
	read_cgroups_path(r, o, c);
	read_resources(r, o, c);
	json_pairs(r, o, "sysctl", OCI_LIST_MAX, &sysctls);
	for (size_t i = 0; i < sysctls.n; i += 2)
		strv_push(r->arena, &c->sysctls,
			  arena_printf(r->arena, "%s=%s", sysctls.v[i], sysctls.v[i + 1]));
	read_root_options(r, o, c);
	read_seccomp(r, o, c);
	if (rdt) {
		at = json_enter(r, "intelRdt");
		oci_read_rdt(r, rdt, &c->rdt);
		json_leave(r, at);
	}
	if (policy) {
		at = json_enter(r, "memoryPolicy");
		oci_read_memory_policy(r, policy, &c->memory_policy);
		json_leave(r, at);
	}
	read_personality(r, o, c);
}
