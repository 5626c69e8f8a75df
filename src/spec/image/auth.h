/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "spec/image/reference.h"

/*
 * Credentials as files have them: containers' auth.json (containers-auth.json(5)) and docker's config.json, which is the
 * same but for its names of registries. Bytes → checked model, and back. Pure.
 *
 *     { "auths": { "quay.io": { "auth": "BASE64 OF USER:PASSWORD" } },
 *       "credHelpers": { "gcr.io": "gcloud" }, "credsStore": "pass" }
 *
 * An entry is for a registry, or for the beginning of a name there ("quay.io/team"); the longest one counts. A helper knows
 * registries only: one of the registry's own (credHelpers) comes before all entries, that of all others (credsStore) behind
 * them.
 */
struct auth {
	const char *user, *password; /* NULL: none */
	const char *token;           /* an identity token, to be changed into others; NULL */
	const char *helper;          /* docker-credential-HELPER is asked; NULL: the above */
	const char *helper_key;      /* for what it is asked */
};

/* What a file has for a name: 0 with *found all NULL where it has nothing. `file` is its path, for messages. -EINVAL
 * "bad-auth-file". */
int auth_find(struct arena *a, const char *file, const char *text, size_t len, const struct reference *name,
	      struct auth *found, struct err *e);

/* The helper that it names for a registry, in *at; all NULL: none, and the file itself has its credentials. As auth_find(). */
int auth_helper(struct arena *a, const char *file, const char *text, size_t len, const char *domain,
		struct auth *at, struct err *e);

/* The file with one entry changed, added, or taken out (user NULL); everything else in it stays. text NULL: a new file.
 * -ENOENT "not-logged-in" where there is none to take out. */
int auth_change(struct arena *a, const char *file, const char *text, size_t len, const char *key,
		const char *user, const char *password, const char **changed, struct err *e);

/* "Basic BASE64", the value of Authorization (RFC 7617). */
const char *auth_basic(struct arena *a, const char *user, const char *password);

/*
 * What a registry wants to be shown, WWW-Authenticate (RFC 9110, 11.6.1; the distribution specification's "Token
 * Authentication").
 */
struct auth_challenge {
	enum { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER } scheme;
	const char *realm, *service; /* of Bearer; NULL: not said */
};

/* The header's value: the best one of those it offers; CHALLENGE_NONE where there is none that is known. */
void auth_challenge(struct arena *a, const char *header, struct auth_challenge *c);
