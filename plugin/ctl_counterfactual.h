/*
 * ctl_counterfactual.h - what another scheduler would have made of the log
 *
 * An estimate: the site's own complete workflows, replayed in the simulator
 * (ctl_replay.h) under the model and under stand-ins for stock scheduling.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_COUNTERFACTUAL_H
#define CTL_COUNTERFACTUAL_H

#include "ctl.h"
#include "ctl_jobs.h"

enum { CTL_COUNTERFACTUAL_LEAST = 10 };	/* complete workflows */

typedef struct ctl_counterfactual ctl_counterfactual_t;

/*
 * IN  jobs sorted; ctl with --model or NULL
 * RET an estimate, or the reason why there is none; NULL with ENOMEM, or
 *     where --model is no model file
 */
ctl_counterfactual_t *ctl_counterfactual_create(const ctl_t *ctl,
						const ctl_jobs_t *jobs,
						scale_err_t *err);
void ctl_counterfactual_destroy(ctl_counterfactual_t *c);

json_t *ctl_counterfactual_json(const ctl_counterfactual_t *c);
void ctl_counterfactual_print(const ctl_counterfactual_t *c);

#endif
