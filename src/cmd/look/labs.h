/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/lab.h"

/*
 * The exercises there are: the files of a directory (spec/lab.h). It is --labs, or $GUISE_LABS, or where guise is
 * installed; for one that was built and not installed, data/labs of its sources.
 */
struct labs {
	const char *dir;
	struct lab *v; /* by number */
	size_t n;
};

/* All of them; one that can't be understood is an error. dir may be NULL. */
int labs_read(struct arena *a, const char *dir, struct labs *labs, struct err *e);

/* By number, name or both ("4", "bridge", "04-bridge"); "random" is one that is broken. -ENOENT "no-lab". */
int labs_find(const struct labs *labs, const char *ref, const struct lab **l, struct err *e);

/* What is run before l begins, in order: its own set-up, and before that all of the lab that it starts from, and so on.
 * -EINVAL "lab-bad" if one of them is not there, or has a greater number. */
struct lab_script {
	const char *what, *text; /* the lab's file */
};
struct lab_scripts {
	struct lab_script *v;
	size_t n;
};
int labs_setup(struct arena *a, const struct labs *labs, const struct lab *l, struct lab_scripts *s,
	       struct err *e);

/* The way back on a host, the last one first. -ENOTSUP "lab-not-on-host" if one of them has none. */
int labs_undo(struct arena *a, const struct labs *labs, const struct lab *l, struct lab_scripts *s,
	      struct err *e);
