/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/driver.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

const char *const driver_name[DRIVER_COUNT] = {
	[DRIVER_BRIDGE] = "bridge",
	[DRIVER_MACVLAN] = "macvlan",
	[DRIVER_IPVLAN] = "ipvlan",
};

/* The first of a driver is the one that it has by itself: docker's and podman's choice. */
static const struct driver_mode modes[] = {
	{ DRIVER_MACVLAN, "bridge", MACVLAN_MODE_BRIDGE },
	{ DRIVER_MACVLAN, "private", MACVLAN_MODE_PRIVATE },
	{ DRIVER_MACVLAN, "vepa", MACVLAN_MODE_VEPA },
	{ DRIVER_MACVLAN, "passthru", MACVLAN_MODE_PASSTHRU, .parents_mac = true },
	{ DRIVER_IPVLAN, "l2", IPVLAN_MODE_L2, .parents_mac = true },
	{ DRIVER_IPVLAN, "l3", IPVLAN_MODE_L3, .parents_mac = true, .without_arp = true },
	{ DRIVER_IPVLAN, "l3s", IPVLAN_MODE_L3S, .parents_mac = true, .without_arp = true },
};

int driver_find(const char *name, enum network_driver *driver)
{
	for (unsigned i = 0; i < DRIVER_COUNT; i++) {
		if (!str_eq(driver_name[i], name))
			continue;
		*driver = (enum network_driver)i;
		return 0;
	}
	return -EINVAL;
}

const struct driver_mode *driver_mode(enum network_driver driver, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (modes[i].driver == driver && (!name || str_eq(modes[i].name, name)))
			return &modes[i];
	return NULL;
}

const struct driver_mode *driver_mode_named(const char *driver, const char *name)
{
	enum network_driver which;

	return driver && driver_find(driver, &which) == 0 ? driver_mode(which, name) : NULL;
}

int driver_mode_check(enum network_driver driver, const char *name, struct err *e)
{
	char list[64] = "";
	size_t len = 0;

	if (driver_mode(driver, name))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (modes[i].driver == driver)
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "",
						modes[i].name);
	err_set(e, "bad-mode", EINVAL, "use mode '%s' of %s", name, driver_name[driver]);
	err_cause(e, "there is none of that name");
	return len ? err_hint(e, "there are %s", list) : -EINVAL;
}
