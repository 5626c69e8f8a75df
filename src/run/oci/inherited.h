/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/oci/oci.h"
#include "state/oci_container.h"

/* What exec takes over of config.json, kept in the container's directory: its processes are configured as the
 * first one was, whatever has become of the bundle. text NULL: the container has no process. */
int oci_inherited_save(const struct oci_container *o, const char *text, struct err *e);

/* -errno "record-bad" if it can't be read, or there is none. */
int oci_inherited_load(const struct oci_container *o, struct oci_config *c, struct err *e);
