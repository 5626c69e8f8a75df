/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * The wire format of protocol buffers, as far as CRIU's RPC uses it
 * (https://protobuf.dev/programming-guides/encoding). A message is a row of fields. Each has a number and
 * either an integer or some bytes: a string, or a message again. The caller knows which field is which. This
 * takes forty lines; a library for it would be a dependency, and pages that every start touches.
 */
void protobuf_put_int(struct str *out, unsigned field, int64_t value); /* int32, uint32, bool, enum */
void protobuf_put_bytes(struct str *out, unsigned field, const void *data, size_t len);
void protobuf_put_str(struct str *out, unsigned field, const char *text); /* nothing for NULL */
void protobuf_put_message(struct str *out, unsigned field, const struct str *message);

/* Reading: the fields in their order, until false. A field that is cut off, or of a kind that nobody writes,
 * ends it, too, with `bad` set. */
struct protobuf_reader {
	const uint8_t *at, *end;
	bool bad;
	/* the field */
	unsigned field;
	uint64_t number;
	const char *data; /* points into what is read; not NUL-terminated */
	size_t len;
};

#define PROTOBUF_READER(text, length)                                                                        \
	{                                                                                                    \
		.at = (const uint8_t *)(text), .end = (const uint8_t *)(text) + (length)                     \
	}

bool protobuf_next(struct protobuf_reader *r);
