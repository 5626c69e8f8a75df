/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* STEP_FILES */
struct step_files {
	const char *at; /* STEP_ROOT's place; "": INIT was born there */
};

/* STEP_FILE */
struct step_file {
	const char *path, *text;
	bool others; /* lines of others on its networks follow, which come and go: plan/steps/names.c */
};
