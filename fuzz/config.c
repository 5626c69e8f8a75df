/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A config.json of a stranger's bundle. */
#include <stdint.h>

#include "spec/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct oci_config c;
	struct err e;

	if (oci_parse(&a, (const char *)data, size, "/bundle", &c, &e) == 0)
		oci_annotation(&c, "run.oci.keep_original_groups");
	arena_free(&a);
	return 0;
}
