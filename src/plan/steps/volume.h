/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct plan;

/* STEP_VOLUME: see volume.c */
struct step_volume {
	const char *path;   /* its directory on the host: "/var/lib/guise/volumes/NAME" */
	const char *target; /* inside: what the root has there it begins with */
	bool copy;          /* or with nothing */
	bool anonymous;     /* no other container has it */
	uint64_t tree;      /* the n-th STEP_TREE, from 1 on, is path; 0: INIT opens it */
};

/* Is that tree one that a volume is only filled by, and so mounted nowhere? */
bool plan_fills_volume(const struct plan *p, const char *path);
