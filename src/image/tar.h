/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/*
 * A tar archive of plain files that are guise's own, such as blobs: each a header of 512 bytes, its content, and zeros up to
 * the next 512 (POSIX pax, "ustar"). Owners, times and modes are the same for all, so the same files make the same bytes.
 * What has owners, links or attributes is packed by guise-archive.
 */

/* The header of a file; the caller writes `size` bytes behind it, and then tar_pad(). 0 or -errno. */
int tar_file(int out, const char *name, uint64_t size);
int tar_pad(int out, uint64_t size);

/* What is behind the last file. */
int tar_end(int out);
