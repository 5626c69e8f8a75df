/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guise-oci features: what this runtime knows (features.md), for engines that ask before they write a
 * config.json. It keeps no list of its own: the words come from the tables that read the configuration.
 * Whether an extension is there is known from the steps that plans are made of, and for systemd from how
 * guise-oci-helper was built.
 */
#include <stdio.h>

#include "base/json.h"
#include "cmd/oci/commands.h"
#include "kernel/process/caps.h"
#include "kernel/seccomp/seccomp.h"
#include "plan/step.h"
#include "spec/oci/oci.h"
#include "spec/seccomp.h"

/* The text is built piece by piece: `between` is what comes before the next member. */
struct writer {
	struct str out;
	const char *between;
	int depth;
};

static void begin_item(struct writer *w, const char *key)
{
	str_addf(&w->out, "%s\n%.*s", w->between, w->depth, "\t\t\t\t\t\t");
	if (key) {
		json_add_string(&w->out, key);
		str_add(&w->out, ": ");
	}
	w->between = ",";
}

static void open_item(struct writer *w, const char *key, const char *bracket)
{
	begin_item(w, key);
	str_add(&w->out, bracket);
	w->between = "";
	w->depth++;
}

static void close_item(struct writer *w, const char *bracket)
{
	w->depth--;
	str_addf(&w->out, "\n%.*s%s", w->depth, "\t\t\t\t\t\t", bracket);
	w->between = ",";
}

static void add_string(struct writer *w, const char *key, const char *value)
{
	begin_item(w, key);
	json_add_string(&w->out, value);
}

static void add_bool(struct writer *w, const char *key, bool on)
{
	begin_item(w, key);
	str_add(&w->out, on ? "true" : "false");
}

static void add_enabled(struct writer *w, const char *key, bool on)
{
	open_item(w, key, "{");
	add_bool(w, "enabled", on);
	close_item(w, "}");
}

/* The words of a table whose value is within `mask`. */
static void add_words(struct writer *w, const char *key, const struct json_words *words, uint64_t mask)
{
	open_item(w, key, "[");
	for (size_t i = 0; i < words->n; i++)
		if ((words->v[i].value & ~mask) == 0)
			add_string(w, NULL, words->v[i].word);
	close_item(w, "]");
}

/* Can plans have this step, with this field? */
static bool has_step(const char *name, const char *field)
{
	int kind = step_kind_of(name);

	for (const struct field *f = kind < 0 ? NULL : step_ops(kind)->fields; f && f->name; f++)
		if (str_eq(f->name, field))
			return true;
	return false;
}

static void add_seccomp(struct writer *w)
{
	open_item(w, "seccomp", "{");
	add_bool(w, "enabled", true);
	add_words(w, "actions", &spec_seccomp_actions, UINT64_MAX);
	add_words(w, "operators", &spec_seccomp_operators, UINT64_MAX);
	add_words(w, "archs", &spec_seccomp_arches, UINT64_MAX);
	add_words(w, "knownFlags", &spec_seccomp_flags, UINT64_MAX);
	add_words(w, "supportedFlags", &spec_seccomp_flags, seccomp_flags_supported());
	close_item(w, "}");
}

static void add_cgroup(struct writer *w)
{
#ifdef GUISE_SYSTEMD
	bool systemd = has_step("scope", "unit");
#else
	bool systemd = false; /* guise-oci-helper was built without libsystemd */
#endif

	open_item(w, "cgroup", "{");
	add_bool(w, "v1", true);
	add_bool(w, "v2", true);
	add_bool(w, "systemd", systemd);
	add_bool(w, "systemdUser", systemd);
	add_bool(w, "rdma", true);
	close_item(w, "}");
}

static void add_extensions(struct writer *w)
{
	bool labels = has_step("label", "lsm");

	add_enabled(w, "apparmor", labels);
	add_enabled(w, "selinux", labels);
	open_item(w, "intelRdt", "{");
	add_bool(w, "enabled", has_step("rdt-join", "path"));
	add_bool(w, "schemata", has_step("rdt-group", "schemata"));
	add_bool(w, "monitoring", has_step("rdt-group", "monitor"));
	close_item(w, "}");
	open_item(w, "memoryPolicy", "{");
	add_words(w, "modes", &oci_memory_modes, UINT64_MAX);
	add_words(w, "flags", &oci_memory_flags, UINT64_MAX);
	close_item(w, "}");
	open_item(w, "mountExtensions", "{");
	add_enabled(w, "idmap", has_step("tree", "idmap"));
	close_item(w, "}");
	add_enabled(w, "netDevices", has_step("net-device", "name"));
}

static void add_linux(struct writer *w)
{
	open_item(w, "linux", "{");
	open_item(w, "namespaces", "[");
	for (int i = 0; i < NS_COUNT; i++)
		add_string(w, NULL, oci_ns_type[i]);
	close_item(w, "]");
	open_item(w, "capabilities", "[");
	for (int i = 0; i < CAPS_COUNT; i++)
		add_string(w, NULL, caps_name(i));
	close_item(w, "]");
	add_cgroup(w);
	add_seccomp(w);
	add_extensions(w);
	close_item(w, "}");
}

static void add_annotations(struct writer *w)
{
	open_item(w, "annotations", "{");
	add_string(w, "guise.version", GUISE_VERSION);
	add_string(w, "org.opencontainers.runc.checkpoint.enabled",
		   "true"); /* runc's word: engines ask for it */
	close_item(w, "}");
	open_item(w, "potentiallyUnsafeConfigAnnotations", "[");
	for (size_t i = 0; i < oci_known_annotation_count; i++)
		if (oci_known_annotations[i].honoured)
			add_string(w, NULL, oci_known_annotations[i].key);
	close_item(w, "]");
}

static int features_run(struct call *call, struct err *e)
{
	struct writer w = { .out = { .arena = call->arena }, .between = "" };
	struct strv operands;
	int r = opt_parse(call, NULL, &operands, e);

	if (r)
		return r;
	str_add(&w.out, "{");
	w.depth++;
	add_string(&w, "ociVersionMin", "1.0.0");
	add_string(&w, "ociVersionMax", OCI_VERSION);
	open_item(&w, "hooks", "[");
	for (int i = 0; i < HOOK_COUNT; i++)
		add_string(&w, NULL, oci_hook_name[i]);
	close_item(&w, "]");
	open_item(&w, "mountOptions", "[");
	for (size_t i = 0; oci_mount_option(i); i++)
		add_string(&w, NULL, oci_mount_option(i));
	close_item(&w, "]");
	add_linux(&w);
	add_annotations(&w);
	close_item(&w, "}");
	puts(w.out.p);
	return 0;
}

static const struct opt no_options[] = { { 0 } };

const struct command oci_features_command = {
	.name = "features",
	.summary = "print what is supported, as JSON (features.md)",
	.options = no_options,
	.run = features_run,
};
