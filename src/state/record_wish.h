/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "spec/spec.h"

/* What was asked for, as JSON with docker's names and units, for inspect: an object with what was given,
 * of docker's HostConfig; and an array of the mounts, which --volumes-from reads again (run/engine/volumes_from.h), and who asks
 * for the use of volumes (state/volumes.h): so these have podman's Options too, "bind", "rbind" or "nocopy". */
void record_wish(const struct spec *s, struct str *out);
/* The limits alone, those that are given: an object. */
void record_wish_limits(const struct spec_limits *l, struct str *out);
void record_wish_mounts(const struct spec *s, struct str *out);
