/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/image/config.h"
#include "spec/image/reference.h"
#include "state/state.h"

/*
 * Images, below the data directory. What is here is whole and verified: everything is made under another name, and
 * renamed. A digest in a path is its digits alone.
 *
 *     images/blobs/HEX               a manifest, a configuration, a compressed layer
 *     images/layers/HEX/             a layer, unpacked onto those below it, by the digest of all of these (the chain id of
 *                                    the OCI image specification, config.md): the same layers are there once. Or a
 *                                    file, an EROFS image of that directory (image/erofs_make.h)
 *     images/sizes/HEX               symbolic link: how many bytes of tar that layer was unpacked from
 *     images/manifests/HEX/          an image, by the digest of its manifest
 *         config                     symbolic link: the digest of its configuration, which is the image's id
 *         0, 1, ...                  symbolic links: its layers, ../../layers/HEX, the uppermost first
 *         etc/passwd, etc/group      as the image has them: whose a container's process is, is looked up before its root is
 *                                    mounted
 *     images/names/DOMAIN/PATH/:TAG  symbolic link: the digest of the manifest that the name means; also "@sha256:..."
 *     images/new/                    what is just being made, each locked (flock(2)) by who makes it
 *
 * The directory `images` is locked: shared by who makes or uses images, exclusively by who removes what nobody needs.
 */
struct image {
	const char *digest; /* of its manifest */
	const char *id;     /* the digest of its configuration */
	const char *path;   /* images/manifests/HEX, from the machine's root */
	unsigned n_layers;
	struct strv erofs; /* which of its layers are files: "0", "2" */
};

/* images/: a descriptor, the caller's, locked if `lock` is LOCK_SH or LOCK_EX; make: with its directories. Code "state";
 * not make: -ENOENT where there is none, and e as it was. */
int images_open(const struct state *st, bool make, int lock, struct err *e);

/* By name, by id or digest, or by the beginning of an id, 3 digits at least. A short name is that of any registry that is
 * searched. -ENOENT "no-image", -EEXIST "image-ambiguous". `images` may be -1: there are none. */
int images_find(const struct state *st, int images, struct arena *a, const char *text, struct image *image,
		struct err *e);

/* The image of a manifest's digest: -ENOENT "no-image". */
int images_load(const struct state *st, int images, struct arena *a, const char *digest, struct image *image,
		struct err *e);

/* Its configuration. -ENOENT "image-broken" where the blob has gone. */
int images_config(int images, struct arena *a, const struct image *image, struct image_config *c,
		  struct err *e);

/* All images, and all names, each in the order of their texts. */
int images_list(const struct state *st, int images, struct arena *a, struct image **list, size_t *n,
		struct err *e);

struct image_name {
	const char *text;   /* "docker.io/library/alpine:latest" */
	const char *digest; /* of the manifest */
};
int images_names(int images, struct arena *a, struct image_name **list, size_t *n, struct err *e);

/* The whole name that a text is, with all that it leaves out: the one that images_find() found `image` by. NULL: it is an id. */
const char *images_whole_name(int images, struct arena *a, const char *text, const struct image *image);

/* Give a name, which has a domain, and a tag or a digest, to a manifest, whatever it meant before; take it away: -ENOENT
 * "no-image". */
int images_name(int images, struct arena *a, const struct reference *name, const char *digest, struct err *e);
int images_unname(int images, struct arena *a, const struct reference *name, struct err *e);

/* Which images containers are made of, those that run and others: pairs DIGEST of the manifest, CONTAINER, in the arena, for
 * containers_user(). Where a record can't be read it is not known: "record-bad". */
int images_used(struct state *st, struct arena *a, struct strv *pairs, struct err *e);

/* The registries' file that counts: a user's own, or /etc/guise/registries.json. */
struct registries;
int images_registries(struct arena *a, struct registries *r, struct err *e);
