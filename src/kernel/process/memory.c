/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process/memory.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Collected first: reading the program headers would bring the pages back that hold them. */
struct ranges {
	struct {
		uintptr_t start, end;
	} list[32];
	unsigned n;
};

static int collect(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct ranges *r = arg;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_LOAD || (p->p_flags & PF_W) || r->n == sizeof(r->list) / sizeof(*r->list))
			continue;
		r->list[r->n].start = start & -page;
		r->list[r->n++].end = start + p->p_memsz;
	}
	return 0;
}

/* Forget what deeper calls left on the stack, except a page that the calls in here need. The range may reach
 * below where the stack has ever been: ENOMEM, and the rest is done. */
static void forget_stack(uintptr_t here)
{
	enum { DEEPEST = 256 * 1024 };
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), end = (here & -page) - page;

	madvise((void *)(end - DEEPEST), DEEPEST, MADV_DONTNEED);
}

/* Not inlined: its frame is where the stack that is still in use ends. */
[[gnu::hot, gnu::noinline]] void memory_forget(void)
{
	struct ranges r = { .n = 0 };

	dl_iterate_phdr(collect, &r);
	forget_stack((uintptr_t)__builtin_frame_address(0));
	/* last, since whatever is called from here on comes back */
	for (unsigned i = 0; i < r.n; i++)
		madvise((void *)r.list[i].start, r.list[i].end - r.list[i].start, MADV_DONTNEED);
}
