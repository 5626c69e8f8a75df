/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <sys/utsname.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/machine.h"
#include "cmd/engine/object.h"
#include "cmd/rows.h"
#include "cmd/template.h"

/* What it was built with. */
static const char *const features[] = {
	"bridge", "cgroup-v1", "cgroup-v2", "device-filter", "nftables", "overlay", "seccomp", "userns",
#ifdef GUISE_FAULTS
	"faults",
#endif
};

/* docker's keys. There is no daemon: who asks for the server's version means what runs containers, which
 * is this. */
static json_object *side_of(const char *kernel)
{
	json_object *o = json_object_new_object();
	struct strv list = { (const char **)features, ARRAY_LEN(features) };

	object_str(o, "Version", GUISE_VERSION);
	object_str(o, "Os", "linux");
	object_str(o, "Arch", machine_arch());
	object_str(o, "KernelVersion", kernel);
	object_list(o, "Features", &list, 0);
	return o;
}

static void print_text(const char *kernel)
{
	printf("Client:\n Version:       " GUISE_VERSION
	       "\n OS/Arch:       linux/%s\n Kernel:        %s\n Features:     ",
	       machine_arch(), kernel);
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		printf(" %s", features[i]);
	puts("\n\nServer: none is needed");
}

static const struct opt version_table[] = {
	{ "format", 'f', "FORMAT", opt_template, 0, "text, json, or a template: '{{.Client.Version}}'",
	  "text json" },
	{ 0 },
};

static int version_run(struct call *call, struct err *e)
{
	struct utsname u = { 0 };
	struct strv none;
	json_object *o;
	int r = opt_parse(call, NULL, &none, e);

	if (r)
		return r;
	uname(&u);
	if (!str_eq(call->format, "json") && !template_is(call->format)) {
		print_text(u.release);
		return 0;
	}
	o = json_object_new_object();
	json_object_object_add(o, "Client", side_of(u.release));
	json_object_object_add(o, "Server", side_of(u.release));
	if (template_is(call->format))
		return rows_print(call->arena, call->format, NULL, &(struct rows){ &o, 1 }, e);
	object_print_line(o);
	return 0;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the versions of guise and of the kernel, and what it was built with",
	.options = version_table,
	.run = version_run,
};
