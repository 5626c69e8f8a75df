/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/network_driver.h"

#include <errno.h>
#include <string.h>

#include "spec/value.h"

static int bad(struct err *e, const char *opt, const char *cause)
{
	return err_set(e, "bad-option", EINVAL, "--opt: '%s'", opt), err_cause(e, "%s", cause);
}

static int take_mtu(const char *opt, const char *value, struct network *n, struct err *e)
{
	uint64_t mtu;

	if (value_digits(value, strlen(value), UINT16_MAX, &mtu) < 0)
		return bad(e, opt, "it is no number of bytes");
	n->mtu = (unsigned)mtu;
	return 0;
}

static int take_opt(const char *opt, struct network *n, struct err *e)
{
	const char *value;

	if ((value = str_after(opt, "mtu=")) || (value = str_after(opt, "com.docker.network.driver.mtu=")))
		return take_mtu(opt, value, n, e);
	if ((value = str_after(opt, "parent="))) {
		n->parent = value;
		return network_interface(value, e);
	}
	if ((value = str_after(opt, "com.docker.network.bridge.name="))) {
		n->interface = value;
		return network_interface(value, e);
	}
	if ((value = str_after(opt, "mode=")) || (value = str_after(opt, "macvlan_mode=")) ||
	    (value = str_after(opt, "ipvlan_mode="))) {
		n->mode = value;
		return 0;
	}
	bad(e, opt, "no driver here has that option");
	return err_hint(e, "there are mode=, parent=, mtu=, macvlan_mode=, ipvlan_mode=, "
			   "com.docker.network.driver.mtu= and com.docker.network.bridge.name=");
}

int network_driver_opts(const struct strv *opts, struct network *n, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < opts->n; i++)
		r = take_opt(opts->v[i], n, e);
	return r;
}

static int refuse(struct err *e, const struct network *n, const char *option, const char *cause,
		  const char *hint)
{
	err_set(e, "bad-network", EINVAL, "%s with --driver %s", option, driver_name[n->driver]);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

int network_driver_check(const struct network *n, struct err *e)
{
	static const char *const other = "add --driver macvlan, or --driver ipvlan";

	if (n->driver == DRIVER_BRIDGE && (n->parent || n->mode))
		return refuse(e, n, n->parent ? "--parent" : "--opt mode", "a bridge has none", other);
	if (n->driver == DRIVER_BRIDGE)
		return 0;
	if (n->internal)
		return refuse(e, n, "--internal", "who is on its parent's LAN can't be kept off it",
			      "use a bridge; or --default-route=false, if no route is enough");
	if (n->open)
		return refuse(e, n, "--isolate=false", "nothing isolates who is on one LAN", "leave it out");
	if (n->compat)
		return refuse(e, n, "--firewall-compat", "its packets pass none of this host's firewalls",
			      "leave it out");
	if (n->dns_server)
		return refuse(e, n, "--dns-server", "it answers at a bridge, which there is none of",
			      "use a bridge; or --dns of the containers, for a name server on the LAN");
	if (n->interface)
		return refuse(e, n, "--interface-name", "there is no bridge to be named",
			      "--parent names the host's link");
	return n->mode ? driver_mode_check(n->driver, n->mode, e) : 0;
}
