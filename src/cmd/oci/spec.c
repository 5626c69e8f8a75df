/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guise-oci spec: write the config.json that a new bundle starts with. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/oci/commands.h"
#include "run/start/probe.h"
#include "spec/oci/template.h"

struct spec_options {
	const char *bundle;
	bool rootless;
};

#define AT(member) offsetof(struct spec_options, member)

static const struct opt spec_table[] = {
	{ "bundle", 'b', "DIR", opt_string, AT(bundle), "the bundle (the current directory)", "@dir" },
	{ "rootless", 0, NULL, opt_flag, AT(rootless), "for containers that are started without privilege" },
	{ 0 },
};

static int spec_run(struct call *call, struct err *e)
{
	struct spec_options o = { .bundle = "." };
	struct strv operands;
	struct str out = { .arena = call->arena };
	int r = opt_parse(call, &o, &operands, e);

	if (r)
		return r;
	oci_template(&(struct oci_template){ .cgroup_ns = probe_cgroup2_alone(),
					     .rootless = o.rootless,
					     .uid = geteuid(),
					     .gid = getegid() },
		     &out);
	autoclose int dir = open(o.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, "bundle", errno, "open bundle %s", o.bundle);
	autoclose int fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		err_set(e, "config-exists", errno, "make %s/config.json", o.bundle);
		return e->no == EEXIST ? err_hint(e, "remove it first") : -e->no;
	}
	r = io_write_all(fd, out.p, out.len);
	return r < 0 ? err_set(e, "bundle", -r, "write %s/config.json", o.bundle) : 0;
}

const struct command oci_spec_command = {
	.name = "spec",
	.summary = "write a config.json to start from into a bundle",
	.details =
		"The file must not be there yet. It starts sh in the directory rootfs of the bundle; change what is to be "
		"different.",
	.options = spec_table,
	.run = spec_run,
};
