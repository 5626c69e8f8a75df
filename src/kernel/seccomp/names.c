/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/seccomp/names.h"

#include <string.h>
#include <seccomp.h>

#include "base/str.h"

/* Calls newer than the libseccomp of the distributions that we support. Since Linux 5.1 a new call has
 * the same number on every architecture here (x32: with its bit), see scripts/syscall.tbl. */
static const struct {
	const char *name;
	int nr;
} newer_calls[] = {
	{ "futex_waitv", 449 },       { "set_mempolicy_home_node", 450 },
	{ "cachestat", 451 },         { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },  { "futex_wake", 454 },
	{ "futex_wait", 455 },        { "futex_requeue", 456 },
	{ "statmount", 457 },         { "listmount", 458 },
	{ "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },  { "mseal", 462 },
	{ "setxattrat", 463 },        { "getxattrat", 464 },
	{ "listxattrat", 465 },       { "removexattrat", 466 },
	{ "open_tree_attr", 467 },    { "file_getattr", 468 },
	{ "file_setattr", 469 },
};

/* 32-bit x86 got the calls on sockets and System V IPC only in Linux 4.3 and 5.1, when socketcall(2) and
 * ipc(2) had long done their work. libseccomp resolves these names to negative stand-ins for the two,
 * whose arguments lie in memory where no filter can see them; we mean the calls proper. */
static const struct {
	const char *name;
	int nr;
} x86_calls[] = {
	{ "socket", 359 },      { "socketpair", 360 },  { "bind", 361 },       { "connect", 362 },
	{ "listen", 363 },      { "accept4", 364 },     { "getsockopt", 365 }, { "setsockopt", 366 },
	{ "getsockname", 367 }, { "getpeername", 368 }, { "sendto", 369 },     { "sendmsg", 370 },
	{ "recvfrom", 371 },    { "recvmsg", 372 },     { "shutdown", 373 },   { "semget", 393 },
	{ "semctl", 394 },      { "shmget", 395 },      { "shmctl", 396 },     { "shmat", 397 },
	{ "shmdt", 398 },       { "msgget", 399 },      { "msgsnd", 400 },     { "msgrcv", 401 },
	{ "msgctl", 402 },
};

/* The characters of the kernel's names of calls. Any other name is no call's, whatever a library might make
 * of it. */
static bool in_alphabet(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

int seccomp_call_number(const char *name, uint32_t arch)
{
	int nr;

	if (!in_alphabet(name))
		return -1;

	if (arch == 0)
		arch = seccomp_arch_native();
	nr = seccomp_syscall_resolve_name_arch(arch, name);
	if (nr >= 0)
		return nr;
	if (arch == SCMP_ARCH_X86)
		for (size_t i = 0; i < ARRAY_LEN(x86_calls); i++)
			if (str_eq(name, x86_calls[i].name))
				return x86_calls[i].nr;
	for (size_t i = 0; i < ARRAY_LEN(newer_calls); i++)
		if (str_eq(name, newer_calls[i].name))
			return newer_calls[i].nr | (arch == SCMP_ARCH_X32 ? SECCOMP_X32_BIT : 0);
	return -1;
}
