/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

enum { BLOCK = 512, NAME_FIELD = 100, OCTAL_BITS = 33, THREE_DIGITS = 1000 };

struct header {
	char name[NAME_FIELD], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], fill[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

/* 11 octal digits hold less than 8 GiB; beyond that all readers know the binary form, its first bit set. */
static void put_size(char field[12], uint64_t size)
{
	if (size < UINT64_C(1) << OCTAL_BITS) {
		snprintf(field, 12, "%011llo", (unsigned long long)size);
		return;
	}
	memset(field, 0, 12);
	field[0] = (char)0x80;
	for (int i = 11; i > 3; i--, size >>= 8)
		field[i] = (char)(size & 0xff);
}

static int write_header(int out, const char *name, char type, uint64_t size)
{
	struct header h = { .type = type, .mode = "0000644", .uid = "0000000", .gid = "0000000" };
	unsigned sum = 0;

	memcpy(h.name, name, strnlen(name, NAME_FIELD));
	memcpy(h.mtime, "00000000000", 12);
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	put_size(h.size, size);
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	return io_write_all(out, &h, sizeof(h));
}

/* "LENGTH path=NAME\n", where the length counts itself: of names up to 900 it has three digits. */
static int write_long_name(int out, const char *name)
{
	char record[THREE_DIGITS + 32];
	size_t len = strlen("100 path=\n") + strlen(name);
	int r;

	if (len >= THREE_DIGITS)
		return -ENAMETOOLONG;
	snprintf(record, sizeof(record), "%zu path=%.*s\n", len, THREE_DIGITS, name);
	if ((r = write_header(out, "name", 'x', len)) < 0 || (r = io_write_all(out, record, len)) < 0)
		return r;
	return tar_pad(out, len);
}

int tar_file(int out, const char *name, uint64_t size)
{
	int r = strlen(name) > NAME_FIELD ? write_long_name(out, name) : 0;

	return r < 0 ? r : write_header(out, name, '0', size);
}

int tar_pad(int out, uint64_t size)
{
	static const char zeros[BLOCK];

	return io_write_all(out, zeros, (BLOCK - size % BLOCK) % BLOCK);
}

int tar_end(int out)
{
	static const char zeros[2 * BLOCK];

	return io_write_all(out, zeros, sizeof(zeros));
}
