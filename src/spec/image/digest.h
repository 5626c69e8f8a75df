/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * "ALGORITHM:HEX", what a blob is known by (OCI image specification, descriptor.md, "Digests"). The two algorithms that
 * are registered there, and no others: nobody could verify those.
 */
enum { DIGEST_HEX_MAX = 128, DIGEST_TEXT_MAX = 7 + DIGEST_HEX_MAX + 1 };

/* Is it one: sha256 with 64, or sha512 with 128 digits, in lower case? */
bool digest_is(const char *text);

/* The digits behind the colon. `digest` is one. */
const char *digest_hex(const char *digest);
