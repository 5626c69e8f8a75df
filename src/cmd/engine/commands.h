/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "run/engine/control.h"
#include "state/state.h"

/* The commands of guise, one file each. */
extern const struct command run_command;
extern const struct command exec_command;
extern const struct command ps_command;
extern const struct command inspect_command;
extern const struct command logs_command;
extern const struct command attach_command;
extern const struct command stop_command;
extern const struct command kill_command;
extern const struct command wait_command;
extern const struct command pause_command;
extern const struct command unpause_command;
extern const struct command update_command;
extern const struct command top_command;
extern const struct command stats_command;
extern const struct command port_command;
extern const struct command version_command;
extern const struct command info_command;
extern const struct command rm_command;
extern const struct command cp_command;
extern const struct command diff_command;
extern const struct command export_command;
extern const struct command load_command;
extern const struct command pull_command;
extern const struct command images_command;
extern const struct command image_inspect_command;
extern const struct command history_command;
extern const struct command save_command;
extern const struct command commit_command;
extern const struct command import_command;
extern const struct command bundle_command;
extern const struct command image_prune_command;
extern const struct command df_command;
extern const struct command tag_command;
extern const struct command rmi_command;
extern const struct command push_command;
extern const struct command login_command;
extern const struct command logout_command;
extern const struct command events_command;
extern const struct command explain_command;
extern const struct command world_command;
extern const struct command doctor_command;
extern const struct command map_command;
extern const struct command trace_command;
extern const struct command prune_command;
extern const struct command network_create_command;
extern const struct command network_ls_command;
extern const struct command network_inspect_command;
extern const struct command network_exists_command;
extern const struct command network_rm_command;
extern const struct command network_prune_command;
extern const struct command network_reload_command;
extern const struct command volume_create_command;
extern const struct command volume_ls_command;
extern const struct command volume_inspect_command;
extern const struct command volume_rm_command;
extern const struct command volume_prune_command;
extern const struct command network_connect_command;
extern const struct command network_disconnect_command;
extern const struct command create_command;
extern const struct command start_command;
extern const struct command restart_command;
extern const struct command rename_command;
extern const struct command lab_command;
extern const struct command lab_list_command;
extern const struct command lab_start_command;
extern const struct command lab_shell_command;
extern const struct command lab_check_command;
extern const struct command lab_hint_command;
extern const struct command lab_reveal_command;
extern const struct command lab_status_command;
extern const struct command lab_stop_command;

/* The listed ones, NULL at the end: in main.c. */
extern const struct command *const guise_commands[];
extern const struct command guise_program;

/* Open the state directory (--root). */
int command_open(struct call *call, struct state *st, struct err *e);

/* The same, but nothing is made: -ENOENT if it is not there. */
int command_look(struct call *call, struct state *st, struct err *e);

/* --oci-root; NULL: guise-oci's default. */
const char *command_oci_root(const struct call *call);

/* The same, reconciled with the kernel: what nearly every command works on. What killed guises left behind
 * and cannot be undone is told, but does not stop the command. */
int command_state(struct call *call, struct state *st, struct err *e);

/* The code of an error that another process has printed already, as it has those of its own. */
#define COMMAND_TOLD "told"

/* Print an error, as text or JSON, and let it be the exit status if it is the first one. */
void command_report(struct call *call, struct err *e);

/* Do something with every container named, also after an error; errors are reported as they come. */
typedef int command_act(struct call *call, struct control *k, const char *name, const void *options,
			struct err *e);
int command_each(struct call *call, const struct strv *names, command_act *act, const void *options,
		 struct err *e);

/* The same for what takes its time, lest each waits for the one before it: `work` has all of them open,
 * and calls command_with() for each step. Whose step failed is left out of the next. */
struct together {
	struct call *call;
	const struct strv *names;
	struct control *k; /* one a name */
	bool *failed;
};
typedef int command_open_one(struct control *k, struct state *st, struct arena *a, const char *name,
			     struct err *e);
typedef void command_work(const struct together *t, const void *options);
int command_together(struct call *call, const struct strv *names, command_open_one *open, command_work *work,
		     const void *options, struct err *e);
void command_with(const struct together *t, command_act *act, const void *options);
