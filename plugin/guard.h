/*
 * guard.h - when not to trust the model, and who gets it
 *
 * Three questions of the agent's thread, none of which blocks or allocates:
 * which workflows are the model's (rollout), is this cluster like the ones it
 * was trained on (range), and do its decisions look as they did
 * there (drift, late, not finite).  A fallback is counted in stats.h, and
 * logged once for each cause until scale_guard_rearm().
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_GUARD_H
#define SCALE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/feat.h"
#include "trained.h"

/* Who gets the model's placements. */
typedef enum {
	SCALE_ROLLOUT_ACTIVE,		/* every workflow of ours */
	SCALE_ROLLOUT_CANARY,		/* a stable random share of them */
	SCALE_ROLLOUT_SHADOW,		/* none: decide, log, place nothing */
	SCALE_ROLLOUTS
} scale_rollout_t;

const char *scale_rollout_name(scale_rollout_t rollout);	/* "canary" */

/* True where the model places the workflow that drew this number in [0, 1)
 * (scale_workflow_draw()); else it only logs, and stock scheduling places.  A
 * larger share keeps the workflows of a smaller one. */
bool scale_rollout_places(scale_rollout_t rollout, double share, double draw);

typedef enum {
	SCALE_CAUSE_NO_MODEL,		/* none could be loaded */
	SCALE_CAUSE_NONFINITE,		/* NaN or infinity in or out */
	SCALE_CAUSE_LATE,		/* over the budget */
	SCALE_CAUSE_SIZE,		/* N outside the trained range */
	SCALE_CAUSE_MIX,		/* speeds or memories unlike training */
	SCALE_CAUSE_TIERS,		/* shares of fast and slow nodes unlike
					   training */
	SCALE_CAUSE_DRIFT,		/* attention feature moved away */
	SCALE_CAUSES
} scale_cause_t;

const char *scale_cause_name(scale_cause_t cause);	/* "nonfinite", ... */
const char *scale_cause_text(scale_cause_t cause);	/* a sentence */

enum {
	SCALE_GUARD_WARM = 64,		/* decisions before drift is judged */
	SCALE_GUARD_LATE_RUN = 8,	/* late ones in a row that pause it */
};

typedef struct scale_guard_config {
	double budget_us;		/* of one decision; 0: none */
	double size_factor;		/* N may leave the range by so much */
	double mix_factor;		/* ratios, and the mix, likewise */
	double drift_max;		/* of scale_guard_drift(); 0: off */
	double pause_s;			/* after a run of late decisions */
} scale_guard_config_t;

typedef struct scale_guard {
	scale_guard_config_t config;
	scale_trained_t trained;
	double mean[SCALE_TRAINED_FEATURES], var[SCALE_TRAINED_FEATURES];
	uint64_t seen;			/* features */
	double mix;			/* scale_trained_mix(); NAN: not known */
	bool drifted;
	unsigned late_run;
	double paused_until;		/* s, the caller's clock */
	bool told[SCALE_CAUSES];
	uint64_t count[SCALE_CAUSES];
} scale_guard_t;

/* A new model: everything starts over.  trained NULL: range and drift are
 * off. */
void scale_guard_init(scale_guard_t *guard, const scale_guard_config_t *config,
		      const scale_trained_t *trained);
/* Log every cause once more (reconfigure, new day). */
void scale_guard_rearm(scale_guard_t *guard);

/* The cluster as a whole, when it or the model is new.  Allocates.
 * IN  gflops, mem_gb  [n] of all nodes */
void scale_guard_cluster(scale_guard_t *guard, const double *gflops,
			 const double *mem_gb, size_t n);

/*
 * Before a decision.  RET true where the model may be asked; else *cause.
 * IN  nodes of the whole cluster: that one job may use a few of them only is
 *     no reason for distrust; now: any steady clock, s.  Costs O(N), or
 *     what there are rows where they are kept.
 */
bool scale_guard_before(scale_guard_t *guard, const scale_cluster_t *cluster,
			size_t nodes, double now, scale_cause_t *cause);

/*
 * After the model decided.  RET true where its choice may be used; else
 * *cause.  feature [d] of scale_decision_t, NULL: not known; finite is false
 * where it failed with EDOM; us is what it took.
 * While drifted the model is still asked, so that its return is seen.
 */
bool scale_guard_after(scale_guard_t *guard, const float *feature,
		       bool finite, double us, double now,
		       scale_cause_t *cause);

/* Count a fallback.  RET true where it is the first of its cause: log it. */
bool scale_guard_tell(scale_guard_t *guard, scale_cause_t cause);

/*
 * Divergence of the running moments of f from those of training, as SRR's
 * L_d with the stored moments in place of the standard normal:
 * 1/(2d) sum_k ((mu_k - m_k)^2 / v_k + s_k^2 / v_k - ln(s_k^2 / v_k) - 1).
 * 0 before SCALE_GUARD_WARM decisions.
 */
double scale_guard_drift(const scale_guard_t *guard);

#endif
