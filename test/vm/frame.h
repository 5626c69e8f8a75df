/*
 * frame.h - what travels from the machine (init.c) to the host (relay.c)
 *
 * One virtio-serial port carries everything, as frames: this header, and for
 * the two output kinds then `value` bytes. A single ordered stream is what
 * makes the end safe: whoever has read FRAME_EXIT has read all the output, so
 * the machine can be killed on the spot. (With a port for each of stdout and
 * stderr nobody can tell whether QEMU still holds some of the output.)
 *
 * Both ends are the same architecture, so the integers go as they are.
 */
#ifndef VM_FRAME_H
#define VM_FRAME_H

#include <stdint.h>

enum frame_kind {
	FRAME_STARTED = 0x564d0001, /* COMMAND runs; value: ms since the kernel started */
	FRAME_ALIVE,                /* several a second: the machine does not hang; value: 0 */
	FRAME_STDOUT,               /* value: bytes that follow */
	FRAME_STDERR,
	FRAME_EXIT, /* value: the exit status; nothing comes after it */
};

struct frame {
	uint32_t kind;
	uint32_t value;
};

#define FRAME_MAX 65536 /* most bytes in one frame */

#endif
