/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* STEP_SESSION */
struct step_session {
	bool keep_keyring;
	const char *key_label; /* SELinux: of that keyring; NULL: the policy's */
};
