/*
 * init.h - what the parts of the test machine's first process share
 *
 * Nothing here returns an error: what does not work ends the machine.
 */
#ifndef VM_INIT_H
#define VM_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUPS "/sys/fs/cgroup"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* tools.c */

__attribute__((format(printf, 1, 2))) _Noreturn void fail(const char *format, ...);
__attribute__((format(printf, 1, 2))) const char *text(const char *format, ...);
int64_t now_ms(void);
bool exists(const char *path);
void wait_for(const char *path);
char *read_file(const char *path, size_t *size);
char **read_list(const char *path);
void write_file(const char *path, const char *data);
void make_dirs(const char *path, mode_t mode);
void enable_controllers(const char *cgroup);

/* command.c */

struct user {
	uid_t uid;
	gid_t groups[64];
	size_t group_count;
};

struct user read_user(void);
_Noreturn void run_command(void);

#endif
