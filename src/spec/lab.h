/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/*
 * An exercise of guise lab, as its file says it: guise-lab(7) has the format. Pure.
 *
 *     title: A bridge, and a gateway on it
 *     after: 03-netns
 *
 *     [task]
 *     ...
 *     [goals]
 *     link machine br0 up
 *     [hints]
 *     ...
 *
 * What the words of a goal mean is not known here: observe/goals/goal.h.
 */
struct lab_goal {
	unsigned line; /* in the file */
	const char *text;
	struct strv words;
};

struct lab {
	const char *file; /* "04-bridge.lab" */
	unsigned number;  /* 4 */
	const char *name; /* "bridge" */
	const char *title;
	const char *after;  /* "03-netns": it starts where that one ends; NULL: on a bare machine */
	struct strv faults; /* what is broken, in doctor's words: told by reveal only */
	const char *task;   /* prose */
	struct strv watch;  /* commands to look with */
	const char *setup;  /* a script; NULL: none */
	struct lab_goal *goals;
	size_t n_goals;
	struct strv hints;
	const char *undo; /* a script that takes away what there is of it on a host; NULL: not for a host */
	const char *solution; /* a script, with its reasons as comments */
};

enum { LAB_FILE_MAX = 64 << 10, LAB_GOALS_MAX = 64 };

/* The text of a file, NUL-terminated; file is its name, without the directory. -EINVAL "lab-bad", with file and line. */
int lab_parse(struct arena *a, const char *file, const char *text, size_t len, struct lab *l, struct err *e);

/* Is it the name of a lab's file, "NN-NAME.lab"? Then *number and *name (in the arena) are filled in. */
bool lab_file_name(struct arena *a, const char *file, unsigned *number, const char **name);

/* Is something broken in it from the start? */
bool lab_is_broken(const struct lab *l);
