/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"

/* STEP_NAMES */
struct step_names {
	const char *network;
	struct strv addresses; /* none: the container is in the network of another */
	const char *names;     /* of them, words: "web www 0123456789ab" */
	/* what its own hosts file says of itself besides, and whose names that are: net/hosts_file.h */
	const char *own, *whose;
};
