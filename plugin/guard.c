/*
 * guard.c - when not to trust the model, and who gets it
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "guard.h"
#include "model/rows.h"

/* Moving moments: memory of about 256 decisions. */
static const double least_weight = 1.0 / 256.0;
/* SRR drives variances towards nothing; below this they are rounding. */
static const double least_var = 1e-6;
/* A feature counts as no further from its trained mean. */
static const double clip_deviations = 5.0;

const char *scale_rollout_name(scale_rollout_t rollout)
{
	static const char *const name[SCALE_ROLLOUTS] = {
		"active", "canary", "shadow",
	};

	return rollout < SCALE_ROLLOUTS ? name[rollout] : "?";
}

bool scale_rollout_places(scale_rollout_t rollout, double share, double draw)
{
	if (rollout != SCALE_ROLLOUT_CANARY)
		return rollout == SCALE_ROLLOUT_ACTIVE;
	return draw < share;
}

const char *scale_cause_name(scale_cause_t cause)
{
	static const char *const name[SCALE_CAUSES] = {
		[SCALE_CAUSE_NO_MODEL] = "no_model",
		[SCALE_CAUSE_NONFINITE] = "nonfinite",
		[SCALE_CAUSE_LATE] = "late",
		[SCALE_CAUSE_SIZE] = "size",
		[SCALE_CAUSE_MIX] = "mix",
		[SCALE_CAUSE_TIERS] = "tiers",
		[SCALE_CAUSE_DRIFT] = "drift",
	};

	return cause < SCALE_CAUSES ? name[cause] : "?";
}

const char *scale_cause_text(scale_cause_t cause)
{
	static const char *const text[SCALE_CAUSES] = {
		[SCALE_CAUSE_NO_MODEL] = "no model is loaded",
		[SCALE_CAUSE_NONFINITE] =
			"the model's input or output is not finite",
		[SCALE_CAUSE_LATE] =
			"the model took longer than its budget",
		[SCALE_CAUSE_SIZE] =
			"the number of nodes is outside the trained range",
		[SCALE_CAUSE_MIX] =
			"the nodes differ more than those of training",
		[SCALE_CAUSE_TIERS] =
			"the shares of fast and slow nodes, or of memory, are unlike those of training",
		[SCALE_CAUSE_DRIFT] =
			"the attention feature left its trained distribution",
	};

	return cause < SCALE_CAUSES ? text[cause] : "?";
}

void scale_guard_init(scale_guard_t *guard, const scale_guard_config_t *config,
		      const scale_trained_t *trained)
{
	*guard = (scale_guard_t) { .config = *config, .mix = NAN };
	if (trained)
		guard->trained = *trained;
}

void scale_guard_rearm(scale_guard_t *guard)
{
	memset(guard->told, 0, sizeof(guard->told));
}

void scale_guard_cluster(scale_guard_t *guard, const double *gflops,
			 const double *mem_gb, size_t n)
{
	guard->mix = scale_trained_mix(&guard->trained, gflops, mem_gb, n);
}

static bool size_ok(const scale_guard_t *guard, size_t n)
{
	const scale_trained_t *t = &guard->trained;

	return !t->n_max ||
	       ((double) n * guard->config.size_factor >= t->n_min &&
		(double) n <= t->n_max * guard->config.size_factor);
}

/* Smallest x / max over the cluster; NaN where a number is not usable. */
static double least_ratio(const double *x, size_t n, double max)
{
	double least = max;

	for (size_t j = 0; j < n; j++) {
		if (!(x[j] > 0.0) || !isfinite(x[j]))
			return NAN;
		least = fmin(least, x[j]);
	}
	return least / max;
}

