/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

/* ROOTFS, "TRANSPORT:REST" as skopeo's users write it: host:, dir:PATH. Fills kind, path and, for host:,
 * overlay; the other fields stay. Anything else is the name of an image, docker://NAME or NAME alone, which is checked
 * where it is looked for (state/images.h). -EINVAL "bad-rootfs", -ENOSYS "no-transport" for an image that has to be pulled
 * first. `text` must live as long as the root. Whether the directory is there is not looked at. */
int root_parse(const char *text, struct spec_root *root, struct err *e);
