/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The commands that look at any machine are those of guise-look (cmd/look/), a program of its own, lest every start of a
 * container pays for their tables. It is found at $GUISE_LOOK, or as kernel/process/helper.h says.
 *
 * Both programs have the same main() and the same list of commands. In guise those of guise-look are rows with a name and
 * a summary, which execute it with the same words (cmd/engine/look.c); it has the rest of them, and prints the documents of
 * all commands.
 *
 * These are the summaries that both print.
 */
#define LOOK_EXPLAIN    "say what a container, a process or a network namespace consists of"
#define LOOK_DOCTOR     "find what is broken in the networks and limits of containers, and mend it"
#define LOOK_WORLD      "write what there is of networks, rules and processes on this machine, as JSON"
#define LOOK_MAP        "draw the networks of all containers on this machine, and where one is broken"
#define LOOK_TRACE      "say how a packet goes from one to another, and what stops it"
#define LOOK_LAB        "learn how containers work, by exercises on real kernel objects"
#define LOOK_LAB_LIST   "name the exercises"
#define LOOK_LAB_START  "make the machine of an exercise, and tell the task"
#define LOOK_LAB_SHELL  "work in the machine of the exercise"
#define LOOK_LAB_CHECK  "tell whether the exercise is solved, and what is missing"
#define LOOK_LAB_HINT   "give a hint, each time one more"
#define LOOK_LAB_REVEAL "tell the solution: commands, with the reason for each"
#define LOOK_LAB_STATUS "tell which exercise runs, and its task again"
#define LOOK_LAB_STOP   "take the machine of the exercise away, and all that was made in it"

/* In the same way those of images are guise-image's (cmd/image/), which is found at $GUISE_IMAGE. It has all other commands,
 * too, and so prints the documents. */
#define IMAGE_LOAD    "take images from an archive"
#define IMAGE_PULL    "fetch images"
#define IMAGE_IMAGES  "list images"
#define IMAGE_INSPECT "print all that is known of images, as JSON"
#define IMAGE_HISTORY "tell what an image's layers were made by"
#define IMAGE_SAVE    "write images to an archive or a directory"
#define IMAGE_COMMIT  "make an image of what a container has changed"
#define IMAGE_IMPORT  "make an image of an archive of a root file system"
#define IMAGE_BUNDLE  "make an OCI runtime bundle of an image"
#define IMAGE_PRUNE   "remove images that nobody needs"
#define IMAGE_DF      "tell how much room images and containers take"
#define IMAGE_TAG     "give an image a further name"
#define IMAGE_RMI     "remove images, or names of them"
#define IMAGE_PUSH    "send an image to a registry"
#define IMAGE_LOGIN   "keep who one is at a registry"
#define IMAGE_LOGOUT  "forget who one is at a registry"
