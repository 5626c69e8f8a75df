/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/report/trace.h"
#include "observe/world/read.h"

/*
 * Send the packet of a walk for real, from its namespace, and follow it by nf_tables' own tracing
 * (kernel/net/nftrace.h) in every namespace that the walk passes, and by the kernel's reasons for what it throws away
 * (kernel/net/skb_drop.h). Sockets are opened in a child that enters those namespaces; tables go with the sockets.
 *
 * -EINVAL "probe-outside": a packet from outside can't be sent from here.
 */
int follow_packet(const struct world *w, const struct walk_packet *p, const struct walk *walked,
		  struct arena *a, struct trace_probe *out, struct err *e);
