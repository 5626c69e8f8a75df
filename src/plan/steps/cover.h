/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_MASK, STEP_READONLY */
struct step_cover {
	const char *path;
};
