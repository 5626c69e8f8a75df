/*
 * tools.c - small things that the parts of the first process have in common
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

static _Noreturn void power_off(void)
{
	/* With QEMU's -no-reboot a reboot is its exit, and quicker than ACPI. */
	reboot(RB_AUTOBOOT);
	_exit(1);
}

/* The machine is of no use: says why on the console and ends it. */
_Noreturn void fail(const char *format, ...)
{
	const char *cause = strerror(errno);
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char what[512], line[640];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	/*
	 * <3> is an error, which the console shows in spite of "quiet". Not
	 * dprintf(): it wants to know the file's position, and kmsg has none.
	 */
	snprintf(line, sizeof(line), "<3>vm-init: %s: %s\n", what, cause);
	if (write(fd >= 0 ? fd : STDERR_FILENO, line, strlen(line)) < 0)
		_exit(1); /* of process 1: a panic, which is seen too */
	power_off();
}

/* Joins the parts into one of a few static buffers, so that calls can nest. */
const char *text(const char *format, ...)
{
	static char buffers[4][PATH_MAX];
	static unsigned int turn;
	char *buffer = buffers[turn++ % LENGTH(buffers)];
	va_list args;

	va_start(args, format);
	if (vsnprintf(buffer, PATH_MAX, format, args) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		fail("%.60s...", buffer);
	}
	va_end(args);
	return buffer;
}

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Device nodes appear a moment after their driver has been loaded. */
void wait_for(const char *path)
{
	for (int64_t deadline = now_ms() + 30000; !exists(path); usleep(5000))
		if (now_ms() > deadline)
			fail("waiting for %s", path);
}

/* The whole of a file, NUL-terminated; its size in *size unless that is NULL. */
char *read_file(const char *path, size_t *size)
{
	size_t used = 0, room = 4096;
	char *data = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !data)
		fail("%s", path);
	while ((n = read(fd, data + used, room - used - 1)) > 0) {
		used += n;
		if (room - used < 2 && !(data = realloc(data, room *= 2)))
			fail("%s", path);
	}
	if (n < 0)
		fail("%s", path);
	close(fd);
	data[used] = '\0';
	if (size)
		*size = used;
	return data;
}

/* The strings of a NUL-separated file, as an array that ends in NULL. */
char **read_list(const char *path)
{
	size_t size, count = 0;
	char *data = read_file(path, &size), **list;

	for (size_t i = 0; i < size; i++)
		count += data[i] == '\0';
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		fail("%s", path);
	for (size_t i = 0; i < count; i++, data += strlen(data) + 1)
		list[i] = data;
	return list;
}

void write_file(const char *path, const char *data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, strlen(data)) < 0)
		fail("writing \"%s\" to %s", data, path);
	close(fd);
}

void make_dirs(const char *path, mode_t mode)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *slash = copy + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(copy, 0755);
	}
	mkdir(copy, mode); /* whoever uses the directory reports the error */
}

/* Gives the children of a cgroup every controller that it has itself. */
void enable_controllers(const char *cgroup)
{
	char *list = read_file(text("%s/cgroup.controllers", cgroup), NULL);

	for (char *name = strtok(list, " \n"); name; name = strtok(NULL, " \n"))
		write_file(text("%s/cgroup.subtree_control", cgroup), text("+%s", name));
}
