/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"

struct plan;

/* STEP_WAIT, STEP_AWAIT, STEP_TELL */
struct step_wait {
	const char *what;
};

/* STEP_HOOK, STEP_HOOK_INSIDE */
struct step_hook {
	const char *when; /* "prestart", ...: the name of its list in config.json */
	const char *path;
	struct strv args, env; /* args.n 0: the path alone; env is the whole environment */
	bool own_env;          /* instead: that of the guise-oci that runs it */
	bool has_umask;        /* else that guise-oci's caller's */
	uint64_t umask;
	uint64_t timeout; /* seconds; 0: none */
};

/* STEP_START */
struct step_start {
	const char *program, *path; /* the command's name, and its PATH */
};

/* The next hook of HOST, from the step at *at on, which is moved behind it; NULL: no more. */
const struct step_hook *plan_next_hook(const struct plan *p, size_t *at);
