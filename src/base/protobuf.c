/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/protobuf.h"

#include <string.h>

enum wire { WIRE_VARINT, WIRE_I64, WIRE_LEN, WIRE_I32 = 5 };

/* ---- writing ---- */

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static void put_varint(struct str *out, uint64_t value)
{
	char buf[10];
	size_t n = 0;

	for (; value > 0x7f; value >>= 7)
		buf[n++] = (char)((value & 0x7f) | 0x80);
	buf[n++] = (char)value;
	str_addn(out, buf, n);
}

static void put_key(struct str *out, unsigned field, enum wire wire)
{
	put_varint(out, (uint64_t)field << 3 | wire);
}

void protobuf_put_int(struct str *out, unsigned field, int64_t value)
{
	put_key(out, field, WIRE_VARINT);
	put_varint(out, (uint64_t)value);
}

void protobuf_put_bytes(struct str *out, unsigned field, const void *data, size_t len)
{
	put_key(out, field, WIRE_LEN);
	put_varint(out, len);
	str_addn(out, data, len);
}

void protobuf_put_str(struct str *out, unsigned field, const char *text)
{
	if (text)
		protobuf_put_bytes(out, field, text, strlen(text));
}

void protobuf_put_message(struct str *out, unsigned field, const struct str *message)
{
	protobuf_put_bytes(out, field, str_get(message), message->len);
}

/* ---- reading ---- */

static bool get_varint(struct protobuf_reader *r, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
		uint8_t byte = *r->at++;

		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool get_bytes(struct protobuf_reader *r, uint64_t len)
{
	if (len > (uint64_t)(r->end - r->at))
		return false;
	r->data = (const char *)r->at;
	r->len = (size_t)len;
	r->at += len;
	return true;
}

static bool get_field(struct protobuf_reader *r)
{
	uint64_t key, len;

	if (!get_varint(r, &key))
		return false;
	r->field = (unsigned)(key >> 3);
	switch (key & 7) {
	case WIRE_VARINT:
		return get_varint(r, &r->number);
	case WIRE_I64:
		return get_bytes(r, 8);
	case WIRE_LEN:
		return get_varint(r, &len) && get_bytes(r, len);
	case WIRE_I32:
		return get_bytes(r, 4);
	}
	return false;
}

bool protobuf_next(struct protobuf_reader *r)
{
	if (r->bad || r->at == r->end)
		return false;
	r->number = 0;
	r->data = "";
	r->len = 0;
	r->bad = !get_field(r);
	return !r->bad;
}
