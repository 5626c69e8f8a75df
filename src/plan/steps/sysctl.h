/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_SYSCTL */
struct step_sysctl {
	const char *name, *value;
};
