/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

/*
 * iptables-legacy and ip6tables-legacy, whose tables nf_tables does not show: does the chain FORWARD of their table
 * filter drop what none of its rules accepts? family: AF_INET, AF_INET6. False also where `link` is named by a rule, which
 * may accept; where there is no such table; and where it can't be read. No table is made, and no module loaded, by asking:
 * /proc/net/ip_tables_names tells which there are.
 */
bool xt_forward_drops(struct arena *a, int family, const char *link);
