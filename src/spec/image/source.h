/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/image/reference.h"

/*
 * Where an image comes from or goes to, "TRANSPORT:REST" as skopeo and podman write it (containers-transports(5)). Pure.
 *
 *     docker://NAME              a registry; the same without "docker://"
 *     oci:DIR[:TAG]              an image layout (OCI image specification, image-layout.md)
 *     oci-archive:FILE[:TAG]     the same as a tar file
 *     docker-archive:FILE[:NAME] what `docker save` writes
 *     dir:DIR                    its manifest and blobs as files
 *
 * A path has no colon, since what is behind the first one is a tag.
 */
enum image_transport {
	TRANSPORT_DOCKER,
	TRANSPORT_OCI,
	TRANSPORT_OCI_ARCHIVE,
	TRANSPORT_DOCKER_ARCHIVE,
	TRANSPORT_DIR,
};

struct image_source {
	enum image_transport transport;
	struct reference name; /* of docker: and, where there is one, of docker-archive: */
	const char *path;      /* of all others */
	const char *tag;       /* of oci: and oci-archive:, which may be any text; NULL: none was given */
};

/* -EINVAL "bad-reference", "bad-source"; -ENOSYS "no-transport" for one that guise does not have. */
int image_source_parse(struct arena *a, const char *text, struct image_source *s, struct err *e);
