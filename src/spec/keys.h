/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { KEYS_MAX = 16 };

/* --detach-keys: characters, each as itself or as ctrl- and one of a-z @ [ \ ] ^ _, with commas between: as
 * the bytes that a terminal sends. "": none. The number of bytes, or -EINVAL "bad-keys". */
int keys_parse(const char *text, char keys[KEYS_MAX], struct err *e);

/*
 * What is typed, looked through for the keys. Those that may be the beginning of them are held back until it
 * is known.
 */
struct keys {
	char want[KEYS_MAX];
	size_t n, at; /* of want: how many, and how many of them have come */
};

/* What of typed[0..len) is to go on, to out, which has room for KEYS_MAX more than len. *hit: all keys have
 * come; what was typed behind them is dropped. Returns how many bytes there are. */
size_t keys_filter(struct keys *k, const char *typed, size_t len, char *out, bool *hit);
