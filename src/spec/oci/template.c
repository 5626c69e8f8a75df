/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/template.h"

#include "base/json.h"
#include "spec/oci/oci.h"

/* Lists, an item a line, at the depth of `indent`. */
static void add_list(struct str *out, const char *indent, const char *const *items, size_t n)
{
	str_add(out, "[");
	for (size_t i = 0; i < n; i++) {
		str_addf(out, "%s\n%s\t", i ? "," : "", indent);
		json_add_string(out, items[i]);
	}
	str_addf(out, "\n%s]", indent);
}

static void add_process(struct str *out)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };
	static const char *const caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };
	static const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"
	};

	str_add(out, "\t\"process\": {\n\t\t\"terminal\": true,\n\t\t\"user\": {\n\t\t\t\"uid\": "
		     "0,\n\t\t\t\"gid\": 0\n\t\t},\n"
		     "\t\t\"args\": [\n\t\t\t\"sh\"\n\t\t],\n\t\t\"env\": ");
	add_list(out, "\t\t", env, ARRAY_LEN(env));
	str_add(out, ",\n\t\t\"cwd\": \"/\",\n\t\t\"capabilities\": {");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		str_addf(out, "%s\n\t\t\t\"%s\": ", i ? "," : "", sets[i]);
		add_list(out, "\t\t\t", caps, ARRAY_LEN(caps));
	}
	str_add(out, "\n\t\t},\n\t\t\"rlimits\": [\n\t\t\t{\n\t\t\t\t\"type\": "
		     "\"RLIMIT_NOFILE\",\n\t\t\t\t\"hard\": 1024,\n"
		     "\t\t\t\t\"soft\": 1024\n\t\t\t}\n\t\t],\n\t\t\"noNewPrivileges\": true\n\t},\n");
}

struct row {
	const char *target, *type, *source;
	const char *options[6];
};

static const struct row mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts",
	  "devpts",
	  "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

/* With the host's network namespace there may be no new sysfs, so the host's is bound. The group tty has no
 * id in a user namespace of one id. */
static const struct row rootless_sys = {
	"/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" }
};

static void add_mount(struct str *out, const struct row *m, bool rootless)
{
	size_t n = 0;

	while (n < ARRAY_LEN(m->options) && m->options[n] && !(rootless && str_after(m->options[n], "gid=")))
		n++;
	str_addf(out,
		 "\t\t{\n\t\t\t\"destination\": \"%s\",\n\t\t\t\"type\": \"%s\",\n\t\t\t\"source\": \"%s\"",
		 m->target, m->type, m->source);
	if (n) {
		str_add(out, ",\n\t\t\t\"options\": ");
		add_list(out, "\t\t\t", m->options, n);
	}
	str_add(out, "\n\t\t}");
}

static void add_mounts(const struct oci_template *t, struct str *out)
{
	str_add(out, "\t\"mounts\": [\n");
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		str_add(out, i ? ",\n" : "");
		add_mount(out, t->rootless && str_eq(mounts[i].target, "/sys") ? &rootless_sys : &mounts[i],
			  t->rootless);
	}
	str_add(out, "\n\t],\n");
}

static void add_namespaces(const struct oci_template *t, struct str *out)
{
	static const enum ns_kind order[] = { NS_PID, NS_NET, NS_IPC, NS_UTS, NS_MNT, NS_USER, NS_CGROUP };
	const char *comma = "";

	str_add(out, "\t\t\"namespaces\": [");
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		/* an engine can give no network to a user who is not root: theirs is the host's */
		if ((order[i] == NS_NET && t->rootless) || (order[i] == NS_USER && !t->rootless) ||
		    (order[i] == NS_CGROUP && !t->cgroup_ns))
			continue;
		str_addf(out, "%s\n\t\t\t{\n\t\t\t\t\"type\": \"%s\"\n\t\t\t}", comma, oci_ns_type[order[i]]);
		comma = ",";
	}
	str_add(out, "\n\t\t],\n");
}

static void add_linux(const struct oci_template *t, struct str *out)
{
	static const char *const masked[] = { "/proc/acpi",        "/proc/asound",        "/proc/kcore",
					      "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
					      "/proc/timer_stats", "/proc/sched_debug",   "/sys/firmware",
					      "/proc/scsi" };
	static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
						"/proc/sysrq-trigger" };
	static const char map[] =
		"\t\t\"%s\": [\n\t\t\t{\n\t\t\t\t\"containerID\": 0,\n\t\t\t\t\"hostID\": %u,\n"
		"\t\t\t\t\"size\": 1\n\t\t\t}\n\t\t],\n";

	str_add(out, "\t\"linux\": {\n");
	if (t->rootless) {
		str_addf(out, map, "uidMappings", t->uid);
		str_addf(out, map, "gidMappings", t->gid);
	} else {
		str_add(out,
			"\t\t\"resources\": {\n\t\t\t\"devices\": [\n\t\t\t\t{\n\t\t\t\t\t\"allow\": false,\n"
			"\t\t\t\t\t\"access\": \"rwm\"\n\t\t\t\t}\n\t\t\t]\n\t\t},\n");
	}
	add_namespaces(t, out);
	str_add(out, "\t\t\"maskedPaths\": ");
	add_list(out, "\t\t", masked, ARRAY_LEN(masked));
	str_add(out, ",\n\t\t\"readonlyPaths\": ");
	add_list(out, "\t\t", readonly, ARRAY_LEN(readonly));
	str_add(out, "\n\t}\n");
}

void oci_template(const struct oci_template *t, struct str *out)
{
	str_add(out, "{\n\t\"ociVersion\": \"" OCI_VERSION "\",\n");
	add_process(out);
	str_add(out, "\t\"root\": {\n\t\t\"path\": \"rootfs\",\n\t\t\"readonly\": "
		     "true\n\t},\n\t\"hostname\": \"guise\",\n");
	add_mounts(t, out);
	add_linux(t, out);
	str_add(out, "}\n");
}
