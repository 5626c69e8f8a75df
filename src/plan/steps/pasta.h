/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"

/* What pasta hands on to the host's resolver, wherever that is: podman's choice, a link-local address. */
#define PASTA_DNS "169.254.1.1"

/* STEP_PASTA */
struct step_pasta {
	const char *pidfile;
	struct strv tcp, udp; /* ports that it passes on, in its words: "8080:80", "127.0.0.1/8080-8082:80-82" */
};
