/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What pasta hands on to the host's resolver, wherever that is: podman's choice, a link-local address. */
#define PASTA_DNS "169.254.1.1"

/* STEP_PASTA */
struct step_pasta {
	const char *pidfile;
};
