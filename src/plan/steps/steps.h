/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The operations of every kind of step, by the file they live in. */

#include "plan/step.h"

/* plan/steps/cgroup.c */
extern const struct step_ops step_cgroup, step_cgroup_set, step_cgroup_devices;
/* plan/steps/cgroup_member.c */
extern const struct step_ops step_cgroup_join, step_cgroup_enter, step_cgroup_owner, step_oom_score;
/* plan/steps/scope.c */
extern const struct step_ops step_scope;
/* plan/steps/rdt.c */
extern const struct step_ops step_rdt_group, step_rdt_join;
/* plan/steps/affinity.c */
extern const struct step_ops step_host_affinity, step_affinity;
/* plan/steps/sched.c */
extern const struct step_ops step_scheduler, step_io_priority, step_memory_policy, step_personality;
/* plan/steps/process.c */
extern const struct step_ops step_process;
/* plan/steps/idmap.c */
extern const struct step_ops step_idmap;
/* plan/steps/namespaces.c */
extern const struct step_ops step_join_ns, step_cgroup_ns, step_time_ns, step_hostname, step_domainname;
/* plan/steps/sysctl.c */
extern const struct step_ops step_procfs, step_sysctl;
/* plan/steps/workdir.c */
extern const struct step_ops step_workdir, step_directory;
/* plan/steps/session.c */
extern const struct step_ops step_session;
/* plan/steps/tree.c */
extern const struct step_ops step_tree, step_propagation;

/* A tree of an image's layers, mapped by that user namespace: a descriptor, the caller's. plan/steps/tree_image.c */
int step_tree_image(const struct step_tree *s, int userns, struct err *e);

/* The propagation of a mount (MS_*). One that receives from nobody is private: a slave where that is
 * wanted, since the host's mount may not be shared. In plan/steps/tree.c. */
struct mountinfo;
uint64_t step_propagation_of(const struct mountinfo *m, uint64_t want);

/* For differences: "slave"; "ro,nosuid" (plan/steps/mount.c). */
void step_show_propagation(uint64_t propagation, struct str *out);
void step_show_attr(uint64_t attr, struct str *out);

/* plan/steps/root.c */
extern const struct step_ops step_root;
/* plan/steps/pivot.c */
extern const struct step_ops step_pivot, step_remount;
/* plan/steps/made.c */
extern const struct step_ops step_made;
/* plan/steps/volume.c */
extern const struct step_ops step_volume;
/* plan/steps/mount.c */
extern const struct step_ops step_mount;
/* Append ",rw" and such for the MOUNT_ATTR_* that are cleared and not set. In plan/steps/mount.c. */
void step_show_cleared(uint64_t attr, uint64_t clear, struct str *out);
/* plan/steps/cover.c */
extern const struct step_ops step_mask, step_readonly;
/* plan/steps/dev.c */
extern const struct step_ops step_device, step_symlink, step_console;
/* plan/steps/file.c */
extern const struct step_ops step_files, step_file;
/* plan/steps/net.c: a network's, from the files below */
extern const struct step_ops *const step_network[STEP_COUNT];
/* plan/steps/bridge.c */
extern const struct step_ops step_bridge, step_vlan;
/* plan/steps/trunk.c */
extern const struct step_ops step_trunk;
/* plan/steps/nat.c */
extern const struct step_ops step_nat;
/* plan/steps/forward.c */
extern const struct step_ops step_forward;
/* plan/steps/dns_server.c */
extern const struct step_ops step_dns_server;
/* plan/steps/pass.c */
extern const struct step_ops step_pass;
/* plan/steps/ports.c */
extern const struct step_ops step_ports, step_localnet;
/* plan/steps/publish.c */
extern const struct step_ops step_publish;
/* plan/steps/lease.c */
extern const struct step_ops step_lease;
extern const struct step_ops step_names;
/* plan/steps/veth.c */
extern const struct step_ops step_veth;
/* plan/steps/address.c */
extern const struct step_ops step_address;
/* plan/steps/upper.c */
extern const struct step_ops step_upper;
/* plan/steps/shape.c */
extern const struct step_ops step_shape, step_shape_inside;
/* plan/steps/pasta.c */
extern const struct step_ops step_pasta;
/* plan/steps/netns_name.c */
extern const struct step_ops step_netns_name;
/* plan/steps/net_device.c */
extern const struct step_ops step_net_device;
/* plan/steps/loopback.c */
extern const struct step_ops step_loopback;
/* plan/steps/fix_link.c, fix_addr.c, fix_route.c, fix_rule.c */
extern const struct step_ops step_fix_link, step_fix_address, step_fix_neighbour, step_fix_setting;
extern const struct step_ops step_fix_route, step_fix_policy, step_fix_rule, step_fix_program;
/* plan/steps/rlimit.c */
extern const struct step_ops step_rlimit, step_host_rlimit;
/* plan/steps/caps.c */
extern const struct step_ops step_bounding, step_caps;
/* plan/steps/user.c */
extern const struct step_ops step_user;
/* plan/steps/seccomp.c */
extern const struct step_ops step_no_new_privs, step_seccomp;
/* plan/steps/meet.c */
extern const struct step_ops step_wait, step_await, step_tell, step_hook, step_hook_inside, step_start;
/* plan/steps/ids.c */
extern const struct step_ops step_ids;

/* Does a container of this state directory have the range that begins there? */
bool step_ids_are_taken(int rundir, uint32_t first);

/* plan/steps/label.c */
extern const struct step_ops step_label;

/* Of a STEP_LABEL: what guise-init writes, and to which file of /proc. */
struct label_text {
	char path[64], text[4096];
};
void step_label_text(const struct step_label *s, struct label_text *t);

/* The error of a label that was refused for the reason `no` (errno). Returns -no. */
int step_label_failed(const struct step_label *s, int no, struct err *e);
/* plan/steps/exec.c */
extern const struct step_ops step_exec;

/* Run a hook with the container's state on its standard input: status and pid as the hook shall see them. In
 * plan/steps/meet.c. */
int step_hook_run(const struct step_hook *s, struct live *live, const char *status, pid_t pid, struct err *e);

/* Find what a command's name means, as execvp(3) does in `dirs` (PATH; NULL: none). 0 with the path, or
 * -errno "command-not-found", "command-not-executable". In plan/steps/exec.c. */
int step_exec_find(const char *name, const char *dirs, char *path, size_t size, struct err *e);

/* The error of a command that cannot be executed for the reason `no` (errno): status 127 or 126. Returns
 * -no. */
int step_exec_failed(const char *name, int no, struct err *e);
