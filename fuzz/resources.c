/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of update --resources. */
#include <stdint.h>

#include "spec/oci/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct spec_limits l;
	struct err e;

	oci_parse_resources(&a, (const char *)data, size, "resources.json", &l, &e);
	arena_free(&a);
	return 0;
}
