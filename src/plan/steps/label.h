/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_LABEL */
struct step_label {
	const char *lsm, *value; /* "apparmor", a profile; "selinux", a label */
};
