/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_AFFINITY, STEP_HOST_AFFINITY */
struct step_affinity {
	const char *cpus; /* "0-3,7" */
};
