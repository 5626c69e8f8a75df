/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/world.h"
#include "spec/lab.h"

/*
 * The goals of an exercise, looked up in the kernel: what is there, never how it came to be. Any way to a goal is a
 * good one.
 *
 * A goal is words, the first of which says what it is about: goal.c has the list, and guise-lab(7) what each means. All of
 * them are judged inside the machine of the exercise, by a process in all of its namespaces. Networks are judged over a
 * world (observe/world/read.h), which is then that machine's; whether a packet arrives is found out by sending one, since
 * what the kernel does is the answer, however it was brought to do so; processes and cgroups by /proc and
 * /sys/fs/cgroup of the machine.
 */
struct goal_look {
	const struct world *w;
	struct arena *a;
	int outside; /* descriptor of the outside's network namespace; -1: there is none */
};

/* NULL: it is so. Else a sentence that says what is missing, in the arena; without a full stop. */
const char *goal_missing(const struct goal_look *look, const struct lab_goal *goal);

/* Are its words understood? -EINVAL "lab-bad", with file and line. */
int goal_check(const struct lab *l, const struct lab_goal *goal, struct err *e);

/* ---- one function a word, in the file that is named; words.v[0] is the word itself ---- */

typedef const char *goal_word(const struct goal_look *look, const struct strv *words);

/* network.c */
goal_word goal_netns, goal_link, goal_only, goal_address, goal_once, goal_route, goal_setting;
/* packet.c */
goal_word goal_arrives, goal_blocked;
/* process.c */
goal_word goal_process;
/* health.c */
goal_word goal_healthy, goal_no_finding;
/* limit.c */
goal_word goal_limit;

/* The namespace that a word names: "machine", or a name of ip-netns(8). NULL: there is none. */
const struct world_netns *goal_netns_of(const struct goal_look *look, const char *name);
