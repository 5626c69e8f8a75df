/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/caps.h"

#include <errno.h>

#include "kernel/process/caps.h"

void oci_caps_warn(struct arena *a, const struct oci_process *pr, uint64_t held, const struct oci_warn *warn)
{
	struct caps c = { .bounding = pr->caps.bounding,
			  .effective = pr->caps.effective,
			  .permitted = pr->caps.permitted,
			  .inheritable = pr->caps.inheritable,
			  .ambient = pr->caps.ambient };
	struct str names = { .arena = a };
	struct err e = { 0 };
	uint64_t lost;

	caps_clamp(&c, held);
	lost = (c.bounding & ~held) | (pr->caps.effective & ~c.effective) |
	       (pr->caps.permitted & ~c.permitted) | (pr->caps.inheritable & ~c.inheritable) |
	       (pr->caps.ambient & ~c.ambient);
	for (int i = 0; i < CAPS_COUNT; i++)
		if (lost & CAPS_BIT(i))
			str_addf(&names, "%s%s", names.len ? ", " : "", caps_name(i));
	if (!lost)
		return;
	err_set(&e, "config-warning", EPERM, "process.capabilities");
	err_cause(&e, "%s cannot be granted, at least not in each set", names.p);
	warn->tell(warn->arg, &e);
}
