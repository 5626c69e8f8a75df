/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/str.h"
#include "spec/oci/parts.h"

/* doc/oci.md says what each does. */
const struct oci_known_annotation oci_known_annotations[] = {
	{ "org.systemd.property.", true },
	{ "run.oci.keep_original_groups", true },
	{ "org.criu.config", true },
	{ "run.oci.handler", false },
	{ "run.oci.seccomp.receiver", false },
	{ "run.oci.seccomp.plugins", false },
	{ "run.oci.seccomp_bpf_data", false },
	{ "run.oci.seccomp_fail_unknown_syscall", false },
	{ "run.oci.mount_context_type", false },
	{ "run.oci.pidfd_receiver", false },
	{ "run.oci.timens_offset", false },
	{ "run.oci.systemd.force_cgroup_v1", false },
	{ "run.oci.systemd.subgroup", false },
	{ "run.oci.delegate-cgroup", false },
	{ "run.oci.hooks.stdout", false },
	{ "run.oci.hooks.stderr", false },
};
const size_t oci_known_annotation_count = ARRAY_LEN(oci_known_annotations);

const char *oci_annotation(const struct oci_config *c, const char *key)
{
	for (size_t i = 0; i + 1 < c->annotations.n; i += 2)
		if (str_eq(c->annotations.v[i], key))
			return c->annotations.v[i + 1];
	return NULL;
}

/* Warn of an annotation that other runtimes obey and this one does not: its writer counts on it. */
static void warn_of(struct json_reader *r, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(oci_known_annotations); i++)
		if (!oci_known_annotations[i].honoured && str_eq(oci_known_annotations[i].key, key))
			json_warn(r, "annotations", "%s is not obeyed by this runtime", key);
}

void oci_read_annotations(struct json_reader *r, struct json_object *root, struct oci_config *c)
{
	json_pairs(r, root, "annotations", OCI_LIST_MAX, &c->annotations);
	for (size_t i = 0; i < c->annotations.n; i += 2) {
		if (!*c->annotations.v[i])
			json_fail(r, "annotations", "a key must not be empty");
		warn_of(r, c->annotations.v[i]);
	}
}
