/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/engine/run_options.h"
#include "kernel/process/caps.h"

static char first_block[256 * 1024];
static char *const own_env[] = { "HOME=/root", "LANG=C", NULL };
static const struct command guise = { .name = "guise" };
static const struct command run = {
	.name = "run",
	.operands = "ROOTFS [COMMAND [ARG...]]",
	.options = run_option_table,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
};

/* Parse a command line of words with blanks between. */
static int parse(struct arena *a, const char *line, struct run_options *o, struct err *e)
{
	char *rest = arena_strdup(a, line), *word;
	struct strv words = { 0 };
	struct call call = { .program = &guise, .command = &run, .arena = a };

	while ((word = strsep(&rest, " ")))
		strv_push(a, &words, word);
	call.argv = (char **)words.v;
	int r = run_options_parse(&call, o, e);

	return r ? r : run_options_env(call.arena, o, own_env, e);
}

static struct spec good(struct arena *a, const char *line)
{
	struct run_options o;
	struct err e;
	char buf[1024];

	if (parse(a, line, &o, &e) != 0)
		fail_msg("%s: %s", line, err_line(&e, buf, sizeof(buf)));
	return o.spec;
}

static const char *joined(struct arena *a, const struct strv *list)
{
	struct str s = { .arena = a };

	for (size_t i = 0; i < list->n; i++)
		str_addf(&s, "%s%s", i ? "|" : "", list->v[i]);
	return str_get(&s);
}

