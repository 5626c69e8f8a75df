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
	const char *storage; /* how layers are kept; NULL: nobody has said */
};

/* Of one who says nothing else. */
extern const struct layer_limits take_limits;

#define TAKE_DEFAULTS                                                                                        \
	{                                                                                                    \
		.limits = take_limits                                                                        \
	}

opt_setter take_set_platform, take_set_number;

/* Does --storage say erofs? */
bool take_is_erofs(const char *storage);

/* A row of a table of options whose struct has the text at that offset. */
#define STORAGE_ROW(at)                                                                                      \
	{                                                                                                    \
		"storage", 0, "KIND", opt_choice, (at),                                                      \
			"keep layers that are not here yet as: directory (the default), or erofs",           \
			"directory erofs"                                                                    \
	}

/* Rows of a table of options whose struct has a struct layer_limits at that offset. */
#define LIMIT_ROWS(at)                                                                                                \
	{ "max-layer-size",                                                                                           \
	  0,                                                                                                          \
	  "SIZE",                                                                                                     \
	  take_set_number,                                                                                            \
	  (at) + offsetof(struct layer_limits, bytes),                                                                \
	  "refuse a layer, or an archive, that unpacks to more (64g)" },                                              \
		{ "max-layer-files", 0, "N", take_set_number, (at) + offsetof(struct layer_limits, entries),          \
		  "refuse a layer, or an archive, with more files (4000000)" },                                       \
	{                                                                                                             \
		"max-layer-ratio", 0, "N", take_set_number, (at) + offsetof(struct layer_limits, ratio),              \
			"refuse a layer that unpacks to more than N times its size, once it is beyond 100 MiB (1000)" \
	}

/* Rows of a table of options whose struct begins with a struct take_options. */
#define TAKE_ROWS                                                                                            \
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct take_options, quiet), "print only the image's id" }, \
		{ "platform",        0, "OS/ARCH[/VARIANT]",                                                 \
		  take_set_platform, 0, "of an image for several, this one" },                               \
		LIMIT_ROWS(offsetof(struct take_options, limits)),                                           \
		STORAGE_ROW(offsetof(struct take_options, storage))

/* The store, locked, and what image_add() wants to know but for where the bytes come from. add->images is the caller's in any
 * case. */
int take_begin(struct call *call, const struct take_options *o, struct state *st, struct image_add *add,
	       struct err *e);

/* What add->tell is, unless somebody else's: a line on standard error. */
void take_tell_layer(void *arg, const struct descriptor *layer, bool there);

/* Tells of what was left out, and gives the store back. */
void take_end(struct image_add *add);

/* Everything that the source names, which is no registry. */
int take(struct call *call, const struct take_options *o, const struct image_source *source, struct err *e);
