/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the first process is no longer part of: its caller's session, keyring and umask. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/procfs.h"
#include "kernel/process/proc.h"
#include "plan/live.h"
#include "plan/target.h"

/* What the keys that are made next are labelled with (proc_pid_attr(5)), lest the command may not use its
 * own keyring. exec is among the container's mounts by now and has a procfs of its own, else this is still
 * the host's. A kernel without SELinux says so when the command's own label is set. */
static int label_keys(const struct step_session *s, struct live *live, struct err *e)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%d/attr/keycreate", getpid());
	autoclose int fd = live->proc >= 0 ? procfs_open(live->proc, path, O_WRONLY) :
					     open("/proc/thread-self/attr/keycreate", O_WRONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : io_write_all(fd, s->key_label, strlen(s->key_label));
	return r < 0 && r != -EINVAL && r != -ENOENT ?
		       err_set(e, "label", -r, "label the keyring %s", s->key_label) :
		       0;
}

static int session_apply(const struct step *s, struct live *live, struct err *e)
{
	/* a session of its own: no controlling terminal of the host to push input into (TIOCSTI) */
	if (setsid() < 0)
		return err_set(e, "session", errno, "make a session");
	if (s->session.key_label && !s->session.keep_keyring && label_keys(&s->session, live, e) < 0)
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

static int session_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	int64_t session;

	if (proc_stat(t->pid, 6, &session) < 0)
		return READ_MISSING;
	if (session == t->pid)
		return READ_FOUND;
	str_addf(text, "its session is that of process %lld", (long long)session);
	return READ_CHANGED;
}

/* Of the keyring nothing is seen from outside: /proc/keys shows a process its own only. */
static const struct field session_fields[] = { FIELD(BOOL, session, keep_keyring, .compare = COMPARE_NOT),
					       FIELD(MAYBE, session, key_label, .compare = COMPARE_NOT),
					       { 0 } };

const struct step_ops step_session = {
	.name = "session",
	.section = SECTION_SECURITY,
	.side = SIDE_INIT,
	.script = SCRIPT_REMARK,
	.fields = session_fields,
	.apply = session_apply,
	.show = session_show,
	.read = session_read,
};
