/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/caps.h"

#include <errno.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

static const char *const cap_names[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};
_Static_assert(ARRAY_LEN(cap_names) == CAPS_COUNT, "a name for every capability");

const char *caps_name(int cap)
{
	return cap >= 0 && cap < CAPS_COUNT ? cap_names[cap] : NULL;
}

uint64_t caps_from_name(const char *name)
{
	if (strcasecmp(name, "all") == 0)
		return CAPS_ALL;
	if (strncasecmp(name, "cap_", 4) == 0)
		name += 4;
	for (int cap = 0; cap < CAPS_COUNT; cap++)
		if (strcasecmp(name, cap_names[cap] + 4) == 0)
			return CAPS_BIT(cap);
	return 0;
}

struct caps caps_of(uint64_t mask)
{
	return (struct caps){ .bounding = mask, .effective = mask, .permitted = mask };
}

void caps_clamp(struct caps *c, uint64_t held)
{
	c->permitted &= held;
	c->effective &= c->permitted;
	c->inheritable &= c->bounding & held;
	c->ambient &= c->inheritable & c->permitted;
}

struct own {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static int own_get(struct own *own)
{
	own->head = (struct __user_cap_header_struct){ .version = _LINUX_CAPABILITY_VERSION_3 };
	return syscall(SYS_capget, &own->head, own->data) < 0 ? -errno : 0;
}

static int own_set(struct own *own)
{
	return syscall(SYS_capset, &own->head, own->data) < 0 ? -errno : 0;
}

int caps_held(uint64_t *held, struct err *e)
{
	struct own own;
	int r = own_get(&own);

	if (r < 0)
		return err_set(e, "caps-read", -r, "read our own capabilities");
	*held = own.data[0].permitted | (uint64_t)own.data[1].permitted << 32;
	return 0;
}

/*
 * Drop each without asking: dropping what is not there is no error. Asking first (PR_CAPBSET_READ) would cost
 * a system call for each capability and save one for each that is missing; on most hosts none is. Our
 * permitted set cannot tell: after no_new_privs the bounding set may be larger, and a file with capabilities
 * could give back what remained in it.
 */
int caps_limit_bounding(uint64_t keep, struct err *e)
{
	for (int cap = 0; cap < 64; cap++) {
		if (keep & CAPS_BIT(cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* beyond the running kernel's last capability */
			break;
		int no = errno;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0) /* without CAP_SETPCAP, but nothing to drop */
			continue;
		err_set(e, "caps-bounding", no, "drop %s from the bounding set",
			cap < CAPS_COUNT ? cap_names[cap] : "an unknown capability");
		return err_hint(e, "guise itself needs CAP_SETPCAP");
	}
	return 0;
}

int caps_inherit(uint64_t mask, struct err *e)
{
	struct own own;
	int r = own_get(&own);

	for (int i = 0; r == 0 && i < _LINUX_CAPABILITY_U32S_3; i++)
		own.data[i].inheritable |= (uint32_t)(mask >> 32 * i);
	if (r < 0 || (r = own_set(&own)) < 0)
		return err_set(e, "caps-set", -r, "make capabilities inheritable");
	return 0;
}

int caps_disinherit(uint64_t mask)
{
	struct own own;
	int r = own_get(&own);

	for (int i = 0; r == 0 && i < _LINUX_CAPABILITY_U32S_3; i++)
		own.data[i].inheritable &= ~(uint32_t)(mask >> 32 * i);
	return r < 0 ? r : own_set(&own);
}

int caps_rest(struct err *e)
{
	struct own own;
	int r = own_get(&own);

	for (int i = 0; r == 0 && i < _LINUX_CAPABILITY_U32S_3; i++)
		own.data[i].effective = 0;
	if (r < 0 || (r = own_set(&own)) < 0)
		return err_set(e, "caps-set", -r, "lay down capabilities");
	return 0;
}

int caps_keep_on_setuid(struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_set(e, "caps-keep", errno, "keep capabilities over a change of user");
	return 0;
}

int caps_set(const struct caps *c, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ c->effective, c->permitted, c->inheritable },
		{ c->effective >> 32, c->permitted >> 32, c->inheritable >> 32 },
	};

	/* This also takes from the ambient set what is no longer permitted and inheritable (Linux 4.3,
	 * cap_capset()), so an inherited ambient set needs no call of its own. */
	if (syscall(SYS_capset, &head, data) < 0)
		return err_set(e, "caps-set", errno, "set capabilities");
	for (int cap = 0; cap < CAPS_COUNT; cap++)
		if (c->ambient & CAPS_BIT(cap) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_set(e, "caps-ambient", errno, "make %s ambient", cap_names[cap]);
	return 0;
}
