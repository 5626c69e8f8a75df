/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <archive.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "spec/image/limits.h"

/*
 * guise-archive: a tree of files → tar, and tar → files. One end of `guise cp` and `guise export` each; what is
 * between two of them is a pipe. And a layer of an image → files (layer.h).
 *
 * Theory of operation. What lies in a container is hostile, while we read it, too: links are put where a file was, a
 * directory is moved elsewhere. And so is an archive from anywhere. Therefore:
 *
 *  - The end that works in a container is in its mount and user namespace, with its root as its own, before it looks at
 *    any path, or at the first byte of an archive; it has no capability but those over files, and neither end can make
 *    system calls that signal, connect, mount or execute (side_enter()). What it
 *    could be made to do there, the container's root can do without it.
 *  - Paths are looked up from the descriptor of the root (kernel/fs/inroot.h). What is found is opened by its name in
 *    the descriptor of its directory, and is no link, or is not opened.
 *  - Nothing is opened but what was found to be a regular file or a directory by a descriptor of O_PATH: to open a FIFO
 *    waits, and to open a device acts.
 *  - What is written is unlinked first and then made with O_EXCL. No name leads upwards. On the host no link below the
 *    destination is followed. In a container those that are there are, inside its root.
 */
enum {
	ARCHIVE_REPORT = 3, /* a struct err, where something failed */
	ARCHIVE_ROOT = 4,   /* O_PATH: where paths begin */
	ARCHIVE_PROCESS = 5 /* a pidfd, whose namespaces are entered */
};

struct side {
	bool container;   /* else the host, with its caller's rights */
	bool running;     /* ARCHIVE_PROCESS is there */
	bool keep;        /* -a: owners, set-user-id bits and capabilities, too */
	bool follow;      /* -L: what the link is of that the source is */
	bool alone;       /* all of the root, but only what is in its own mount; there is no path */
	bool listed;      /* to pack: what standard input names, as a layer */
	bool layer;       /* of an image, unpacked: devices, too */
	bool single;      /* of a layer, where there is one id only: everything is root's */
	uint64_t devices; /* of a layer, that could not be made */
	int root;         /* where paths begin, from side_enter() on */
	int self;         /* /proc/self/fd of the host */
	const char *path;
	const struct layer_limits *limits; /* of what is unpacked; NULL: none */
};

/* Go there. Nothing of an archive may be read before. */
int side_enter(struct side *s, struct err *e);

/* An object by its directory and name. "." is the directory itself. */
struct place {
	int dir; /* O_PATH */
	char name[NAME_MAX + 1];
	char path[PATH_MAX]; /* from the root, links at its end followed */
	bool exists;
	struct stat st;
};

/* Look up path from the root. follow: what a link at its end leads to, which need not exist; its directory must. */
int place_find(int root, const char *path, bool follow, struct place *p, struct err *e);

/* The last name of a path; "." where its content is meant. In buf. */
const char *place_base(const char *path, char buf[NAME_MAX + 1]);

/* For people, on stderr: what is left out. */
void archive_note(const char *path, const char *why);

/* Fill e with what libarchive says of a. Returns -e->no. */
int archive_failed(struct archive *a, const char *what, struct err *e);

/* The tree at the side's path → tar on standard output. */
int pack(struct side *s, struct err *e);

/* What is compressed on standard input → standard output, as it was before. */
int plain(const struct side *s, struct err *e);

/* Standard input → standard output, compressed with gzip or zstd. */
int press(const char *filter, struct err *e);

/* Tar on standard input → the side's path, which is a directory that exists; or, placed: what pack() has packed, by
 * docker's rules (spec/copy.h). */
int unpack(struct side *s, bool placed, struct err *e);

/* ---- limit.c: what is unpacked is counted, and ends with -EFBIG "layer-large" beyond the limits (NULL: none) ---- */

/* What has come out of the archive's compression so far. */
int limit_bytes(struct archive *in, const struct layer_limits *limits, struct err *e);
int limit_entries(uint64_t n, const struct layer_limits *limits, struct err *e);

/* ---- write.c: one entry ---- */

struct archive_entry;

/* Make what the entry is as `name` in the directory. Of a directory the mode and the time come later, when all is in
 * it. */
int write_entry(struct side *s, struct archive *a, struct archive_entry *entry, int dir, const char *name,
		struct err *e);
int write_directory_end(const struct side *s, int dir, const char *name, const struct stat *st,
			struct err *e);

/* Another name of what is there. */
int write_hard_link(int to_dir, const char *to_name, int dir, const char *name, struct err *e);
