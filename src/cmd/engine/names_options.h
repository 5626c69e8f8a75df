/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"

/*
 * The options of run that say what is in a container's /etc/hosts and /etc/resolv.conf. Each adds one to a
 * list (struct strv), written as struct spec_names has it.
 */
opt_setter names_option_host;   /* NAME:ADDRESS, NAME=ADDRESS, of IPv6 also in brackets, NAME:host-gateway */
opt_setter names_option_server; /* an address */
opt_setter names_option_search; /* a domain, or "." */
opt_setter names_option_option; /* "ndots:2" */
