/*
 * entrant.h - who takes part in a comparison
 *
 * "PLACEMENT", "ORDER+PLACEMENT", "FILE" or "ORDER+FILE": a rule, a planner
 * or a model, under the order that it names, or else that of the
 * configuration.  "all" stands for every order or rule there is, alone for
 * every pair; planners are named one by one.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_ENTRANT_H
#define SIM_ENTRANT_H

#include "episode.h"

typedef struct sim_entrant {
	char *name;			/* "srpt+k-eft:2.5", unique */
	char order[SCALE_PARAM_TEXT];	/* "": the configuration's */
	char rule[SCALE_PARAM_TEXT];	/* or planner; "": a model */
	scale_model_t *model;		/* or NULL */
} sim_entrant_t;

typedef struct sim_field {
	sim_entrant_t *entrant;		/* [count] */
	size_t count, room;
} sim_field_t;

/* Whether name is a file: no rule, and it holds a slash or a dot. */
bool sim_entrant_is_file(const char *name);

/* Add whoever text names.  RET 0; -1 with EINVAL (unknown, or it takes part
 * already), ENOMEM, or what scale_model_load() sets; the field is then
 * unchanged but for some of an "all" */
int sim_field_add(sim_field_t *field, const char *text, scale_err_t *err);
void sim_field_free(sim_field_t *field);

/* A policy or planner of one's own, for one thread.
 * OUT *player for sim_player_free().  RET 0; -1 with ENOMEM or EDOM */
int sim_entrant_player(const sim_entrant_t *entrant, sim_player_t *player,
		       scale_err_t *err);
void sim_player_free(sim_player_t *player);

#endif
