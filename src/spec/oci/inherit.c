/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What every further process of a container takes from its config.json: the process as it was configured, and
 * of linux what belongs to each process. It is a config.json again, with those parts alone.
 */
#include <json-c/json.h>

#include "base/str.h"
#include "spec/oci/parts.h"

/* Of linux: these whole, and seccomp without its rules, which are compiled already (run/oci/filter.h). */
static const char *const linux_keys[] = { "namespaces", "uidMappings", "gidMappings", "memoryPolicy",
					  "personality" };
static const char *const seccomp_keys[] = { "defaultAction", "flags", "listenerPath", "listenerMetadata" };

static struct json_object *copy_keys(struct json_object *from, const char *const *keys, size_t n)
{
	struct json_object *to = json_object_new_object(), *value;

	for (size_t i = 0; i < n; i++)
		if (json_object_object_get_ex(from, keys[i], &value))
			json_object_object_add(to, keys[i], json_object_get(value));
	return to;
}

void oci_write_inherited(struct arena *a, struct json_object *root, struct oci_config *c)
{
	static const char *const root_keys[] = { "process", "annotations" };
	autojson struct json_object *to = copy_keys(root, root_keys, ARRAY_LEN(root_keys));
	struct json_object *linux_, *seccomp;

	if (json_object_object_get_ex(root, "linux", &linux_) && linux_) {
		struct json_object *l = copy_keys(linux_, linux_keys, ARRAY_LEN(linux_keys));

		if (json_object_object_get_ex(linux_, "seccomp", &seccomp) && seccomp)
			json_object_object_add(l, "seccomp",
					       copy_keys(seccomp, seccomp_keys, ARRAY_LEN(seccomp_keys)));
		json_object_object_add(to, "linux", l);
	}
	c->inherited = arena_strdup(a, json_object_to_json_string_ext(to, JSON_C_TO_STRING_PLAIN));
}

int oci_parse_inherited(struct arena *a, const char *text, size_t len, struct oci_config *c, struct err *e)
{
	struct json_reader r = {
		.arena = a, .file = "config.json", .code = "record-bad", .err = e, .warnings = &c->warnings
	};
	autojson struct json_object *root = NULL;

	*c = (struct oci_config){ 0 };
	spec_limits_init(&c->limits);
	if ((root = json_parse(&r, text, len)))
		oci_read_inherited(&r, root, c);
	return json_result(&r);
}
