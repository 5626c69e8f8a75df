/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/*
 * The options of run that say which networks a container is on. --network may be given several times:
 *
 *     --network none                      one word that stands alone; the last one counts
 *     --network web --network db:ip=10.20.0.9,interface=eth5
 *                                         interfaces in that order, with what is wished for there
 */
opt_setter network_option;           /* field: struct spec */
opt_setter network_option_ip;        /* const char *: an address of IPv4 */
opt_setter network_option_ip6;       /* the same of IPv6 */
opt_setter network_option_mac;       /* const char * */
opt_setter network_option_interface; /* const char *: an interface's name */
opt_setter network_option_alias;     /* struct strv: names */
opt_setter network_option_netns;     /* const char *: a name for ip-netns(8) */
opt_setter network_option_bandwidth; /* struct spec_bandwidth */
opt_setter network_option_publish;   /* struct spec: one more of its ports */

/* One network, as --network has it: "web:ip=10.20.0.9". In the arena. */
int network_option_attachment(struct arena *a, const char *text, struct spec_attachment *at, struct err *e);
