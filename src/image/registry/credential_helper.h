/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/image/auth.h"

/*
 * docker-credential-HELPER, found in PATH: github.com/docker/docker-credential-helpers, "Development". It is given what it
 * is asked for on its standard input, and answers in JSON. As whom it runs: credential_call.h. -errno "credential-helper".
 */

/* What it has becomes found->user and ->password, or ->token; nothing is no error. */
int helper_get(struct arena *a, struct auth *found, struct err *e);
int helper_store(struct arena *a, const struct auth *at, const char *user, const char *password,
		 struct err *e);
int helper_erase(struct arena *a, const struct auth *at, struct err *e);
