/*
 * command.c - runs COMMAND: its user, its cgroup, its output and its end
 *
 * The machine's end is abrupt. The last frame on the stream (see frame.h) is
 * the exit status, after which the host kills QEMU: nothing outlives the run
 * except what is below a share, and that is synced first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "init.h"

#define STREAM_PORT   "/dev/vport0p1" /* port 1 of the first virtio device */
#define KILL_GRACE_MS 5000            /* between SIGTERM and SIGKILL on a timeout */
#define LOOK_MS       250             /* between signs of life, and looks at the number of inodes */

struct user read_user(void)
{
	struct user user = { 0 };
	char *list = read_file("/run/vm/user", NULL), *word;

	user.uid = atoi(strtok(list, " \n"));
	while ((word = strtok(NULL, " \n")) && user.group_count < LENGTH(user.groups))
		user.groups[user.group_count++] = atoi(word);
	return user;
}

/*
 * The cgroup that COMMAND is to start in, or NULL for the one that we are in.
 *
 * Root without systemd stays in the root cgroup, to which the rule against
 * processes in inner nodes does not apply. Everybody else gets a cgroup that
 * is theirs, with all controllers; under systemd it is a leaf of our delegated
 * service, and we move out of its way into another leaf.
 */
static const char *delegate_cgroup(const struct user *user)
{
	static const char *const delegated[] = { ".", "cgroup.procs", "cgroup.threads",
						 "cgroup.subtree_control" };
	static char command[PATH_MAX];
	char own[PATH_MAX];
	char *line = read_file("/proc/self/cgroup", NULL);

	if (user->uid == 0 && !exists("/run/vm/systemd"))
		return NULL;

	/* "0::/path\n", and the path of the root cgroup is "/" */
	line[strcspn(line, "\n")] = '\0';
	strcpy(own, text(CGROUPS "%s", strcmp(line, "0::/") ? line + strlen("0::") : ""));
	strcpy(command, text("%s/command", own));
	make_dirs(command, 0755);
	if (exists("/run/vm/systemd")) {
		make_dirs(text("%s/runner", own), 0755);
		write_file(text("%s/runner/cgroup.procs", own), "0");
		enable_controllers(own);
	}

	for (size_t i = 0; i < LENGTH(delegated); i++)
		if (chown(text("%s/%s", command, delegated[i]), user->uid, user->groups[0]) < 0)
			fail("delegating %s", command);
	return command;
}

static void write_stream(int stream, const void *data, size_t size)
{
	for (const char *at = data; size > 0;) {
		ssize_t n = write(stream, at, size);

		if (n < 0 && errno != EINTR)
			fail("writing to " STREAM_PORT);
		if (n > 0) {
			at += n;
			size -= n;
		}
	}
}

static void send_frame(int stream, enum frame_kind kind, uint32_t value)
{
	write_stream(stream, &(struct frame){ kind, value }, sizeof(struct frame));
}

/* Sends what one read of the pipe yields; false when there was nothing. */
static bool forward(int pipe, int stream, enum frame_kind kind)
{
	static struct {
		struct frame header;
		char data[FRAME_MAX];
	} frame;
	ssize_t n = read(pipe, frame.data, sizeof(frame.data));

	if (n <= 0)
		return false;
	frame.header = (struct frame){ kind, n };
	write_stream(stream, &frame, sizeof(frame.header) + n);
	return true;
}

