/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "image/local.h"

/* What local.c and local_docker.c share. */
struct local {
	int images, dir;
	struct arena *arena;
	enum image_transport transport;
	const char *path, *tag;
	const struct reference *name; /* which one of a docker-archive; NULL: all */
	char beside[64];              /* below images, where an archive was unpacked; "": none was */
	struct local_image *images_there;
	size_t n_images;
	/* of docker's archives: the files of blobs, by digest */
	struct strv docker_files; /* pairs */
};

/* A file below the directory: a descriptor or -errno; its content: 0, -ENOENT with e as it was, or -errno. */
int local_open_file(struct local *l, const char *path);
int local_read(struct local *l, const char *path, char **text, size_t *len, struct err *e);

void local_add(struct local *l, const char *text, size_t len, const char *media_type, struct strv names);

/* Is a name in a docker-archive the one that is wanted? And there is none: the names that there are. */
bool local_is_name(struct local *l, const char *text);
int local_no_name(struct local *l, const struct str *names, struct err *e);

/* What `docker save` wrote before it wrote image layouts: manifest.json. */
int local_read_docker(struct local *l, struct err *e);
/* The file of a blob of it, or NULL. */
const char *local_docker_path(struct local *l, const char *digest);
