/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The container's first process: its namespaces, and what makes them its own. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/procfs.h"
#include "kernel/process/nscall.h"
#include "kernel/process/proc.h"
#include "kernel/process/userns.h"
#include "plan/look.h"
#include "plan/talk.h"
#include "spec/sysctl.h"

enum { KILL_TIMEOUT_MS = 5000 };

/* ---- process: applied by run/start/launch.c, which clones; shown and checked here ---- */

static void process_show(const struct step *s, struct str *out)
{
	/* plan/script.c writes the unshare(1) line, because the INIT steps go inside it */
	str_add(out, "# clone3:");
	for (int i = 0; i < NS_COUNT; i++)
		if (s->process.flags & ns_flag[i])
			str_addf(out, " new %s namespace,", ns_name[i]);
	bool born = s->process.cgroup && !s->process.moved;

	str_addf(out, " born in %s\n", born ? str_shell_comment(out, s->process.cgroup) : "guise's cgroup");
}

static enum finding process_check(const struct step *s, struct live *live, struct str *text)
{
	if (!proc_exists(live->pid) || proc_is_zombie(live->pid))
		return FOUND_MISSING;
	for (int i = 0; i < NS_COUNT; i++)
		if ((s->process.flags & ns_flag[i]) && proc_same_ns(live->pid, getpid(), ns_name[i]))
			str_addf(text, "%sits %s namespace is the host's", text->len ? ", " : "", ns_name[i]);
	return text->len ? FOUND_DIFFERENT : FOUND_AS_PLANNED;
}

/* Kill whatever lives in the container: by its cgroup, which also knows of processes that the first one
 * left behind, or by the process itself, whose end is the end of its pid namespace. */
