/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "cmd/oci/commands.h"
#include "cmd/oci/log.h"
#include "cmd/oci/options.h"
#include "cmd/program.h"
#include "plan/steps/steps.h"
#include "spec/oci/oci.h"

/* guise-oci makes no network: whoever calls it does. So it links neither the steps nor libmnl
 * (plan/steps/table.c). */
const struct step_ops *const step_network[STEP_COUNT] = { NULL };

/* Engines write both, and the last one counts. */
static int set_systemd(const struct opt_use *u, struct err *e)
{
	((struct oci_global *)u->options)->cgroup_manager = u->on ? "systemd" : "cgroupfs";
	return 0;
}

#define AT(member) offsetof(struct oci_global, member)

/* clang-format off */
static const struct opt global_table[] = {
	{ "root", 0, "DIR", oci_opt_path, AT(root),
	  "state directory (/run/guise-oci, or $XDG_RUNTIME_DIR/guise-oci)", "@dir" },
	{ "log", 0, "FILE", oci_opt_path, AT(log), "append messages to FILE too", "@file" },
	{ "log-format", 0, "FORMAT", opt_choice, AT(log_format), "of that file: text, json (keys level, msg, time)",
	  "text json" },
	{ "log-level", 0, "LEVEL", opt_choice, AT(log_level),
	  "how much is said: debug (each step, to --log's FILE alone), info (the default), warning, error",
	  "debug info warn warning error" },
	{ "debug", 0, NULL, opt_flag, AT(debug), "the same as --log-level debug" },
	{ "timing", 0, NULL, opt_flag, AT(timing), "print how long each phase of create and run took" },
	{ "systemd-cgroup", 0, NULL, set_systemd, 0, "the same as --cgroup-manager systemd" },
	{ "cgroup-manager", 0, "MANAGER", opt_choice, AT(cgroup_manager),
	  "who makes cgroups: cgroupfs (guise-oci itself), systemd, disabled", "cgroupfs systemd disabled" },
	{ "rootless", 0, "WORD", opt_choice, AT(rootless),
	  "do without cgroups that cannot be made: true, false, auto (for who is not root)", "true false auto" },
	{ "criu", 0, "FILE", opt_string, AT(criu), "the program that checkpoints (criu)", "@file" },
	{ "version", 'v', NULL, opt_flag, AT(version), "print the version" },
	{ 0 },
};
/* clang-format on */

const struct command oci_program = {
	.name = "guise-oci",
	.operands = "COMMAND [ARG...]",
	.summary = "run containers of OCI bundles, for engines that call runc",
	.details = "These options stand before any command. Options may be written with one dash or two.",
	.options = global_table,
	.max = COMMAND_ANY,
	.options_first = true,
	.single_dash = true,
	.hint = "list -q",
	.commands = oci_commands,
};

/* clang-format off */
const struct command *const oci_commands[] = {
	&oci_create_command,
	&oci_start_command,
	&oci_run_command,
	&oci_state_command,
	&oci_list_command,
	&oci_exec_command,
	&oci_kill_command,
	&oci_delete_command,
	&oci_ps_command,
	&oci_events_command,
	&oci_update_command,
	&oci_pause_command,
	&oci_resume_command,
	&oci_checkpoint_command,
	&oci_restore_command,
	&oci_features_command,
	&oci_spec_command,
	&help_command,
	&completion_command,
	NULL,
};
/* clang-format on */

/* Only how many words there are: options may hold secrets (--env). */
static void log_command(struct call *call)
{
	int n = 0;

	if (!oci_log_has(call, "debug"))
		return;
	while (call->argv[n])
		n++;
	oci_log(call, "debug",
		arena_printf(call->arena, "guise-oci %s: %s, with %d more words, pid %d", GUISE_VERSION,
			     call->command->name, n, getpid()));
}

static void report(struct call *call, struct err *e)
{
	err_status_of(e);
	oci_log_error(call, e);
	if (!call->status)
		call->status = 1;
}

int main(int argc, char **argv)
{
	static char first[64 * 1024];
	struct arena a = ARENA_INIT(first);
	struct oci_global g = { .log_format = "text", .cgroup_manager = "cgroupfs", .rootless = "auto" };
	struct call call = { .program = &oci_program, .arena = &a, .global = &g };
	const struct program program = {
		.options = &g,
		.version = &g.version,
		/* runc's lines; engines show them */
		.is_version = "guise-oci version " GUISE_VERSION "\nspec: " OCI_VERSION "\n",
		.before = log_command,
		.report = report,
	};

	/* The first process closes whatever else the caller left open, except what --preserve-fds names. */
	return program_main(&program, &call, argv);
}