/* In the child: never returns. Its stderr is COMMAND's, so it explains itself there. */
static _Noreturn void execute_command(const struct user *user, const char *cgroup)
{
	char **argv = read_list("/run/vm/argv");
	sigset_t none;

	if (cgroup)
		write_file(text("%s/cgroup.procs", cgroup), "0");
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir(read_file("/run/vm/cwd", NULL)) < 0 && chdir("/") < 0)
		fail("/");

	environ = read_list("/run/vm/env");
	if (setgroups(user->group_count, user->groups) < 0 ||
	    setresgid(user->groups[0], user->groups[0], user->groups[0]) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		fail("becoming user %u", user->uid);
	execvp(argv[0], argv);
	fprintf(stderr, "vm-init: executing %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Starts COMMAND; out[0] and out[1] become its stdout and stderr to read. */
static pid_t start_command(const struct user *user, const char *cgroup, int out[2])
{
	int pipes[2][2];
	pid_t pid;

	for (int i = 0; i < 2; i++)
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (dup2(open("/dev/null", O_RDONLY), 0) < 0 || dup2(pipes[0][1], 1) < 0 ||
		    dup2(pipes[1][1], 2) < 0)
			fail("connecting the command");
		execute_command(user, cgroup);
	}
	for (int i = 0; i < 2; i++) {
		close(pipes[i][1]);
		out[i] = pipes[i][0];
		/* Only this end: O_NONBLOCK on a pipe belongs to one end. */
		fcntl(out[i], F_SETFL, O_NONBLOCK);
	}
	return pid;
}

/* Reaps whatever has ended, as process 1 must; true when COMMAND was among it. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		ended = true;
		*status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
	}
	return ended;
}

static unsigned long count_inodes(void)
{
	char *counts = read_file("/proc/sys/fs/inode-nr", NULL);
	unsigned long inodes = strtoul(counts, NULL, 10);

	free(counts);
	return inodes;
}

/*
 * virtiofsd has a descriptor open for every inode of its that we remember. Where root may not raise that
 * limit, a find over a large tree is enough for "Too many open files" wherever one looks. So we forget inodes
 * when a third of the limit has come since the last time, in *base. Not sooner: it takes virtiofsd a second,
 * and inodes of other file systems count as well. Of the values, 4 keeps it out of the kernel's log, and 2
 * does it.
 */
static void forget_files(unsigned long limit, unsigned long *base)
{
	unsigned long inodes = count_inodes();

	if (*base == 0 || inodes < *base)
		*base = inodes;
	if (inodes - *base > limit / 3) {
		write_file("/proc/sys/vm/drop_caches", "4");
		write_file("/proc/sys/vm/drop_caches", "2");
		*base = count_inodes();
	}
}

/*
 * Forwards COMMAND's output until COMMAND itself has ended; does not wait for processes that it leaves
 * behind. On a timeout its session's process group is asked to end, and killed after a while.
 */
static int watch_command(int stream, pid_t command, int out[2])
{
	static const enum frame_kind kinds[] = { FRAME_STDOUT, FRAME_STDERR };
	int64_t deadline = now_ms() + atoi(read_file("/run/vm/timeout", NULL)) * 1000LL;
	unsigned long files = strtoul(read_file("/run/vm/files", NULL), NULL, 10);
	unsigned long inodes = 0;
	int64_t next_look = 0;
	struct pollfd fds[3] = {
		{ .fd = out[0], .events = POLLIN },
		{ .fd = out[1], .events = POLLIN },
	};
	struct signalfd_siginfo ignored;
	bool ended = false, timed_out = false;
	int status = 124;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	fds[2] = (struct pollfd){ signalfd(-1, &child, SFD_CLOEXEC), POLLIN, 0 };
	if (fds[2].fd < 0)
		fail("signalfd");

	while (!ended) {
		int64_t left = deadline - now_ms();

		if (left <= 0 && timed_out)
			break;
		if (left <= 0) {
			timed_out = true;
			deadline = now_ms() + KILL_GRACE_MS;
			kill(-command, SIGTERM);
			continue;
		}
		if (now_ms() >= next_look) {
			send_frame(stream, FRAME_ALIVE, 0);
			forget_files(files, &inodes);
			next_look = now_ms() + LOOK_MS;
		}
		if (poll(fds, LENGTH(fds), left < LOOK_MS ? left : LOOK_MS) <= 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents && !forward(fds[i].fd, stream, kinds[i]))
				fds[i].fd = -1; /* its last writer is gone */
		if (fds[2].revents && read(fds[2].fd, &ignored, sizeof(ignored)) > 0)
			ended = reap(command, &status);
	}
	/* What is left in the pipes, which hold 1 MB at most; new output may never end. */
	for (int i = 0; i < 2; i++)
		for (int rounds = 16; rounds > 0 && forward(out[i], stream, kinds[i]); rounds--)
			;
	return timed_out ? 124 : status;
}

_Noreturn void run_command(void)
{
	const struct user user = read_user();
	const char *cgroup = delegate_cgroup(&user);
	int out[2], status, stream;
	sigset_t child;
	pid_t command;

	wait_for(STREAM_PORT);
	stream = open(STREAM_PORT, O_WRONLY | O_CLOEXEC);
	if (stream < 0)
		fail(STREAM_PORT);

	/* Blocked before there is a child, so that no end of one goes unseen. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);

	send_frame(stream, FRAME_STARTED, now_ms());
	command = start_command(&user, cgroup, out);
	status = watch_command(stream, command, out);

	/* Writes to a share are on the host already, but for those through mmap. */
	for (char **dir = read_list("/run/vm/shares"); *dir; dir++) {
		int fd = open(*dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || syncfs(fd) < 0)
			fail("syncing %s", *dir);
		close(fd);
	}
	send_frame(stream, FRAME_EXIT, status);
	for (;;)
		pause(); /* QEMU is about to be killed */
}
