/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "spec/image/reference.h"
#include "spec/spec.h"

/*
 * /etc/guise/registries.json: which registries are asked, and how. Bytes → checked model. Pure.
 *
 *     {
 *             "search": ["docker.io", "quay.io"],
 *             "aliases": { "debian": "docker.io/library/debian" },
 *             "mirrors": { "docker.io": ["mirror.example:5000/hub"] },
 *             "blocked": ["registry.example"],
 *             "insecure": ["localhost:5000"]
 *     }
 *
 * A short name is what its alias says, else that of the first registry of the list which has it. Without a file the list
 * is docker.io. A mirror stands for a registry, with or without the beginning of a path; it is asked before it. An
 * insecure one may have a certificate that nobody vouches for, or speak plain HTTP.
 */
struct registries {
	struct strv search;
	struct strv aliases; /* pairs: name, what it means */
	struct strv mirrors; /* pairs: domain, mirror */
	struct strv blocked, insecure;
};

/* As it is without a file. */
void registries_init(struct arena *a, struct registries *r);

/* `file` is its path, for messages. -EINVAL "bad-registries". */
int registries_parse(struct arena *a, const char *file, const char *text, size_t len, struct registries *r,
		     struct err *e);

/* What a name may mean, in order, each with a domain: one for a whole name. Blocked ones are left out; -EACCES
 * "registry-blocked" if none is left. */
int registries_expand(struct arena *a, const struct registries *r, const struct reference *name,
		      struct reference **list, size_t *n, struct err *e);

/* Where a name with a domain is asked for, in order: its mirrors, with that path, and itself. */
void registries_places(struct arena *a, const struct registries *r, const struct reference *name,
		       struct reference **list, size_t *n);

bool registries_insecure(const struct registries *r, const char *domain);
