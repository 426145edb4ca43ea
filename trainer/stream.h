/*
 * stream.h - purposes of random numbers under the seed of a run
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_STREAM_H
#define TRAIN_STREAM_H

enum {
	TRAIN_STREAM_EPISODE = 1000,	/* seeds of episodes */
	TRAIN_STREAM_CASE,		/* which case an episode takes */
	TRAIN_STREAM_ACTION,		/* sampling of actions */
	TRAIN_STREAM_SHUFFLE,		/* order of the minibatches */
	TRAIN_STREAM_REPLAY,		/* what is drawn from the replay */
	TRAIN_STREAM_TWIN,		/* parameters of SAC's critics */
};

#endif
