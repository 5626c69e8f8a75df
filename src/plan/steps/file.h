/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_FILES */
struct step_files {
	const char *at; /* STEP_ROOT's place; "": INIT was born there */
};

/* STEP_FILE */
struct step_file {
	const char *path, *text;
};
