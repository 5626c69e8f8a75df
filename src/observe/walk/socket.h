/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/way.h"

/* Who listens at the end of the way: a socket that is bound so that the packet reaches it, or the kernel itself, which
 * answers echo requests. false: the walk has ended. */
bool socket_takes(struct way *y, const struct world_netns *ns, const struct world_link *in,
		  const struct packet *p);
