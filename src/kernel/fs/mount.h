/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Mounts by descriptor: a file system or a copy of a tree is made detached (fsopen(2), open_tree(2),
 * Linux 5.2), gets its attributes while nobody can see it (mount_setattr(2), 5.12), and is attached to
 * an O_PATH descriptor of its place (move_mount(2)): no path is resolved twice.
 *
 * The functions that return a descriptor return a mount's (O_PATH, O_CLOEXEC) or -errno, the others 0
 * or -errno. The same descriptor stays good for access to the mount's root once it is attached.
 */

/* A new file system, mounted nowhere. data: its own options as in mount(8), "size=64m,mode=1777";
 * attr: MOUNT_ATTR_*. A value with commas is in double quotes. */
int mount_new(const char *type, const char *source, const char *data, uint64_t attr);

/* The same, attached to the directory that dir is open at: one mount(2), where mount_new() takes four calls
 * and one for each option. It mounts on ".", so no path is resolved here either; dir is the working directory
 * then. Not with MOUNT_ATTR_RDONLY (-EINVAL): to mount(2) that means the file system, not the mount. It
 * leaves no log: for that, try mount_new(). */
int mount_on(int dir, const char *type, const char *source, const char *data, uint64_t attr);

/* The same as mount_new(), by mount(2): for an option longer than the 255 bytes that fsconfig(2) takes (an
 * overlay of many layers). It mounts in a tmpfs, which lies over dir meanwhile; the working directory is
 * there then. The mount of dir is private. */
int mount_new_over(int dir, const char *type, const char *source, const char *data, uint64_t attr);
bool mount_data_is_long(const char *data);

/* A private copy of the mount at path, with the mounts below it if recursive. */
int mount_clone(int dirfd, const char *path, bool recursive);

/* The same, of a symbolic link itself if that is what path is. */
int mount_clone_nofollow(int dirfd, const char *path, bool recursive);

/* The same, not recursive, of a mount in the mount namespace of a process. Takes CAP_SYS_ADMIN there, or the
 * right to enter the user namespace of the process, and a child process that shares our descriptors. */
int mount_clone_in(pid_t pid, const char *path);

/* Set and clear MOUNT_ATTR_*; recursive: on the mounts below it too. A flag in both is set. The access-time
 * flags are one field: its new value is in attr. */
int mount_set(int fd, uint64_t attr, uint64_t clear, bool recursive);

/* Set the propagation: MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE; with MS_REC on the mounts below it
 * too. */
int mount_propagate(int fd, uint64_t propagation);

/* New options of the mounted file system itself (fspick(2), 5.2), as in mount_new(). */
int mount_reconfigure(int fd, const char *data);

/* Map the owners of the detached mount's files by a user namespace (MOUNT_ATTR_IDMAP, 5.12). */
int mount_idmap(int fd, int userns, bool recursive);

/* Attach the detached mount to a name in an open directory, or to what dir is open at where name is "". */
int mount_attach(int fd, int dir, const char *name);

/* A mount namespace of one's own, a copy of the caller's, of which nothing that is mounted shows in others. 0, or -1 with
 * errno. */
int mount_own_namespace(void);

/* What the kernel said of the last mount_new() that failed (the log of its fsopen(2) descriptor), or "".
 * Valid until the next call. */
const char *mount_log(void);

/* MOUNT_ATTR_* as the words of mount(8), "ro,nosuid"; "" for 0. Into buf of at least 128 bytes. */
const char *mount_attr_words(uint64_t attr, char *buf);

/* The word of mount(8) for a propagation: "rprivate"; "" for 0. */
const char *mount_propagation_word(uint64_t propagation);
