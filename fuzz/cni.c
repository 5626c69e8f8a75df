/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network configuration of guise-cni, and the result of a plugin before it or below it. */
#include <stdint.h>
#include <json-c/json_object.h>

#include "spec/cni/cni.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cni_call call = { .verb = CNI_ADD, .ifname = "eth0", .path = "" };
	struct cni_result *result;
	struct arena a = { 0 };
	struct cni_conf conf;
	struct err e;
	struct str out = { .arena = &a };

	result = arena_new(&a, struct cni_result);
	cni_result_parse(&a, (const char *)data, size, result, &e);
	if (cni_conf_parse(&a, (const char *)data, size, &call, &conf, &e) == 0) {
		result->interfaces[result->n_interfaces++].name = "eth0";
		cni_result_write(&conf, result, &out);
		cni_result_has(&conf, &call, &(struct strv){ 0 }, &e);
	} else {
		cni_error_write(conf.version, &e, &out);
	}
	cni_conf_free(&conf);
	json_object_put(result->root);
	arena_free(&a);
	return 0;
}
