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

/* A pair with its name dotted, of whatever parameter; NULL if that cannot be the name of one. */
const char *sysctl_dotted(struct arena *a, const char *text);

/* Which namespace the parameter of a dotted pair, or of its name alone, belongs to: NS_IPC or NS_NET and,
 * with names that sysctl_parse() refuses, NS_UTS, NS_USER, or NS_COUNT for the whole machine. */
enum ns_kind sysctl_ns(const char *pair);

/* The path of a checked pair's parameter below /proc/sys, "net/ipv4/ip_forward". */
const char *sysctl_path(struct arena *a, const char *pair);