static void test_defaults(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct spec s = good(&a, "host:");

	assert_string_equal(joined(&a, &s.argv), "sh");
	assert_string_equal(
		joined(&a, &s.env),
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|container=guise");
	assert_true(s.root.kind == ROOT_HOST && s.root.overlay && !s.root.readonly);
	for (int i = 0; i < NS_COUNT; i++)
		assert_int_equal(s.ns[i].mode, i == NS_USER || i == NS_TIME ? NS_MODE_HOST : NS_MODE_NEW);
	assert_true(s.security.caps == CAPS_DEFAULT && s.security.no_new_privs);
	assert_int_equal(s.security.seccomp, SECCOMP_DEFAULT);
	assert_int_equal(s.network.mode, NET_BRIDGE);
	assert_true(s.limits.memory == LIMIT_UNSET && s.limits.pids == LIMIT_UNSET);
	assert_true(s.limits.cpu_quota == LIMIT_UNSET && s.limits.cpu_period == 0);
	assert_int_equal(s.stop_signal, SIGTERM);
	assert_int_equal(s.stop_timeout, 10);
	assert_null(s.name);
	arena_free(&a);
}

static void test_command(void **state)
{
	static const struct {
		const char *line, *argv;
	} t[] = {
		{ "host: ls -l --rm", "ls|-l|--rm" },  { "--entrypoint echo host: a b", "echo|a|b" },
		{ "--entrypoint echo host:", "echo" }, { "--entrypoint= host: a", "a" },
		{ "--entrypoint= dir:/x", "sh" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct spec s = good(&a, t[i].line);

		assert_string_equal(joined(&a, &s.argv), t[i].argv);
		assert_null(s.argv.v[s.argv.n]);
	}
	arena_free(&a);
}

/* The table of docker's reference, "Understand how CMD and ENTRYPOINT interact", and what a command line changes. */
static void test_command_of_an_image(void **state)
{
	static const struct {
		const char *entrypoint, *cmd, *given, *words, *argv; /* one word each; NULL: none */
		bool has_entrypoint;
	} t[] = {
		{ NULL, NULL, NULL, NULL, "sh", false }, { NULL, "c", NULL, NULL, "c", false },
		{ "e", NULL, NULL, NULL, "e", true },    { "e", "c", NULL, NULL, "e|c", true },
		{ NULL, NULL, NULL, "w", "w", false },   { NULL, "c", NULL, "w", "w", false },
		{ "e", NULL, NULL, "w", "e|w", true },   { "e", "c", NULL, "w", "e|w", true },
		{ "e", "c", "g", NULL, "g", true },      { NULL, "c", "g", "w", "g|w", true },
		{ "e", "c", "g", "w", "g|w", true },     { "e", "c", "", NULL, "sh", false },
		{ "e", "c", "", "w", "w", false },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct run_options o = { .entrypoint = t[i].given };
		struct strv entrypoint = { 0 }, cmd = { 0 };

		if (t[i].entrypoint)
			strv_push(&a, &entrypoint, t[i].entrypoint);
		if (t[i].cmd)
			strv_push(&a, &cmd, t[i].cmd);
		if (t[i].words)
			strv_push(&a, &o.words, t[i].words);
		run_options_argv(&a, &o, &entrypoint, &cmd);
		assert_string_equal(joined(&a, &o.spec.argv), t[i].argv);
		assert_int_equal(o.spec.entrypoint, t[i].has_entrypoint);
	}
	arena_free(&a);
}

static void test_container(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct spec s = good(
		&a, "--name web -h web.local --rm -dit --init -l a=b -l c --stop-signal INT --stop-timeout 3 "
		    "--cidfile c --pidfile p -w /srv//x -u www:33 --group-add video --group-add 44 "
		    "--oom-score-adj -500 --timens dir:/r");

	assert_string_equal(s.name, "web");
	assert_string_equal(s.hostname, "web.local");
	assert_true(s.remove && s.detach && s.interactive && s.tty && s.init);
	assert_string_equal(joined(&a, &s.labels), "a=b|c=");
	assert_int_equal(s.stop_signal, SIGINT);
	assert_int_equal(s.stop_timeout, 3);
	assert_string_equal(s.cidfile, "c");
	assert_string_equal(s.pidfile, "p");
	assert_string_equal(s.workdir, "/srv/x");
	assert_string_equal(s.user, "www:33");
	assert_string_equal(joined(&a, &s.groups), "video|44");
	assert_true(s.has_oom_score_adj && s.oom_score_adj == -500);
	assert_int_equal(s.ns[NS_TIME].mode, NS_MODE_NEW);
	assert_string_equal(
		joined(&a, &s.env) +
			strlen("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
		"|container=guise|TERM=xterm|HOSTNAME=web.local");
	arena_free(&a);
}

static void test_limits(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct spec_limits l =
		good(&a,
		     "-m 50m --memory-swap 60m --memory-reservation 10m --cpus 1.5 -c 512 --cpuset-cpus 0-1 "
		     "--cpuset-mems 0 --pids-limit 20 --blkio-weight 300 --device-read-bps /dev/sda:1m "
		     "--device-write-iops /dev/sda:10 --device-write-iops /dev/sdb:20 "
		     "--cgroup-conf memory.high=40m --cgroup-conf io.max=8:0=x host:")
			.limits;

	assert_int_equal(l.memory, 50 << 20);
	assert_int_equal(l.memory_swap, 60 << 20);
	assert_int_equal(l.memory_reservation, 10 << 20);
	assert_int_equal(l.cpu_quota, 150000);
	assert_int_equal(l.cpu_shares, 512);
	assert_string_equal(l.cpuset_cpus, "0-1");
	assert_int_equal(l.pids, 20);
	assert_int_equal(l.blkio_weight, 300);
	assert_true(l.n_read_bps == 1 && l.read_bps[0].rate == 1 << 20);
	assert_true(l.n_write_iops == 2 && l.write_iops[1].rate == 20);
	assert_int_equal(l.n_conf, 2);
	assert_string_equal(l.conf[2], "io.max");
	assert_string_equal(l.conf[3], "8:0=x");
	l = good(&a, "-m 0 --memory-swap 0 --cpus 0 --cpu-shares 0 --pids-limit 0 --blkio-weight 0 host:")
		    .limits;
	assert_true(l.memory == LIMIT_UNSET && l.cpu_quota == LIMIT_UNSET && l.pids == LIMIT_UNLIMITED);
	l = good(&a, "-m 1g --memory-swap -1 --cpu-quota 20000 --cpu-period 50000 --pids-limit -1 host:")
		    .limits;
	assert_true(l.memory_swap == LIMIT_UNLIMITED && l.pids == LIMIT_UNLIMITED);
	assert_true(l.cpu_quota == 20000 && l.cpu_period == 50000);
	arena_free(&a);
}

static void test_namespaces(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct spec s =
		good(&a, "--pid host --ipc container:db --uts ns:/proc/1/ns/uts --net container:db host:");

	assert_int_equal(s.ns[NS_PID].mode, NS_MODE_HOST);
	assert_true(s.ns[NS_IPC].mode == NS_MODE_CONTAINER && str_eq(s.ns[NS_IPC].target, "db"));
	assert_true(s.ns[NS_UTS].mode == NS_MODE_PATH && str_eq(s.ns[NS_UTS].target, "/proc/1/ns/uts"));
	assert_true(s.network.mode == NET_CONTAINER && str_eq(s.network.container, "db"));
	assert_int_equal(s.ns[NS_NET].mode, NS_MODE_CONTAINER);
	s = good(&a, "--network netns:net1 host:");
	assert_true(s.network.mode == NET_PATH && str_eq(s.network.path, "/run/netns/net1"));
	assert_int_equal(s.ns[NS_NET].mode, NS_MODE_PATH);
	assert_string_equal(good(&a, "--network ns:/proc/1/ns/net host:").ns[NS_NET].target,
			    "/proc/1/ns/net");
	s = good(&a, "--network host --network none --ipc shareable --userns auto host:");
	assert_true(s.network.mode == NET_NONE && s.ns[NS_NET].mode == NS_MODE_NEW);
	assert_true(s.userns == USERNS_AUTO && s.ns[NS_USER].mode == NS_MODE_NEW);
	s = good(&a, "--ip 10.99.0.5 --mac-address 02-42-0A-63-00-05 --network bridge host:");
	assert_string_equal(s.network.address, "10.99.0.5");
	assert_string_equal(s.network.mac, "02:42:0a:63:00:05");
	s = good(
		&a,
		"--network web --network db:ip=10.20.0.9,mac=02:42:0a:14:00:09,interface=lan --network default host:");
	assert_true(s.network.mode == NET_BRIDGE && s.network.n_attachments == 3);
	assert_string_equal(s.network.attachments[0].network, "web");
	assert_string_equal(s.network.attachments[1].address, "10.20.0.9");
	assert_string_equal(s.network.attachments[1].link, "lan");
	assert_string_equal(s.network.attachments[2].network, "bridge");
	s = good(&a, "-p 8080:80 --publish 127.0.0.1::53/udp host:");
	assert_true(s.n_ports == 2 && s.ports[0].host == 8080 && s.ports[1].container == 53);
	assert_true(good(&a, "-P host:").publish_all && !s.publish_all);
	s = good(&a, "--network web --network none host:");
	assert_true(s.network.mode == NET_NONE && s.network.n_attachments == 0);
	s = good(&a, "--cgroupns host --shm-size 1m host:");
	assert_true(s.ns[NS_CGROUP].mode == NS_MODE_HOST && s.shm_size == 1 << 20);
	assert_int_equal(good(&a, "--cgroupns host --cgroupns private host:").ns[NS_CGROUP].mode,
			 NS_MODE_NEW);
	s = good(&a, "--userns 0:100000:65536 host:");
	assert_true(s.userns == USERNS_MAP && s.userns_map.outside == 100000);
	s = good(&a, "--userns keep-id:uid=5 host:");
	assert_true(s.userns == USERNS_KEEP && s.keep_uid == 5 && s.keep_gid == -1);
	s = good(&a, "--userns auto --userns host host:");
	assert_true(s.userns == USERNS_NONE && s.ns[NS_USER].mode == NS_MODE_HOST);
	arena_free(&a);
}

static void test_caps(void **state)
{
	static const uint64_t admin = CAPS_BIT(CAP_NET_ADMIN), chown = CAPS_BIT(CAP_CHOWN);
	const struct {
		const char *line;
		uint64_t caps;
	} t[] = {
		{ "--cap-add NET_ADMIN host:", CAPS_DEFAULT | admin },
		{ "--cap-drop CAP_CHOWN host:", CAPS_DEFAULT & ~chown },
		{ "--cap-drop ALL host:", 0 },
		{ "--cap-drop all --cap-add net_admin host:", admin },
		{ "--cap-add net_admin --cap-drop all host:", admin },
		{ "--cap-add ALL host:", CAPS_ALL },
		{ "--cap-drop chown --cap-add ALL host:", CAPS_ALL & ~chown },
		{ "--cap-drop chown --cap-add chown host:", CAPS_DEFAULT },
		{ "--privileged host:", CAPS_ALL },
		{ "--cap-drop chown --privileged host:", CAPS_ALL & ~chown },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		if (good(&a, t[i].line).security.caps != t[i].caps)
			fail_msg("%s", t[i].line);
	arena_free(&a);
}

static void test_security(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct spec_security s = good(&a, "--privileged host:").security;

	assert_true(s.privileged && s.unmask && !s.no_new_privs && s.seccomp == SECCOMP_UNCONFINED);
	s = good(&a, "--security-opt seccomp=default --security-opt no-new-privileges --privileged host:")
		    .security;
	assert_true(s.no_new_privs && s.seccomp == SECCOMP_DEFAULT);
	assert_false(good(&a, "--security-opt no-new-privileges=false host:").security.no_new_privs);
	assert_true(good(&a, "--security-opt no-new-privileges:true host:").security.no_new_privs);
	assert_true(good(&a, "--security-opt unmask=ALL host:").security.unmask);
	assert_true(good(&a, "--security-opt systempaths=unconfined host:").security.unmask);
	assert_int_equal(good(&a, "--security-opt seccomp:unconfined host:").security.seccomp,
			 SECCOMP_UNCONFINED);
	s = good(&a, "--security-opt seccomp=/p.json host:").security;
	assert_true(s.seccomp == SECCOMP_FILE && str_eq(s.seccomp_file, "/p.json"));
	arena_free(&a);
}

static void test_root_and_mounts(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct spec s = good(
		&a, "--read-only --overlay -v /a:/x/y --tmpfs /x --mount type=bind,src=/b,dst=/z --device "
		    "/dev/fuse --ulimit nofile=5 --ulimit core=0 --ulimit nofile=6 --sysctl "
		    "net/ipv4/ip_forward=1 dir:/r");

	assert_true(s.root.kind == ROOT_DIR && s.root.readonly && s.root.overlay);
	assert_int_equal(s.n_mounts, 3);
	assert_string_equal(s.mounts[0].target, "/x");
	assert_string_equal(s.mounts[1].target, "/z");
	assert_string_equal(s.mounts[2].target, "/x/y");
	assert_int_equal(s.n_devices, 1);
	assert_true(s.n_rlimits == 2 && s.rlimits[0].soft == 6);
	assert_string_equal(joined(&a, &s.sysctls), "net.ipv4.ip_forward=1");
	arena_free(&a);
}

/* The files first, then --env, wherever they stand; a name without a value is guise's own, or nothing. */
static void test_env(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	char path[] = "/tmp/guise-env-XXXXXX";
	int fd = mkstemp(path);
	struct spec s;

	assert_true(fd >= 0 && write(fd, "A=file\nB=file\nLANG\n", 19) == 19);
	close(fd);
	s = good(&a,
		 arena_printf(&a, "-e A=option -e PATH -e container=me -e HOME -e NONE --env-file %s host:",
			      path));
	unlink(path);
	assert_string_equal(joined(&a, &s.env), "container=me|A=option|B=file|LANG=C|HOME=/root");
	arena_free(&a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *line, *code, *error;
	} t[] = {
		{ "--memroy 5m host:", "unknown-option",
		  "unknown option --memroy: guise run has none of that name; did you mean --memory?" },
		{ "-m 50x host:", "bad-size",
		  "--memory: size '50x': the unit 'x' is not known; give a number with b, k, m, g or t behind it, "
		  "such as "
		  "50m" },
		{ "--memory-swap -2 host:", "bad-size",
		  "--memory-swap: size '-2': it is negative; give a number with b, k, m, g or t behind it, such "
		  "as 50m" },
		{ "--cpus 0.001 host:", "bad-cpus",
		  "--cpus: '0.001' processors: the number is out of range; give a number of processors from 0.01, "
		  "such as "
		  "1.5" },
		{ "-c 1 host:", "bad-number",
		  "--cpu-shares: '1': the number is out of range; give a number from 2 to 262144" },
		{ "--pids-limit -2 host:", "bad-number",
		  "--pids-limit: '-2': the number is out of range; give a number from -1 to 2147483647" },
		{ "--blkio-weight 5 host:", "bad-number",
		  "--blkio-weight: '5': the number is out of range; give a number from 10 to 1000" },
		{ "--cpu-period 999 host:", "bad-number",
		  "--cpu-period: '999': the number is out of range; give a number from 1000 to 1000000" },
		{ "--cgroup-conf cgroup.procs=1 host:", "bad-cgroup-conf",
		  "--cgroup-conf: 'cgroup.procs=1': guise writes the cgroup.* files itself; set a controller's "
		  "file, such "
		  "as memory.high" },
		{ "--cgroup-conf ../memory.max=1 host:", "bad-cgroup-conf",
		  "--cgroup-conf: '../memory.max=1': not a file of the cgroup, = and a value; write for example "
		  "memory.high=50m" },
		{ "--cgroup-parent ../x host:", "bad-cgroup",
		  "--cgroup-parent: cgroup '../x': '..' is not the name of a cgroup; use letters, digits and _ . "
		  ": @ - "
		  "with slashes between" },
		{ "--name ../x host:", "bad-name",
		  "--name: container name '../x': '/' is not allowed; use letters, digits, and _ . - behind the "
		  "first" },
		{ "-w srv host:", "bad-workdir",
		  "--workdir: 'srv': not an absolute path without '..'; give the full path inside the container" },
		{ "--stop-signal FOO host:", "bad-signal",
		  "--stop-signal: 'FOO': no signal has that name or number; write for example SIGTERM, INT or 15" },
		{ "--cap-add FOO host:", "bad-capability",
		  "--cap-add: 'FOO': no capability has that name; write for example NET_ADMIN, or ALL" },
		{ "--group-add a:b host:", "bad-group",
		  "--group-add: 'a:b': not a group's name or number; write for example 44 or video" },
		{ "--network my/net host:", "bad-network",
		  "--network: 'my/net': no network can have that name; write bridge, none, host, pasta, "
		  "container:NAME, netns:NAME, ns:PATH, or a network of `guise network ls`" },
		{ "--network container: host:", "bad-network",
		  "--network: 'container:': it names no container; write container:NAME" },
		{ "--network web:color=red host:", "bad-network",
		  "--network: 'color=red': no network has that option; write ip=ADDRESS, ip6=ADDRESS, mac=ADDRESS, "
		  "alias=NAME, interface=NAME, in=RATE or out=RATE" },
		{ "--network web:ip=fd00::5 host:", "bad-address",
		  "--network: 'fd00::5': not an IPv4 address; write for example 10.99.0.5" },
		{ "--network web --network web host:", "bad-network",
		  "--network: 'web': the container is on that network already; name each network once" },
		{ "--pid shareable host:", "bad-namespace",
		  "--pid: 'shareable': not a namespace to use; write host, private, container:NAME or ns:PATH" },
		{ "--ip 10.99.0.5/24 host:", "bad-address",
		  "--ip: '10.99.0.5/24': not an IPv4 address; write for example 10.99.0.5" },
		{ "--ip fd00::5 host:", "bad-address",
		  "--ip: 'fd00::5': not an IPv4 address; write for example 10.99.0.5" },
		{ "--mac-address 02:42:0a:63:00 host:", "bad-mac",
		  "--mac-address: '02:42:0a:63:00': not six bytes in hexadecimal; write for example 02:42:0a:63:00:05" },
		{ "--mac-address 03:42:0a:63:00:05 host:", "bad-mac",
		  "--mac-address: '03:42:0a:63:00:05': not the address of one card; write for example "
		  "02:42:0a:63:00:05" },
		{ "--mac-address 00:00:00:00:00:00 host:", "bad-mac",
		  "--mac-address: '00:00:00:00:00:00': not the address of one card; write for example "
		  "02:42:0a:63:00:05" },
		{ "--mac-address 02:42:0a:63:00:05:06 host:", "bad-mac",
		  "--mac-address: '02:42:0a:63:00:05:06': not the address of one card; write for example "
		  "02:42:0a:63:00:05" },
		{ "--cgroupns container:a host:", "bad-namespace",
		  "--cgroupns: 'container:a': not a cgroup namespace to use; write host or private" },
		{ "--volumes-from a:rx host:", "bad-volumes-from",
		  "--volumes-from: 'a:rx': not a container, with or without :ro; write for example --volumes-from "
		  "NAME:ro" },
		{ "--userns keep host:", "bad-userns",
		  "--userns: user namespace 'keep': not three numbers with colons between; write auto, host, "
		  "keep-id, or UID:HOST:SIZE such as 0:100000:65536" },
		{ "--userns keep-id:1000 host:", "bad-userns",
		  "--userns: user namespace 'keep-id:1000': its options are uid=N and gid=N; write keep-id, or for "
		  "example keep-id:uid=1000,gid=1000" },
		{ "--security-opt apparmor=x host:", "bad-security-opt",
		  "--security-opt: 'apparmor=x': not an option that guise knows; write no-new-privileges[=false], "
		  "seccomp=FILE|unconfined|default, unmask=ALL or systempaths=unconfined" },
		{ "-v .data:/x:nocopy host:", "bad-mount",
		  "--volume: mount '.data:/x:nocopy': a directory of the host is never copied to; leave out copy "
		  "and nocopy" },
		{ "--env-file /nonexistent host:", "env-file",
		  "--env-file: read /nonexistent: No such file or directory" },
		{ "-e =x host:", "bad-env",
		  "--env: variable '=x': it has no name; write NAME=VALUE, or NAME to pass on guise's own" },
		{ "-v /a:/x --tmpfs /x/ host:", "duplicate-mount",
		  "mount point /x: two mounts have it as their target; leave one of them out" },
		{ "/srv/rootfs", "bad-rootfs",
		  "root file system '/srv/rootfs': it has no transport in front; for a directory write "
		  "dir:/srv/rootfs" },
		{ "--rm", "operands",
		  "run: needs at least 1 argument, got 0; usage: guise run [OPTIONS] ROOTFS [COMMAND [ARG...]]" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct run_options o;
		struct err e;
		char line[1024];

		if (parse(&a, t[i].line, &o, &e) >= 0)
			fail_msg("'%s' was taken", t[i].line);
		assert_string_equal(err_line(&e, line, sizeof(line)), t[i].error);
		assert_string_equal(e.code, t[i].code);
		assert_int_equal(e.status, 125);
	}
	arena_free(&a);
}

/* What was given → what stands in the lists; NULL: it is refused. */
static void test_names(void **state)
{
	static const struct {
		const char *line, *hosts, *servers, *search, *options;
	} t[] = {
		{ "--add-host a:192.0.2.1 --add-host b.c=host-gateway host:", "a:192.0.2.1|b.c:host-gateway",
		  "", "", "" },
		{ "--add-host a:[fd00:0::1] --add-host a:fd00::2 --add-host a=::3 host:",
		  "a:fd00::1|a:fd00::2|a:::3", "", "", "" },
		{ "--dns 192.0.2.1 --dns fd00:0::1 --dns-search a.org --dns-search . --dns-opt ndots:2 "
		  "--dns-option edns0 host:",
		  "", "192.0.2.1|fd00::1", "a.org|.", "ndots:2|edns0" },
		{ "--add-host a host:" },
		{ "--add-host :192.0.2.1 host:" },
		{ "--add-host a: host:" },
		{ "--add-host -a:192.0.2.1 host:" },
		{ "--add-host a:192.0.2.1/24 host:" },
		{ "--add-host a:host host:" },
		{ "--add-host a:[] host:" },
		{ "--dns a host:" },
		{ "--dns 192.0.2.0/24 host:" },
		{ "--dns-search a..b host:" },
		{ "--dns-search a;b host:" },
		{ "--dns-option a;b host:" },
		{ "--dns-option= host:" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct run_options o;
		struct err e;
		int r = parse(&a, t[i].line, &o, &e);

		if ((r < 0) != !t[i].hosts)
			fail_msg("'%s': %d", t[i].line, r);
		if (r < 0)
			continue;
		assert_string_equal(joined(&a, &o.spec.names.hosts), t[i].hosts);
		assert_string_equal(joined(&a, &o.spec.names.servers), t[i].servers);
		assert_string_equal(joined(&a, &o.spec.names.search), t[i].search);
		assert_string_equal(joined(&a, &o.spec.names.options), t[i].options);
	}
	arena_free(&a);
}

/* Options that are good alone. */
static void test_conflicts(void **state)
{
	static const char *const t[] = {
		"--hostname x --uts host host:",
		"--hostname x --uts container:a host:",
		"--network container:a --hostname x host:",
		"--init --pid container:a host:",
		"--pid host --init host:",
		"--cpus 1 --cpu-quota 5000 host:",
		"--cpu-period 5000 --cpus 1 host:",
		"--memory-swap 1g host:",
		"-m 1g --memory-swap 1m host:",
		"-m 1m --memory-reservation 2m host:",
		"--cap-add ALL --cap-drop ALL host:",
		"--network host --sysctl net.ipv4.ip_forward=1 host:",
		"--sysctl net.ipv4.ip_forward=1 --network container:a host:",
		"--sysctl kernel.sem=1 --ipc host host:",
		"--shm-size 1m --ipc container:a host:",
		"--ip 10.99.0.5 --network none host:",
		"--network container:a --mac-address 02:00:00:00:00:01 host:",
		"--network container:a --add-host a:192.0.2.1 host:",
		"--network container:a --dns 192.0.2.1 host:",
		"--dns-search a.org --network container:a host:",
		"--dns-option ndots:1 --network container:a host:",
		"--no-hosts --add-host a:192.0.2.1 host:",
		"-p 8080:80 --network none host:",
		"--network container:a -p 8080:80 host:",
		"--network netns:a -p 80 host:",
	};
	static const char *const fine[] = {
		"--rm -d host:",
		"--network host --hostname x host:",
		"--privileged --cap-drop ALL host:",
		"--network host --sysctl kernel.sem=1 host:",
		"--memory-reservation 2m host:",
		"--memory-swap -1 host:",
		"-p 8080:80 --network host host:",
		"--init --pid private host:",
	};
	struct arena a = ARENA_INIT(first_block);
	struct run_options o;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		if (parse(&a, t[i], &o, &e) >= 0)
			fail_msg("'%s' was taken", t[i]);
		assert_string_equal(e.code, "conflicting-options");
		assert_string_not_equal(e.hint, "");
	}
	for (size_t i = 0; i < ARRAY_LEN(fine); i++)
		good(&a, fine[i]);
	arena_free(&a);
}

/* Names and letters are unique, every row that is no heading can be set, and every line of help fits. */
static void test_table(void **state)
{
	for (const struct opt *o = run_option_table; o->name || o->help; o++) {
		if (!o->name)
			continue;
		assert_non_null(o->set);
		assert_non_null(o->help);
		assert_true(strlen(o->help) < 76);
		for (const struct opt *p = o + 1; p->name || p->help; p++) {
			if (p->name && (str_eq(p->name, o->name) || (o->letter && p->letter == o->letter)))
				fail_msg("--%s and --%s", o->name, p->name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_of_an_image),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_security),
		cmocka_unit_test(test_root_and_mounts),
		cmocka_unit_test(test_env),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