static int process_undo(const struct step *s, struct live *live, struct err *e)
{
	if (live->pidfd >= 0 && proc_kill(live->pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_set(e, "kill", errno, "kill process %d", live->pid);
	if (!s->process.cgroup || s->process.shared)
		return 0;
	int r = cgroup2_kill(s->process.cgroup, e);
	return r == -ENOSYS ? cgroup1_kill(s->process.cgroup, KILL_TIMEOUT_MS, e) : r;
}

static const struct field process_fields[] = {
	FIELD(U64, process, flags),      FIELD(MAYBE, process, cgroup),
	FIELD(BOOL, process, moved),     FIELD(BOOL, process, shared),
	FIELD(MAYBE, process, join_pid), FIELD(MAYBE, process, join_user),
	FIELD(MAYBE, process, at),       { 0 },
};

const struct step_ops step_process = {
	.name = "process",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.fields = process_fields,
	.show = process_show,
	.check = process_check,
	.undo = process_undo,
};

/* ---- idmap ---- */

static int idmap_apply(const struct step *s, struct live *live, struct err *e)
{
	return userns_write_maps(live->pid, s->idmap.uid, s->idmap.gid, s->idmap.by_helper, e);
}

static void idmap_show(const struct step *s, struct str *out)
{
	if (s->idmap.by_helper) {
		str_addf(out, "newuidmap $pid %s\nnewgidmap $pid %s\n", s->idmap.uid, s->idmap.gid);
		return;
	}
	str_addf(out, "echo '%s' > /proc/$pid/uid_map\n", s->idmap.uid);
	str_addf(out, "echo '%s' > /proc/$pid/gid_map\n", s->idmap.gid);
}

static bool check_map(const char *file, const char *planned, struct live *live, struct str *text)
{
	const char *now = userns_read_map(live->arena, live->pid, file);
	size_t start = text->len;

	if (now && userns_same_map(now, planned))
		return true;
	str_addf(text, "%s%s is", start ? ", " : "", file);
	for (const char *p = now ? now : " not there"; *p;) { /* in one line, without the kernel's padding */
		size_t blanks = strspn(p, " \n"), n = strcspn(p + blanks, " \n");

		if (n)
			str_addf(text, " %.*s", (int)n, p + blanks);
		p += blanks + n;
	}
	return false;
}

static enum finding idmap_check(const struct step *s, struct live *live, struct str *text)
{
	bool uid = check_map("uid_map", s->idmap.uid, live, text),
	     gid = check_map("gid_map", s->idmap.gid, live, text);

	return uid && gid ? FOUND_AS_PLANNED : FOUND_DIFFERENT;
}

static const struct field idmap_fields[] = {
	FIELD(STR, idmap, uid),
	FIELD(STR, idmap, gid),
	FIELD(BOOL, idmap, by_helper),
	{ 0 },
};

const struct step_ops step_idmap = {
	.name = "idmap",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.fields = idmap_fields,
	.apply = idmap_apply,
	.show = idmap_show,
	.check = idmap_check,
};

/* ---- wait ---- */

static int wait_apply(const struct step *s, struct live *live, struct err *e)
{
	return talk_await_host(live, s->wait.what, e);
}

static void wait_show(const struct step *s, struct str *out)
{
	str_addf(out, "read -r line <\"$work/ready\"  # the host's part: %s\n", s->wait.what);
}

static const struct field wait_fields[] = { FIELD(STR, wait, what), { 0 } };

const struct step_ops step_wait = {
	.name = "wait",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = wait_fields,
	.apply = wait_apply,
	.show = wait_show,
};

/* ---- namespaces that are entered, or made late ---- */

static int join_ns_apply(const struct step *s, struct live *live, struct err *e)
{
	uint64_t type = ns_flag_of(s->join_ns.name);

	if (live->joined & type)
		return 0;
	autoclose int fd = open(s->join_ns.path, O_RDONLY | O_CLOEXEC);
	/* of that type and no other */
	if (fd < 0 || setns(fd, (int)type) < 0)
		return err_set(e, "namespace-join", errno, "join the %s namespace %s", s->join_ns.name,
			       s->join_ns.path);
	return 0;
}

static void join_ns_show(const struct step *s, struct str *out)
{
	const char *path = str_shell_comment(out, s->join_ns.path);

	str_addf(out, "# join the %s namespace %s (nsenter --%s=%s)\n", s->join_ns.name, path,
		 s->join_ns.name, path);
}

static enum finding join_ns_check(const struct step *s, struct live *live, struct str *text)
{
	char mine[64];
	struct stat a, b;

	snprintf(mine, sizeof(mine), "/proc/%d/ns/%s", live->pid, s->join_ns.name);
	if (stat(mine, &a) < 0)
		return look_failed(-errno, mine, text);
	if (stat(s->join_ns.path, &b) < 0) {
		str_addf(text, "whose namespace that was has ended");
		return FOUND_UNKNOWN;
	}
	if (a.st_ino == b.st_ino)
		return FOUND_AS_PLANNED;
	str_addf(text, "it is in another %s namespace", s->join_ns.name);
	return FOUND_DIFFERENT;
}

static const struct field join_ns_fields[] = { FIELD(STR, join_ns, name), FIELD(STR, join_ns, path), { 0 } };

const struct step_ops step_join_ns = {
	.name = "join-ns",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = join_ns_fields,
	.apply = join_ns_apply,
	.show = join_ns_show,
	.check = join_ns_check,
};

static int cgroup_ns_apply(const struct step *s, struct live *live, struct err *e)
{
	/* not with the other flags of clone3: its root is the cgroup of the caller at that moment, and
	 * CLONE_INTO_CGROUP takes effect later (cgroup_namespaces(7); kernel/fork.c) */
	return unshare(CLONE_NEWCGROUP) < 0 ?
		       err_set(e, "cgroup-namespace", errno, "make a cgroup namespace") :
		       0;
}

static void cgroup_ns_show(const struct step *s, struct str *out)
{
	str_add(out, "# unshare --cgroup: a cgroup namespace whose root is the container's cgroup\n");
}

static enum finding cgroup_ns_check(const struct step *s, struct live *live, struct str *text)
{
	return proc_same_ns(live->pid, getpid(), "cgroup") ? FOUND_MISSING : FOUND_AS_PLANNED;
}

const struct step_ops step_cgroup_ns = {
	.name = "cgroup-ns",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.apply = cgroup_ns_apply,
	.show = cgroup_ns_show,
	.check = cgroup_ns_check,
};

/* ---- hostname and sysctls ---- */

static int hostname_apply(const struct step *s, struct live *live, struct err *e)
{
	if (sethostname(s->hostname.name, strlen(s->hostname.name)) < 0)
		return err_set(e, "hostname", errno, "set the hostname %s", s->hostname.name);
	return 0;
}

static void hostname_show(const struct step *s, struct str *out)
{
	str_add(out, "hostname ");
	str_add_shell(out, s->hostname.name);
	str_add(out, "\n");
}

static int read_uts(const void *arg, void *out)
{
	return uname(out) < 0 ? -errno : 0;
}

static enum finding hostname_check(const struct step *s, struct live *live, struct str *text)
{
	struct utsname now;
	int r = ns_call(live->pidfd, CLONE_NEWUTS, read_uts, NULL, &now, sizeof(now));

	if (r < 0)
		return look_failed(r, "the hostname", text);
	if (str_eq(now.nodename, s->hostname.name))
		return FOUND_AS_PLANNED;
	str_addf(text, "the hostname is %.*s", (int)sizeof(now.nodename), now.nodename);
	return FOUND_DIFFERENT;
}

static const struct field hostname_fields[] = { FIELD(STR, hostname, name), { 0 } };

const struct step_ops step_hostname = {
	.name = "hostname",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = hostname_fields,
	.apply = hostname_apply,
	.show = hostname_show,
	.check = hostname_check,
};

static int domainname_apply(const struct step *s, struct live *live, struct err *e)
{
	if (setdomainname(s->domainname.name, strlen(s->domainname.name)) < 0)
		return err_set(e, "domainname", errno, "set the domain name %s", s->domainname.name);
	return 0;
}

static void domainname_show(const struct step *s, struct str *out)
{
	str_add(out, "domainname ");
	str_add_shell(out, s->domainname.name);
	str_add(out, "\n");
}

static enum finding domainname_check(const struct step *s, struct live *live, struct str *text)
{
	struct utsname now;
	int r = ns_call(live->pidfd, CLONE_NEWUTS, read_uts, NULL, &now, sizeof(now));

	if (r < 0)
		return look_failed(r, "the domain name", text);
	if (str_eq(now.domainname, s->domainname.name))
		return FOUND_AS_PLANNED;
	str_addf(text, "the domain name is %.*s", (int)sizeof(now.domainname), now.domainname);
	return FOUND_DIFFERENT;
}

static const struct field domainname_fields[] = { FIELD(STR, domainname, name), { 0 } };

const struct step_ops step_domainname = {
	.name = "domainname",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = domainname_fields,
	.apply = domainname_apply,
	.show = domainname_show,
	.check = domainname_check,
};

/* "net.ipv4.conf.eth0/1.forwarding" -> "sys/net/ipv4/conf/eth0.1/forwarding": see spec/sysctl.h. In INIT, so
 * without its sysctl_path(), which allocates. */
static void path_of_sysctl(const char *name, char *path, size_t size)
{
	snprintf(path, size, "sys/%s", name);
	for (char *p = path + 4; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
}

static int sysctl_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[256];
	int r;

	path_of_sysctl(s->sysctl.name, path, sizeof(path));
	/* through our own procfs: the image's /proc could be anything (config-linux.md, "sysctl") */
	autoclose int fd = procfs_open(live->proc, path, O_WRONLY);
	r = fd < 0 ? fd : io_write_all(fd, s->sysctl.value, strlen(s->sysctl.value));
	return r < 0 ? err_set(e, "sysctl", -r, "set sysctl %s to %s", s->sysctl.name, s->sysctl.value) : 0;
}

static void sysctl_show(const struct step *s, struct str *out)
{
	char path[256];

	path_of_sysctl(s->sysctl.name, path, sizeof(path));
	str_add(out, "echo ");
	str_add_shell(out, s->sysctl.value);
	str_addf(out, " > \"$root\"/proc/%s\n", str_shell(out, path));
}

/* A parameter is that of the namespaces of who opens it (proc_sys_lookup, ipc_sysctls), whichever procfs it is:
 * so through the host's own. */
static int read_sysctl(const void *path, void *out)
{
	ssize_t n = io_read_small(AT_FDCWD, path, out, NS_OUT_MAX);

	return n < 0 ? (int)n : 0;
}

/* The next word, and whether there is one: the kernel puts tabs between several values. */
static bool next_value(const char **p, const char **word, size_t *len)
{
	*word = *p + strspn(*p, " \t\n");
	*len = strcspn(*word, " \t\n");
	*p = *word + *len;
	return *len > 0;
}

/* "0x10" is read back as 16. */
static bool same_value(const char *a, size_t na, const char *b, size_t nb)
{
	if (na == nb && memcmp(a, b, na) == 0)
		return true;
	return *a >= '0' && *a <= '9' && *b >= '0' && *b <= '9' && strtoll(a, NULL, 0) == strtoll(b, NULL, 0);
}

static bool same_values(const char *a, const char *b)
{
	const char *x, *y;
	size_t nx, ny;

	for (;;) {
		bool more = next_value(&a, &x, &nx);

		if (next_value(&b, &y, &ny) != more)
			return false;
		if (!more || !same_value(x, nx, y, ny))
			return !more;
	}
}

static enum finding sysctl_check(const struct step *s, struct live *live, struct str *text)
{
	char path[256] = "/proc/", now[NS_OUT_MAX];
	enum ns_kind ns = sysctl_ns(s->sysctl.name);
	int r;

	path_of_sysctl(s->sysctl.name, path + 6, sizeof(path) - 6);
	if (ns == NS_COUNT || proc_same_ns(live->pid, getpid(), ns_name[ns]))
		r = read_sysctl(path, now);
	else
		r = ns_call(live->pidfd, (int)ns_flag[ns], read_sysctl, path, now, sizeof(now));
	if (r < 0)
		return look_failed(r, s->sysctl.name, text);
	if (same_values(s->sysctl.value, now))
		return FOUND_AS_PLANNED;
	str_addf(text, "%s is %s", s->sysctl.name, now);
	return FOUND_DIFFERENT;
}

static const struct field sysctl_fields[] = { FIELD(STR, sysctl, name), FIELD(STR, sysctl, value), { 0 } };

const struct step_ops step_sysctl = {
	.name = "sysctl",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = sysctl_fields,
	.apply = sysctl_apply,
	.show = sysctl_show,
	.check = sysctl_check,
};

/* ---- working directory ---- */

/* A directory outside has no path below our root: getcwd(2) says "(unreachable)", getcwd(3) fails. */
static bool is_inside(void)
{
	char path[PATH_MAX];

	return getcwd(path, sizeof(path)) && *path == '/';
}

static int workdir_apply(const struct step *s, struct live *live, struct err *e)
{
	if (str_eq(s->workdir.path, "/"))
		return 0; /* where the change of roots ends, and where setns(2) puts guise exec */
	/* after the pivot, so live->root is /; made where missing, as docker does */
	autoclose int dir = s->workdir.must_exist ?
				    inroot_open(live->root, s->workdir.path, O_PATH | O_DIRECTORY) :
				    inroot_make_dir(live->root, s->workdir.path, false);

	if (dir < 0 || fchdir(dir) < 0)
		return err_set(e, "workdir", dir < 0 ? -dir : errno, "change to the working directory %s",
			       s->workdir.path);
	if (is_inside())
		return 0;
	err_set(e, "workdir-outside", EXDEV, "change to the working directory %s", s->workdir.path);
	return err_cause(e, "it lies outside the container's root file system");
}

static void workdir_show(const struct step *s, struct str *out)
{
	str_add(out, "mkdir -p ");
	str_add_shell(out, s->workdir.path);
	str_add(out, "\ncd ");
	str_add_shell(out, s->workdir.path);
	str_add(out, "\n");
}

/* Where the first process is now. It may have gone elsewhere since, as any may: then nobody knows where it began. */
static enum finding workdir_check(const struct step *s, struct live *live, struct str *text)
{
	char path[32], now[4096];
	struct stat cwd;
	struct look l;
	int r = look_at(live, s->workdir.path, true, &l);
	ssize_t n;

	if (r < 0)
		return look_failed(r, s->workdir.path, text);
	fd_close(&l.fd);
	snprintf(path, sizeof(path), "/proc/%d/cwd", live->pid);
	if (stat(path, &cwd) < 0)
		return look_failed(-errno, path, text);
	if (cwd.st_dev == l.st.st_dev && cwd.st_ino == l.st.st_ino)
		return FOUND_AS_PLANNED;
	n = readlink(path, now, sizeof(now) - 1);
	str_addf(text, "its first process is in %.*s by now", n < 0 ? 0 : (int)n, now);
	return FOUND_UNKNOWN;
}

static const struct field workdir_fields[] = { FIELD(STR, workdir, path),
					       FIELD(BOOL, workdir, must_exist),
					       { 0 } };

const struct step_ops step_workdir = {
	.name = "workdir",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = workdir_fields,
	.apply = workdir_apply,
	.show = workdir_show,
	.check = workdir_check,
};

/* The same, as long as it can be made. */
static int directory_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int dir = inroot_make_dir(live->root, s->directory.path, false);

	return dir < 0 ? err_set(e, "workdir", -dir, "make the directory %s", s->directory.path) : 0;
}

static void directory_show(const struct step *s, struct str *out)
{
	str_add(out, "mkdir -p \"$root\"");
	str_add_shell(out, s->directory.path);
	str_add(out, "\n");
}

static enum finding directory_check(const struct step *s, struct live *live, struct str *text)
{
	struct look l;
	int r = look_at(live, s->directory.path, true, &l);

	if (r < 0)
		return look_failed(r, s->directory.path, text);
	fd_close(&l.fd);
	return S_ISDIR(l.st.st_mode) ? FOUND_AS_PLANNED : FOUND_DIFFERENT;
}

static const struct field directory_fields[] = { FIELD(STR, directory, path), { 0 } };

const struct step_ops step_directory = {
	.name = "directory",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = directory_fields,
	.apply = directory_apply,
	.show = directory_show,
	.check = directory_check,
};

/* ---- session ---- */

/* What the keys that are made next are labelled with (proc_pid_attr(5)), lest the command may not use its own keyring.
 * exec is among the container's mounts by now and has a procfs of its own, else this is still the host's. A kernel
 * without SELinux says so when the command's own label is set. */
static int label_keys(const struct step *s, struct live *live, struct err *e)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%d/attr/keycreate", getpid());
	autoclose int fd = live->proc >= 0 ? procfs_open(live->proc, path, O_WRONLY) :
					     open("/proc/thread-self/attr/keycreate", O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : io_write_all(fd, s->session.key_label, strlen(s->session.key_label));
	return r < 0 && r != -EINVAL && r != -ENOENT ?
		       err_set(e, "label", -r, "label the keyring %s", s->session.key_label) :
		       0;
}

static int session_apply(const struct step *s, struct live *live, struct err *e)
{
	/* a session of its own: no controlling terminal of the host to push input into (TIOCSTI) */
	if (setsid() < 0)
		return err_set(e, "session", errno, "make a session");
	if (s->session.key_label && !s->session.keep_keyring && label_keys(s, live, e) < 0)
		return -e->no;
	/* a keyring of its own: else it shares the host user's session keyring (keyrings(7)). Kernels and
	 * policies without keys are fine: nothing is shared then. */
	if (!s->session.keep_keyring)
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	/* nobody inside, not even root, may look at or trace what still holds the host's files */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, "session", errno, "stay hidden from ptrace");
	umask(0);
	return 0;
}

static void session_show(const struct step *s, struct str *out)
{
	str_addf(out, "# setsid: the command is started in a session%s of its own\n",
		 s->session.keep_keyring ? "" : " and with a keyring");
	if (s->session.key_label)
		str_addf(out, "# the keyring is labelled %s\n", str_shell_comment(out, s->session.key_label));
}

/* Of the keyring nothing is seen from outside: /proc/keys shows a process its own only. */
static enum finding session_check(const struct step *s, struct live *live, struct str *text)
{
	int64_t session;

	if (proc_stat(live->pid, 6, &session) < 0)
		return FOUND_MISSING;
	if (session == live->pid)
		return FOUND_AS_PLANNED;
	str_addf(text, "its session is that of process %lld", (long long)session);
	return FOUND_DIFFERENT;
}

static const struct field session_fields[] = { FIELD(BOOL, session, keep_keyring),
					       FIELD(MAYBE, session, key_label),
					       { 0 } };

const struct step_ops step_session = {
	.name = "session",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.fields = session_fields,
	.apply = session_apply,
	.show = session_show,
	.check = session_check,
};
