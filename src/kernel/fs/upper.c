/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/upper.h"

#include <errno.h>
#include <linux/magic.h>
#include <stddef.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

/* linux/magic.h does not have all. */
enum {
	MAGIC_EXFAT = 0x2011bab0,
	MAGIC_NTFS = 0x5346544e,
	MAGIC_NTFS3 = 0x7366746e,
	MAGIC_CEPH = 0x00c36400,
	MAGIC_RAMFS = (int)0x858458f6,
};

/* File systems of other machines, which the kernel refuses; those without extended attributes; and those that
 * lie on another. */
static bool cannot(long type)
{
	static const unsigned long types[] = {
		OVERLAYFS_SUPER_MAGIC,
		ECRYPTFS_SUPER_MAGIC,
		FUSE_SUPER_MAGIC,
		NFS_SUPER_MAGIC,
		SMB_SUPER_MAGIC,
		SMB2_SUPER_MAGIC,
		CIFS_SUPER_MAGIC,
		V9FS_MAGIC,
		AFS_SUPER_MAGIC,
		CODA_SUPER_MAGIC,
		MSDOS_SUPER_MAGIC,
		MAGIC_EXFAT,
		MAGIC_NTFS,
		MAGIC_NTFS3,
		MAGIC_CEPH,
		MAGIC_RAMFS,
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if ((unsigned)type == (unsigned)types[i])
			return true;
	return false;
}

bool upper_is_possible(int dir, bool user)
{
	struct statfs s;

	if (fstatfs(dir, &s) < 0 || cannot(s.f_type))
		return false;
	/* Ask for one that is not there: only a file system without any of that kind says EOPNOTSUPP */
	return !user || fgetxattr(dir, "user.overlay.opaque", NULL, 0) >= 0 || errno == ENODATA;
}
