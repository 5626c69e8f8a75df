/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/image/auth.h"

/*
 * Who one is at a registry, by the files of containers and docker (spec/image/auth.h), and by their helpers. One file is the
 * first of these, and the only one:
 *
 *     --authfile, $REGISTRY_AUTH_FILE
 *
 * else the first that knows the name counts:
 *
 *     $XDG_RUNTIME_DIR/containers/auth.json (without it /run/containers/UID/auth.json),
 *     $XDG_CONFIG_HOME/containers/auth.json or ~/.config/containers/auth.json,
 *     $DOCKER_CONFIG/config.json or ~/.docker/config.json
 */

/* creds: --creds USER:PASSWORD, which comes before all files; or NULL. *found: all NULL where nobody knows. -errno
 * "bad-auth-file", "credential-helper", "bad-creds". */
int credentials_find(struct arena *a, const char *creds, const char *authfile, const struct reference *name,
		     struct auth *found, struct err *e);

/* Keep (user NULL: forget) them for a registry, or for the beginning of a name there, in the file that is written, with mode
 * 0600, or with the helper that the file names for it, which knows whole registries only. *where: what was changed. -ENOENT
 * "not-logged-in"; -ENOTSUP "credential-helper". */
int credentials_keep(struct arena *a, const char *authfile, const char *key, const char *user,
		     const char *password, const char **where, struct err *e);
