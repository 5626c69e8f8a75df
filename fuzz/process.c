/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of exec --process. */
#include <stdint.h>

#include "spec/oci/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct oci_process p;
	struct err e;

	oci_parse_process(&a, (const char *)data, size, "process.json", &p, &e);
	arena_free(&a);
	return 0;
}
