/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/*
 * What is published of a container's ports, as docker and podman write it:
 *
 *     [IP:][HOST[-LAST]:]CONTAINER[-LAST][/tcp|udp|sctp]
 *
 * 8080:80 is port 8080 of all the host's addresses; 127.0.0.1:8080:80 and [fd00::1]:8080:80 of one; 80 and
 * 127.0.0.1::80 a port of the host that is free; 8000-8009:80 a free one of those; 8000-8009:9000-9009 ten ports. Pure.
 */

/* -EINVAL "bad-publish". The memory is that of the arena. */
int publish_parse(struct arena *a, const char *text, struct spec_port *port, struct err *e);

/* Does it lead to that port of the container's? */
bool publish_leads_to(const struct spec_port *p, uint8_t proto, unsigned port);

/* What shall be published: what is named, and, with publish_all, each port that is exposed and that none of those leads to, at
 * a free one. *n: how many. The list is the arena's. */
struct spec_port *publish_wished(struct arena *a, const struct spec *s, size_t *n);

/* May both be had at once? Not if they name a port of the host that is the same. (A free one is another.) */
bool publish_overlap(const struct spec_port *a, const struct spec_port *b);
