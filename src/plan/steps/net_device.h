/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* STEP_NET_DEVICE */
struct step_net_device {
	const char *host, *name; /* name inside */
	const char *ns_path;     /* NULL: the process's own */
};
