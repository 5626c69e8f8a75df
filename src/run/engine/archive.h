/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/engine/control.h"
#include "spec/image/limits.h"

/*
 * Files in and out of containers, as tar: guise-archive packs at one end and unpacks at the other, a
 * process each, since each works with the rights of its side (cmd/archive/archive.h). It is a program of
 * its own, lest every start of a container loads its library; it is found at $GUISE_ARCHIVE, or as
 * kernel/process/helper.h says.
 */
struct archive_end {
	int root;          /* O_PATH; the caller's */
	int process;       /* a pidfd, whose namespaces root is of; -1: none. Not the caller's */
	const char *path;  /* absolute, from root */
	bool container;    /* a container's; else the host's */
	bool keep, follow; /* cp -a, cp -L */
	bool alone;        /* without what is mounted in the root; all of it, without an entry of its own */
	bool devices;      /* to write: device nodes, too */
	const struct layer_limits *limits; /* to read: of what is compressed, "layer-large" beyond them; NULL: none */
};

/* A path of the host, which may be relative. */
int archive_host(struct archive_end *end, struct arena *a, const char *path, struct err *e);

/* A path in a container. One that does not run is locked as long as k is open, and its layer is mounted
 * (run/engine/ended.h): -ENOENT "no-files" if it keeps none. */
int archive_container(struct archive_end *end, struct control *k, const char *path, struct err *e);

/* All of a container's root, without what is mounted in it. -ENOTSUP "no-root-mount" where that is
 * nothing: a root that is put together of directories of the host. */
int archive_root(struct archive_end *end, struct control *k, struct err *e);

/* Copy, placed by docker's rules; all of a root (alone) into a directory. */
int archive_copy(const struct archive_end *from, const struct archive_end *to, struct err *e);

/* A layer of an image to a descriptor (OCI image specification, layer.md): what of the root a list names, "A/PATH" for what
 * is there and "D/PATH" for what is not, each ended by a NUL. And what was compressed, as it was before; or compressed
 * with "gzip" or "zstd", the same bytes to the same. The end is a place to work in only. */
int archive_changes(const struct archive_end *from, int list, int out, struct err *e);
int archive_plain(const struct archive_end *end, int in, int out, struct err *e);
int archive_press(const struct archive_end *end, const char *filter, int in, int out, struct err *e);

/* Tar to a descriptor, and from one into a directory. */
int archive_pack(const struct archive_end *from, int out, struct err *e);
int archive_unpack(const struct archive_end *to, int in, struct err *e);
