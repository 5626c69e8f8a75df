/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/image/take.h"
#include "image/derive.h"

/* What commit and import have in common. */
struct make_options {
	const char *message;
	struct strv changes;
	const char *storage; /* take_is_erofs() */
};

/* Rows of a table of options whose struct begins with a struct make_options. */
#define MAKE_ROWS                                                                                            \
	{ "change",                                                                                          \
	  'c',                                                                                               \
	  "INSTRUCTION",                                                                                     \
	  opt_list,                                                                                          \
	  offsetof(struct make_options, changes),                                                            \
	  "change the configuration as a Dockerfile does: 'CMD [\"sh\"]', 'ENV A=1'",                        \
	  .many = true },                                                                                    \
		{ "message",          'm', "TEXT", opt_string, offsetof(struct make_options, message),       \
		  "the comment of it" },                                                                     \
		STORAGE_ROW(offsetof(struct make_options, storage))

/* A file below images/new for the layer to be, which nobody else has: a descriptor, the caller's, and its name. */
int make_file(struct call *call, int images, const char **name, struct err *e);

/* The file is the layer. d->add has the store and the limits; config: as of struct derive, put then; name: to be given to the image, or NULL. Prints its id. */
int make_image(struct call *call, struct state *st, struct derive *d, const struct make_options *o,
	       const char *file, const struct reference *name, struct err *e);
