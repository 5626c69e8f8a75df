/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/engine/commands.h"
#include "image/add.h"
#include "spec/image/source.h"

/* What load and pull have in common: options, and an image from where its bytes are into the store, with its names. */
struct take_options {
	bool quiet;
	struct platform platform; /* none: this machine's */
	struct layer_limits limits;
};

#define TAKE_DEFAULTS                                                                                        \
	{                                                                                                    \
		.limits = { UINT64_C(64) << 30, 4000000, 1000 }                                              \
	}

opt_setter take_set_platform, take_set_size, take_set_files, take_set_ratio;

/* Rows of a table of options whose struct begins with a struct take_options. */
#define TAKE_ROWS                                                                                                     \
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct take_options, quiet), "print only the image's id" },          \
		{ "platform",        0, "OS/ARCH[/VARIANT]",                                                          \
		  take_set_platform, 0, "of an image for several, this one" },                                        \
		{ "max-layer-size", 0, "SIZE", take_set_size, 0, "refuse a layer that unpacks to more (64g)" },       \
		{ "max-layer-files", 0, "N", take_set_files, 0, "refuse a layer with more files (4000000)" },         \
	{                                                                                                             \
		"max-layer-ratio", 0, "N", take_set_ratio, 0,                                                         \
			"refuse a layer that unpacks to more than N times its size, once it is beyond 100 MiB (1000)" \
	}

/* The store, locked, and what image_add() wants to know but for where the bytes come from. add->images is the caller's in any
 * case. */
int take_begin(struct call *call, const struct take_options *o, struct state *st, struct image_add *add,
	       struct err *e);

/* Everything that the source names, which is no registry. */
int take(struct call *call, const struct take_options *o, const struct image_source *source, struct err *e);