bool scale_guard_before(scale_guard_t *guard, const scale_cluster_t *c,
			size_t nodes, double now, scale_cause_t *cause)
{
	const scale_trained_t *t = &guard->trained;
	double factor = guard->config.mix_factor;
	const scale_cluster_t *rows = c->rows ? &c->rows->set.view : c;
	double speed = least_ratio(rows->gflops, rows->n, c->gflops_max);
	double mem = least_ratio(rows->mem_gb, rows->n, c->mem_max_gb);

	if (now < guard->paused_until)
		*cause = SCALE_CAUSE_LATE;
	else if (!isfinite(speed) || !isfinite(mem))
		*cause = SCALE_CAUSE_NONFINITE;
	else if (!size_ok(guard, nodes))
		*cause = SCALE_CAUSE_SIZE;
	else if (speed * factor < t->speed_min || mem * factor < t->mem_min)
		*cause = SCALE_CAUSE_MIX;
	else if (guard->mix > factor)		/* not where it is NAN */
		*cause = SCALE_CAUSE_TIERS;
	else
		return true;
	return false;
}

/* One absurd primitive counts as a strange one, no more: without a bound it
 * would take the model from everybody for hundreds of decisions. */
static double clipped(const scale_trained_t *t, size_t k, double x)
{
	double room = clip_deviations * sqrt(fmax(t->var[k], least_var));

	return fmax(t->mean[k] - room, fmin(x, t->mean[k] + room));
}

static void moments_add(scale_guard_t *guard, const float *f)
{
	double weight = fmax(1.0 / (double) ++guard->seen, least_weight);

	for (size_t k = 0; k < guard->trained.d; k++) {
		double step = clipped(&guard->trained, k, f[k]) -
			      guard->mean[k];

		guard->mean[k] += weight * step;
		guard->var[k] = (1.0 - weight) *
				(guard->var[k] + weight * step * step);
	}
}

double scale_guard_drift(const scale_guard_t *guard)
{
	const scale_trained_t *t = &guard->trained;
	double sum = 0.0;

	if (guard->seen < SCALE_GUARD_WARM || !t->d)
		return 0.0;
	for (size_t k = 0; k < t->d; k++) {
		double v = fmax(t->var[k], least_var);
		double s = fmax(guard->var[k], least_var) / v;
		double step = guard->mean[k] - t->mean[k];

		sum += step * step / v + s - log(s) - 1.0;
	}
	return sum / (2.0 * (double) t->d);
}

/* Trips above the bound, recovers below half of it. */
static bool drift_ok(scale_guard_t *guard, const float *feature)
{
	double max = guard->config.drift_max, drift;

	if (!feature || !guard->trained.d || max <= 0.0)
		return true;
	moments_add(guard, feature);
	drift = scale_guard_drift(guard);
	if (drift > max)
		guard->drifted = true;
	else if (drift < max / 2.0)
		guard->drifted = false;
	return !guard->drifted;
}

static bool all_finite(const scale_guard_t *guard, const float *feature)
{
	for (size_t k = 0; feature && k < guard->trained.d; k++)
		if (!isfinite(feature[k]))
			return false;
	return true;
}

static bool in_time(scale_guard_t *guard, double us, double now)
{
	if (guard->config.budget_us <= 0.0 || us <= guard->config.budget_us) {
		guard->late_run = 0;
		return true;
	}
	if (++guard->late_run >= SCALE_GUARD_LATE_RUN) {
		guard->late_run = 0;
		guard->paused_until = now + guard->config.pause_s;
	}
	return false;
}

bool scale_guard_after(scale_guard_t *guard, const float *feature,
		       bool finite, double us, double now,
		       scale_cause_t *cause)
{
	bool timely = in_time(guard, us, now);

	if (!finite || !all_finite(guard, feature))
		*cause = SCALE_CAUSE_NONFINITE;
	else if (!drift_ok(guard, feature))
		*cause = SCALE_CAUSE_DRIFT;
	else if (!timely)
		*cause = SCALE_CAUSE_LATE;
	else
		return true;
	return false;
}

bool scale_guard_tell(scale_guard_t *guard, scale_cause_t cause)
{
	bool first = !guard->told[cause];

	guard->count[cause]++;
	guard->told[cause] = true;
	return first;
}
