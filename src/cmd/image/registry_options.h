/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "image/registry/session.h"

/* What pull, push, login and logout have in common: who one is, and whom one believes. */
struct registry_options {
	const char *creds, *authfile, *cert_dir;
	bool tls_verify;
};

#define REGISTRY_DEFAULTS                                                                                    \
	{                                                                                                    \
		.tls_verify = true                                                                           \
	}

/* Rows of a table of options whose struct has a struct registry_options called `registry`. */
#define AUTHFILE_ROW(struct_)                                                                                     \
	{                                                                                                         \
		"authfile", 0, "FILE", opt_string, offsetof(struct_, registry.authfile),                          \
			"the file of credentials, instead of $REGISTRY_AUTH_FILE and those of podman and docker", \
			"@file"                                                                                   \
	}
#define TLS_ROWS(struct_)                                                                                    \
	{ "cert-dir",                                                                                        \
	  0,                                                                                                 \
	  "DIR",                                                                                             \
	  opt_string,                                                                                        \
	  offsetof(struct_, registry.cert_dir),                                                              \
	  "certificates for the registry, instead of those in certs.d",                                      \
	  "@dir" },                                                                                          \
	{                                                                                                    \
		"tls-verify", 0, NULL, opt_flag, offsetof(struct_, registry.tls_verify),                     \
			"demand TLS, and a certificate of somebody who is believed (default: true)"          \
	}
#define REGISTRY_ROWS(struct_)                                                                               \
	{ "creds",                                                                                           \
	  0,                                                                                                 \
	  "USER:PASSWORD",                                                                                   \
	  opt_string,                                                                                        \
	  offsetof(struct_, registry.creds),                                                                 \
	  "who one is at the registry, instead of what login has kept" },                                    \
		AUTHFILE_ROW(struct_), TLS_ROWS(struct_)

static inline struct session_options registry_session(const struct registry_options *o)
{
	return (struct session_options){ o->creds, o->authfile, o->cert_dir, !o->tls_verify };
}

/* Where an image comes from files, or goes to them, none of these may be given: it would be in vain. -EINVAL
 * "registry-option". */
int registry_refuse(const struct registry_options *o, const char *place, struct err *e);

/* The same for an option of the caller's own, which was given. */
int registry_refuse_option(const char *option, const char *place, struct err *e);

/* The same as registry_session() for one registry, which registries.json may say to be insecure, or block. */
int registry_session_of(struct arena *a, const struct registry_options *o, const char *domain,
			struct session_options *s, struct err *e);
