/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* --device HOST[:PATH[:ACCESS]] or HOST:ACCESS, ACCESS of "rwm", as docker has it. -EINVAL "bad-device". */
int device_parse(struct arena *a, const char *text, struct spec_device *device, struct err *e);

/* --device-read-bps DEVICE:SIZE and its siblings; a rate is bytes, or operations, in a second.
 * -EINVAL "bad-throttle". */
int device_parse_bps(struct arena *a, const char *text, struct spec_throttle *t, struct err *e);
int device_parse_iops(struct arena *a, const char *text, struct spec_throttle *t, struct err *e);
