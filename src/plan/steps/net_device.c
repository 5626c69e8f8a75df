/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * linux.netDevices: a network device of the host's, moved into the container (net/device.h), by HOST, who
 * has the privilege over it. A program of its own does it (kernel/process/helper.h): it takes a library
 * for netlink, which nobody else who starts a container shall load.
 *
 * It dies with the network namespace: the kernel moves hardware to the machine's own one, and destroys
 * what is virtual. A runtime must not take it out before (config-linux.md, "Namespace Lifecycle and
 * Container Termination").
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "kernel/process/helper.h"
#include "plan/live.h"
#include "plan/target.h"

static int net_device_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[64];
	char *argv[] = { NULL, "device-move", (char *)s->net_device.host, path, (char *)s->net_device.name,
			 NULL };
	int r;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", live->pid);
	if (s->net_device.ns_path)
		argv[3] = (char *)s->net_device.ns_path;
	r = helper_run(argv, e);
	return r < 0 ? err_prefix(e, "linux.netDevices: %s", s->net_device.host) : 0;
}

static void net_device_show(const struct step *s, struct str *out)
{
	str_add(out, "# the next one, with its addresses, and set up\n");
	str_addf(out, "ip link set dev %s netns %s name %s\n", str_shell(out, s->net_device.host),
		 s->net_device.ns_path ? str_shell(out, s->net_device.ns_path) : "$pid",
		 str_shell(out, s->net_device.name));
}

/* Its line in the table of devices of the container's network namespace: "  eth0: 1 2 ...". */
static int net_device_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[32];
	char *table, *save, *line;
	size_t len;

	if (strchr(want->net_device.name, '%')) {
		str_add(text, "the number in its name was chosen when it was moved");
		return READ_UNKNOWN;
	}
	snprintf(path, sizeof(path), "/proc/%d/net/dev", t->pid);
	if (io_read_file(t->arena, AT_FDCWD, path, 1 << 20, &table, &len) < 0)
		return READ_MISSING;
	for (line = strtok_r(table, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *rest = str_after(line + strspn(line, " "), want->net_device.name);

		if (rest && *rest == ':')
			return READ_FOUND;
	}
	return READ_MISSING;
}

static const struct field net_device_fields[] = {
	FIELD(STR, net_device, host, .compare = COMPARE_NOT),
	FIELD(STR, net_device, name, .compare = COMPARE_KEY),
	FIELD(MAYBE, net_device, ns_path, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_net_device = {
	.name = "net-device",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.fields = net_device_fields,
	.apply = net_device_apply,
	.show = net_device_show,
	.read = net_device_read,
};
