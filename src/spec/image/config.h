/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/image/manifest.h"
#include "spec/spec.h"

/*
 * An image's configuration: how its command is run, and what its layers unpack to. Bytes → checked model. Pure. The OCI
 * image specification 1.1 (config.md), and what docker adds to it (Healthcheck).
 *
 * All memory is the arena's. What was not given is NULL, or an empty list. Lists of pairs: KEY, VALUE, KEY, VALUE.
 */
struct image_config {
	struct platform platform;
	const char *created, *author, *comment;
	struct strv diff_ids; /* of the layers, the lowest first: digests of what is unpacked */
	/* of the container */
	const char *user, *working_dir, *stop_signal;
	struct strv entrypoint, cmd, env;
	struct strv ports;   /* "80/tcp": ExposedPorts */
	struct strv volumes; /* absolute paths */
	struct strv labels;  /* pairs */
	const char *health;  /* Healthcheck as it is, JSON */
	struct image_step {
		const char *created, *created_by, *comment;
		bool empty; /* it made no layer */
	} * history;
	size_t n_history;
};

/* -EINVAL "bad-image-config", which names the member. */
int image_config_parse(struct arena *a, const char *text, size_t len, struct image_config *c, struct err *e);
