/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image/add.h"
#include "image/registry/download.h"
#include "image/registry/session.h"
#include "spec/image/registries.h"

/*
 * An image of a registry into the store. A short name is that of the first registry of the list that has it; one that cannot
 * be asked ends the search, lest another's image is taken for it. A mirror that fails is passed over.
 */
struct pull {
	struct image_add *add; /* whose origin is filled in here */
	struct session_options options;
	const struct registries *registries;
	void (*tick)(void *arg, struct downloads *d); /* download.h */
	void *tick_arg;
};

/* *found: the name that it has been found by, whole. Codes of session.h, image/add.h and spec/image/registries.h. */
int pull_image(struct pull *p, const struct reference *name, struct reference *found, const char **digest,
	       struct err *e);
