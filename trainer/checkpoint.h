/*
 * checkpoint.h - a training run on disk, to go on from bit for bit
 *
 * Holds the configuration, parameters, what the method keeps (moments of the
 * optimiser; target networks and replay), and of each environment the number
 * of its episode and the actions taken in it.  Random
 * streams are derived from (seed, epoch, purpose) and have no state between
 * epochs.  The file is for the machine that wrote it: native byte order,
 * closed by a SHA-256.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "train.h"

/* All that the file holds but for the checksum, allocated.
 * RET 0, or -1 with ENOMEM */
int train_checkpoint_make(const train_t *train, char **data, size_t *size,
			  scale_err_t *err);
/* Fill in the checksum and write path anew, atomically.
 * RET 0, or -1; path is then what it was */
int train_checkpoint_write(char *data, size_t size, const char *path,
			   scale_err_t *err);

/*
 * Read the configuration that a checkpoint was made with.
 * OUT config: to be released with scale_conf_free()
 * RET 0; -1 with EINVAL (damaged, or not a checkpoint) or errno of reading
 */
int train_checkpoint_config(const char *path, train_config_t *config,
			    scale_err_t *err);

/* Bring train, fresh from train_create() with an equal configuration (but
 * epochs, which may grow), to where the checkpoint was made. */
int train_checkpoint_load(train_t *train, const char *path, scale_err_t *err);

#endif
