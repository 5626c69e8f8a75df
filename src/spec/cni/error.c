/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/cni/cni.h"

#include <errno.h>

#include "base/json.h"

/* "Error codes 0-99 are reserved for well-known errors. Values of 100+ can be freely used for plugin specific errors."
 * The numbers of guise's own stay as they are. */
static const struct {
	const char *code;
	unsigned number;
} codes[] = {
	{ "cni-version", 1 },       { "cni-unsupported", 2 }, { "cni-unknown", 3 },
	{ "cni-environment", 4 },   { "cni-namespace", 4 }, { "network-namespace", 4 },   { "state", 5 },
	{ "json-bad", 6 },          { "cni-config", 7 },      { "cni-not-ready", 50 },
	{ "no-free-address", 101 }, { "address-taken", 102 }, { "bad-address", 103 },
	{ "bridge-taken", 104 },    { "cni-attached", 105 },  { "link-exists", 106 },
	{ "cni-delegate", 107 },    { "cni-different", 108 }, { "cni-prev-result", 109 },
	{ "port-taken", 110 },      { "no-ports", 111 },      { "no-address", 112 },
};

unsigned cni_error_code(const struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (str_eq(codes[i].code, e->code))
			return codes[i].number;
	return 100;
}

void cni_error_write(enum cni_version version, const struct err *e, struct str *out)
{
	char line[sizeof(e->what) + sizeof(e->cause) + 8];
	struct err short_one = *e;

	short_one.hint[0] = '\0';
	str_addf(out, "{\n  \"cniVersion\": \"%s\",\n  \"code\": %u,\n  \"msg\": ", cni_versions[version],
		 cni_error_code(e));
	json_add_string(out, err_line(&short_one, line, sizeof(line)));
	str_add(out, ",\n  \"details\": ");
	json_add_string(out, arena_printf(out->arena, "%s%s%s", e->code, *e->hint ? ": " : "", e->hint));
	str_add(out, "\n}\n");
}

void cni_version_write(const char *asked, struct str *out)
{
	str_add(out, "{\n  \"cniVersion\": ");
	json_add_string(out, asked ? asked : cni_versions[CNI_VERSIONS - 1]);
	str_add(out, ",\n  \"supportedVersions\": [");
	for (int i = 0; i < CNI_VERSIONS; i++)
		str_addf(out, "%s\"%s\"", i ? ", " : "", cni_versions[i]);
	str_add(out, "]\n}\n");
}
