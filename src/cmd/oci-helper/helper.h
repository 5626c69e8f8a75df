/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* guise-oci-helper: one function a command (kernel/process/helper.h). argv begins behind the command's name
 * and ends in NULL. They return the exit status, and have printed one line if it is not 0. */
int scope_start(char **argv);
int scope_set(char **argv);
int scope_stop(char **argv);
int device_move_run(char **argv);
