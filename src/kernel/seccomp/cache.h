/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "kernel/seccomp/seccomp.h"

/*
 * Compiled filters in files, so that a profile which is used again and again is compiled once. What a
 * filter was made from is its key; a file is named by a hash of the key and holds the key whole, so that
 * two keys of one hash are told apart.
 */
struct seccomp_key {
	const char *profile; /* the text */
	size_t profile_len;
	uint64_t caps;       /* the capabilities it was opened for */
	const char *builder; /* version of guise and its default texts, which a new one may change */
};

/* A key's text for a profile that was read already, such as engines write into every config.json. It is
 * shorter than the JSON, and does not depend on its layout. Different profiles have different texts: each
 * list has its length before it, and each name has. */
struct str seccomp_key_profile(struct arena *a, const struct seccomp_profile *p);

/* Find a filter in the directory. 1: found, in the arena; 0: there is none, or it is damaged, not a
 * regular file, or could have been written by someone but root and ourselves; -errno: cannot tell. No
 * struct err: a cache that does not work is no failure. */
int seccomp_cache_load(struct arena *a, int dirfd, const struct seccomp_key *key, struct seccomp_filter *f);

/* Keep a filter, whole or not at all. 0 or -errno. */
int seccomp_cache_store(struct arena *a, int dirfd, const struct seccomp_key *key,
			const struct seccomp_filter *f);
