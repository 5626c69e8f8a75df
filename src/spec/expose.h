/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "spec/spec.h"

/* A port that a container says it listens at, of --expose or an image's ExposedPorts: PORT[-PORT][/tcp|udp|sctp] is appended
 * to the list as "80/tcp", one each, also if it is there. 0 or -EINVAL "bad-port". */
int expose_parse(struct arena *a, const char *text, struct strv *list, struct err *e);

/* Each of such a list once, in the order in which it came first: all ports there are take a moment. */
struct strv expose_once(struct arena *a, const struct strv *list);
