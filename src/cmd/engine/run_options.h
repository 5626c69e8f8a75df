/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cmd/opt.h"
#include "spec/spec.h"

/*
 * The options of `guise run`: docker's and podman's names, meanings and defaults, turned into a spec.
 * Every value is checked when its option is read. What depends on two options waits until all are
 * read, so that their order does not matter.
 */
struct run_options {
	struct spec spec;
	bool dry_run, replace;

	const char *format;          /* of errors: call->format */
	const char *pull, *platform; /* of an image, when it is fetched: "missing" (NULL), "always", "never" */

	/* Between the options and the spec: */
	const char *entrypoint;
	struct strv env, env_files;
	uint64_t cap_add, cap_drop;
	int64_t cpus; /* microseconds of 100000; 0: not given */
	bool seccomp_given, no_new_privs_given, stop_signal_given;
	struct strv words;     /* behind ROOTFS */
	struct strv image_env; /* NAME=VALUE: before all others but the defaults */
	char *cwd;             /* guise's own, once a mount asked for it */
};

/* For struct command; in run_table.c, with what reads each value. */
extern const struct opt run_option_table[];

/* The command line of `guise run` → o->spec, but for its environment. 0, OPT_HELP or -errno; of the host
 * it reads only the working directory. */
int run_options_parse(struct call *call, struct run_options *o, struct err *e);

/* The command: what the image has, and what was given (docker's rules). run_options_parse() did it without an image. */
void run_options_argv(struct arena *a, struct run_options *o, const struct strv *entrypoint,
		      const struct strv *cmd);

/* And that: reads the --env-file. `own_env` is guise's environ, for `-e NAME`. */
int run_options_env(struct arena *a, struct run_options *o, char *const *own_env, struct err *e);
