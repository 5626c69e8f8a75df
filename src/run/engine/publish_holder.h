/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "net/ports.h"
#include "state/state.h"

/* A port could not be had: e says so. Say by whom it is held, a container, a program or an attachment of guise-cni, as far
 * as that can be found out, and what to do. owner: the mark of the element that leads it on; "": there is none. Returns
 * -e->no. */
int publish_say_holder(struct state *st, struct arena *a, const struct ports_range *port, const char *owner,
		       struct err *e);
