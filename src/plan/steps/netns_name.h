/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_NETNS_NAME */
struct step_netns_name {
	const char *name; /* "web": /run/netns/web */
};
