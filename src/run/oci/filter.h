/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "state/oci_container.h"

/* The compiled filter, kept in the container's directory: exec gives its processes the same, whatever has
 * become of the bundle. NULL: there is none. A filter that cannot be read is an error: it must not be left
 * out. */
int oci_filter_save(const struct oci_container *o, const struct seccomp_filter *f, struct err *e);
int oci_filter_load(const struct oci_container *o, const struct seccomp_filter **f, struct err *e);
