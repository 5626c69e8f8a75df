/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec.h"

struct plan;

/* STEP_EXEC */
struct step_exec {
	struct strv argv, env;
	/* OCI: what no config.json says: HOME, sockets of systemd. exec has its own */
	struct strv own_env;
	bool init;           /* below guise-init, which reaps and forwards signals */
	bool die_with_guise; /* a foreground container does not outlive guise */
	bool has_umask;      /* else 022 */
	uint64_t umask;
	uint64_t preserve_fds; /* descriptors from 3 on that it inherits */
};

/* The plan's command; NULL: it has none. */
const struct step_exec *plan_exec(const struct plan *p);
