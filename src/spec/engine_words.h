/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What engines look for in the messages of a runtime, to tell the reason of a failure: no word of it may
 * change. Beside each stands who looks for it, and where. Those without an engine are runc's words, which
 * people's scripts know. test/live/oci_engine_words.bats has a test for each.
 */

/* containerd, cmd/containerd-shim-runc-v2/process/utils.go, checkKillError(): a kill that came too late. ("no
 * such process", in any case, is as good: that is ESRCH.) */
#define ENGINE_NOT_RUNNING "container not running"

/* The same: there is none ("does not exist"). */
#define ENGINE_NO_CONTAINER "container does not exist"

/* podman, libpod/oci_util.go, getOCIRuntimeError(), and docker, daemon/errors.go,
 * translateContainerdStartErr(): the command is not there; both then end with 127. docker wants the command's
 * name in the message, too. */
#define ENGINE_NO_PROGRAM "executable file not found in $PATH"
#define ENGINE_NO_FILE    "no such file or directory"

/* The same: it cannot be executed; 126. docker compares small letters. */
#define ENGINE_DENIED "permission denied"

/* runc's */
#define ENGINE_EXISTS       "container with given ID already exists"
#define ENGINE_BAD_ID       "invalid container ID format"
#define ENGINE_EXEC_STOPPED "cannot exec in a stopped container"
#define ENGINE_EXEC_PAUSED  "cannot exec in a paused container"
