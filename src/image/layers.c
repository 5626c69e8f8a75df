/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "spec/image/digest.h"

const char *layers_name(int images, struct arena *a, const struct image *image, unsigned i)
{
	const char *to = io_read_link(a, images,
				      arena_printf(a, "manifests/%s/%u", digest_hex(image->digest), i));
	const char *slash = to ? strrchr(to, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

/* A link, since it is made whole or not at all, and needs no block. */
int layers_note_size(int images, struct arena *a, const char *name, uint64_t bytes)
{
	const char *text = arena_printf(a, "%llu", (unsigned long long)bytes);

	return symlinkat(text, images, arena_printf(a, "sizes/%s", name)) < 0 && errno != EEXIST ? -errno : 0;
}

uint64_t layers_size(int images, struct arena *a, const char *name)
{
	const char *text = io_read_link(a, images, arena_printf(a, "sizes/%s", name));
	struct stat st;

	if (fstatat(images, arena_printf(a, "layers/%s", name), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		return (uint64_t)st.st_size;
	return text ? strtoull(text, NULL, 10) : 0;
}

uint64_t layers_image_size(int images, struct arena *a, const struct image *image)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < image->n_layers; i++) {
		const char *name = layers_name(images, a, image, i);

		bytes += name ? layers_size(images, a, name) : 0;
	}
	return bytes;
}
