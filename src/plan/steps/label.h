/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct plan;

/* STEP_LABEL */
struct step_label {
	const char *lsm, *value; /* "apparmor", a profile; "selinux", a label */
};

/* The plan's last label; NULL: it has none. */
const struct step_label *plan_label(const struct plan *p);
