/*
 * learn.h - a network over batches: forward, backward, losses
 *
 * Uses CBLAS; for trainer and tools, never linked into the plugin.
 * Letters as in net.h.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LEARN_H
#define SCALE_LEARN_H

#include "net.h"

/* States of different N in one batch, borrowed from the caller. */
typedef struct scale_batch {
	size_t states;			/* B > 0 */
	const size_t *first;		/* [B + 1]; state b owns servers
					   first[b] .. first[b+1]-1, at least
					   one; first[0] = 0, first[B] = T */
	const real_t *task;		/* [B][P], phi */
	const real_t *server;		/* [S][T], psi, feature-major */
	const uint8_t *allowed;		/* [T], 0 takes a server out of the
					   softmax; NULL allows all */
} scale_batch_t;

/*
 * Activations of one forward pass, reused from batch to batch and grown when
 * a larger batch comes.  Results of the last forward:
 */
typedef struct scale_workspace scale_workspace_t;

scale_workspace_t *scale_workspace_create(const scale_net_t *net,
					  scale_err_t *err);
void scale_workspace_destroy(scale_workspace_t *ws);

/* p_j of eq. (4), before masking [T]. */
const real_t *scale_workspace_logits(const scale_workspace_t *ws);
/* log pi(j|s) [T]; -INFINITY where not allowed. */
const real_t *scale_workspace_log_probs(const scale_workspace_t *ws);
/* V(s) [B]. */
const real_t *scale_workspace_values(const scale_workspace_t *ws);
/* Feature f [B][d]; of a pointer network the attention feature. */
const real_t *scale_workspace_features(const scale_workspace_t *ws);

/*
 * Forward pass of eqs. (3), (4) and the critic, or of mlp.h.
 * RET 0; -1 with EINVAL (no state, a state without an allowed server or not
 * of the N of an mlp), or ENOMEM.  Non-finite input gives non-finite output, which the caller tests.
 */
int scale_forward(const scale_net_t *net, const scale_batch_t *batch,
		  scale_workspace_t *ws, scale_err_t *err);

/*
 * Backward pass after scale_forward() of the same net, batch and ws.
 * IN  dlogit [T], dvalue [B], dfeature [B][d]; each may be NULL for zero
 * ACC dparams [param_count], gradient is added
 */
void scale_backward(const scale_net_t *net, const scale_batch_t *batch,
		    scale_workspace_t *ws, const real_t *dlogit,
		    const real_t *dvalue, const real_t *dfeature,
		    real_t *dparams);

/* What SRR's decorrelation acts on. */
typedef enum {
	SCALE_SRR_COVARIANCE,	/* the paper: sum of |C_ij| */
	SCALE_SRR_CORRELATION,	/* mean of |C_ij| / (s_i s_j), which no
				   shrinking of f lowers */
	SCALE_SRR_FORMS
} scale_srr_form_t;

typedef struct scale_loss_config {
	double clip;			/* epsilon of the surrogate */
	double c1;			/* weight of the value loss */
	double c2;			/* weight of the entropy */
	scale_srr_form_t srr_form;
	double lambda1;			/* decorrelation */
	double lambda2;			/* KL to the standard normal */
	double srr_weight;		/* w, the ramp of Algorithm 1 line 19 */
	int normalize_advantages;	/* per batch: mean 0, deviation 1 */
} scale_loss_config_t;

/* What PPO knows of each transition of the batch. [B] each. */
typedef struct scale_targets {
	const size_t *action;		/* index within the state */
	const real_t *old_log_prob;
	const real_t *advantage;
	const real_t *ret;		/* return R */
} scale_targets_t;

typedef struct scale_loss {
	double total;			/* eq. (5) */
	double clip;			/* L_clip, Algorithm 1 line 24 */
	double value;			/* L_vf, line 25 */
	double entropy;			/* H, mean over states, nats */
	double decorrelation;		/* L_c, line 27, unweighted */
	double kl;			/* L_d, line 28, unweighted */
	double approx_kl;		/* mean of (rho - 1) - log rho */
	double clip_fraction;		/* share with |rho - 1| > epsilon */
} scale_loss_t;

/*
 * Forward, loss of eq. (5), backward.
 * OUT loss; ACC dparams (NULL: forward and loss alone)
 * RET 0; -1 with EINVAL (also: an action that is out of range or not
 * allowed, B < 2 with SRR), EDOM (loss not finite; dparams untouched) or
 * ENOMEM
 */
int scale_loss_gradient(const scale_net_t *net, const scale_batch_t *batch,
			const scale_targets_t *targets,
			const scale_loss_config_t *config,
			scale_workspace_t *ws, scale_loss_t *loss,
			real_t *dparams, scale_err_t *err);

/*
 * SRR's two terms on features f [B][d], paper section 4.3.
 * L_c = sum over i != j of |C_ij|, or the mean of |C_ij| / (s_i s_j);  L_d = 1/(2d) sum_k (mu_k^2 + s_k^2 -
 * ln s_k^2 - 1); C and s^2 with 1/(B-1).
 * ACC df [B][d] += w_c dL_c/df + w_d dL_d/df; NULL: no gradient
 * RET 0; -1 with EINVAL (B < 2) or EDOM (a dimension without variance)
 */
int scale_srr(const real_t *f, size_t states, size_t d,
	      scale_srr_form_t form, double w_c, double w_d, double *l_c,
	      double *l_d, real_t *df, scale_err_t *err);

#endif
