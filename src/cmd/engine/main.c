/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "cmd/program.h"
#include "net/subnet.h"
#include "run/engine/recover.h"

struct global {
	const char *root, *oci_root;
	bool version;
	struct ip pools[SUBNET_POOLS_MAX];
	size_t n_pools;
};

static struct global global;

/* docker's default-address-pools, which a daemon has in its configuration. */
static int set_pool(const struct opt_use *u, struct err *e)
{
	struct ip pool;

	if (ip_parse(u->value, &pool) < 0 || pool.family != AF_INET || pool.len > 24 ||
	    !ip_same(pool, ip_network(pool)))
		return err_set(e, "bad-pool", EINVAL, "%s", u->value),
		       err_cause(e, "not a network of at least 256 addresses, such as 10.99.0.0/16");
	if (global.n_pools == SUBNET_POOLS_MAX)
		return err_set(e, "bad-pool", EINVAL, "%s", u->value),
		       err_cause(e, "there are %d already, the most there can be", SUBNET_POOLS_MAX);
	global.pools[global.n_pools++] = pool;
	return 0;
}

static const struct opt global_table[] = {
	{ "root", 0, "DIR", opt_string, offsetof(struct global, root),
	  "state directory (/run/guise, or $XDG_RUNTIME_DIR/guise)", "@dir" },
	{ "oci-root", 0, "DIR", opt_string, offsetof(struct global, oci_root),
	  "state directory of guise-oci, for containers oci:ID (/run/guise-oci, or $XDG_RUNTIME_DIR/guise-oci)",
	  "@dir" },
	{ "default-pool", 0, "NETWORK", set_pool, 0,
	  "choose the bridge's subnet in this network, 10.99.0.0/16, not in any private one", .many = true },
	{ "format", 0, "FORMAT", opt_format, 0, "how errors are printed: text, json", "text json" },
	{ "version", 0, NULL, opt_flag, offsetof(struct global, version), "print the version" },
	{ 0 },
};

const struct command guise_program = {
	.name = "guise",
	.operands = "COMMAND [ARG...]",
	.summary = "run containers, and say what it does",
	.details = "These options stand before any command.",
	.hint = "ps -a --format names",
	.running = "ps --format names",
	.commands = guise_commands,
	.absent = absent_commands,
	.options = global_table,
	.max = COMMAND_ANY,
	.options_first = true,
};

/* clang-format off */
const struct command *const guise_commands[] = {
	&run_command,
	&create_command,
	&start_command,
	&restart_command,
	&rename_command,
	&exec_command,
	&ps_command,
	&inspect_command,
	&logs_command,
	&attach_command,
	&stop_command,
	&kill_command,
	&wait_command,
	&pause_command,
	&unpause_command,
	&update_command,
	&top_command,
	&stats_command,
	&port_command,
	&rm_command,
	&cp_command,
	&diff_command,
	&export_command,
	&events_command,
	&pull_command,
	&push_command,
	&load_command,
	&images_command,
	&image_inspect_command,
	&history_command,
	&save_command,
	&commit_command,
	&import_command,
	&bundle_command,
	&tag_command,
	&rmi_command,
	&image_prune_command,
	&login_command,
	&logout_command,
	&explain_command,
	&doctor_command,
	&world_command,
	&map_command,
	&trace_command,
	&lab_command,
	&lab_list_command,
	&lab_start_command,
	&lab_shell_command,
	&lab_check_command,
	&lab_hint_command,
	&lab_reveal_command,
	&lab_status_command,
	&lab_stop_command,
	&prune_command,
	&df_command,
	&network_create_command,
	&network_ls_command,
	&network_inspect_command,
	&network_exists_command,
	&network_connect_command,
	&network_disconnect_command,
	&network_rm_command,
	&network_prune_command,
	&network_reload_command,
	&volume_create_command,
	&volume_ls_command,
	&volume_inspect_command,
	&volume_rm_command,
	&volume_prune_command,
	&info_command,
	&version_command,
	&help_command,
	&completion_command,
	NULL,
};
/* clang-format on */

static void print_error(const struct call *call, const struct err *e)
{
	struct str out = { .arena = call->arena };
	char line[2048];

	if (!str_eq(call->format, "json")) {
		fprintf(stderr, "guise: %s\n", err_line(e, line, sizeof(line)));
		return;
	}
	str_add(&out, "{\"code\": ");
	json_add_string(&out, e->code);
	str_add(&out, ", \"what\": ");
	json_add_string(&out, e->what);
	str_add(&out, ", \"cause\": ");
	json_add_string(&out, e->cause);
	str_add(&out, ", \"hint\": ");
	json_add_string(&out, e->hint);
	str_addf(&out, ", \"errno\": %d, \"status\": %d}\n", e->no, e->status);
	fputs(out.p, stderr);
}

void command_report(struct call *call, struct err *e)
{
	int status = err_status_of(e);

	if (!str_eq(e->code, COMMAND_TOLD))
		print_error(call, e);
	if (!call->status)
		call->status = status;
}

int command_look(struct call *call, struct state *st, struct err *e)
{
	return state_find(st, call->arena, "guise", global.root, e);
}

int command_open(struct call *call, struct state *st, struct err *e)
{
	int r = state_open(st, call->arena, "guise", global.root, e);

	st->pools = global.pools;
	st->n_pools = global.n_pools;
	return r;
}

const char *command_oci_root(const struct call *call)
{
	return global.oci_root;
}

int command_state(struct call *call, struct state *st, struct err *e)
{
	struct err left = { 0 };
	int r = command_open(call, st, e);

	if (r == 0 && recover_all(st, NULL, &left) < 0)
		print_error(call, &left);
	return r;
}

int main(int argc, char **argv)
{
	static char first[64 * 1024];
	struct arena a = ARENA_INIT(first);
	struct call call = { .program = &guise_program, .arena = &a };
	const struct program program = {
		.options = &global,
		.version = &global.version,
		.is_version = "guise " GUISE_VERSION "\n",
		.report = command_report,
	};

	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* what else the caller left open */
	return program_main(&program, &call, argv);
}
