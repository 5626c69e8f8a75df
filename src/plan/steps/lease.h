/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_LEASE */
struct step_lease {
	const char *network, *address;
};
