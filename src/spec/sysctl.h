/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/*
 * Kernel parameters that belong to a namespace; all others are the whole machine's and refused.
 *
 * Their names have two spellings (sysctl(8)): dots between the parts, or slashes; where the first of
 * the two is a slash, slashes divide and a dot is a dot (net/ipv4/conf/eth0.100/forwarding), else the
 * other way round (net.ipv4.conf.eth0/100.forwarding). A spec has the dotted one.
 */

/* Check NAME=VALUE and put it into *pair with the name dotted. -EINVAL "bad-sysctl". */
int sysctl_parse(struct arena *a, const char *text, const char **pair, struct err *e);

/* Which new namespace the parameter of a checked pair needs: NS_IPC or NS_NET. */
enum ns_kind sysctl_ns(const char *pair);

/* The path of a checked pair's parameter below /proc/sys, "net/ipv4/ip_forward". */
const char *sysctl_path(struct arena *a, const char *pair);
