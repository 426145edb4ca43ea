/*
 * pace_test.c - arrivals against their analytic means and dispersions
 *
 * All at one workflow per second on the average.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim_help.h"

#define RATE_1 "duration=0", "workflows=1", "rate=1", "nodes=16"
#define BURSTY "arrivals=bursty", "burst_factor=5", "burst_s=5", "calm_s=15"

enum { WINDOWS = 4000 };

/* Numbers of arrivals in windows of so many seconds, one after the other. */
static void count(const sim_config_t *config, uint64_t seed, double length,
		  double *in)
{
	scale_rng_t gaps, turns;
	sim_pace_t pace;
	double t;

	scale_rng_seed(&gaps, seed, SIM_STREAM_ARRIVAL);
	scale_rng_seed(&turns, seed, SIM_STREAM_PACE);
	sim_pace_init(&pace, config, sim_workload_rate(config));
	sim_pace_reset(&pace, &turns);
	memset(in, 0, WINDOWS * sizeof(*in));
	while ((t = sim_pace_next(&pace, &gaps, &turns)) < WINDOWS * length)
		in[(int) (t / length)]++;
}

/* Every step-th window from the first.  OUT the variance over the mean */
static double moments(const double *in, int first, int step, double *mean)
{
	double sum = 0.0, sum2 = 0.0, n = 0.0;

	for (int i = first; i < WINDOWS; i += step, n++) {
		sum += in[i];
		sum2 += in[i] * in[i];
	}
	*mean = sum / n;
	return (sum2 / n - *mean * *mean) / *mean;
}

/* 80000 s of windows of 20 s.  Dispersion: 1 for Poisson.  Bursty: a quarter
 * of the time at 2.5, the rest at 0.5 per second, so that the rate has the
 * variance 0.75 and, with r = 1/5 + 1/15, the autocovariance 0.75 exp(-r t);
 * dispersion = 1 + 2 0.75 (1 / r - (1 - exp(-20 r)) / (20 r r)) = 5.575. */
START_TEST(spread)
{
	static const struct {
		const char *kind;
		double dispersion;
	} want[] = {
		{ "arrivals=poisson", 1.0 },
		{ "arrivals=bursty", 5.575 },
	};
	double in[WINDOWS], mean, error, dispersion;
	sim_config_t config;

	HELP_CONFIG(&config, RATE_1, BURSTY, want[_i].kind);
	count(&config, 1, 20.0, in);
	dispersion = moments(in, 0, 1, &mean);
	/* neighbouring windows of bursts are correlated: twice the error */
	error = 2.0 * sqrt(20.0 * want[_i].dispersion / WINDOWS);
	ck_assert_double_eq_tol(mean, 20.0, 5.0 * error);
	ck_assert_double_eq_tol(dispersion, want[_i].dispersion,
				0.15 * want[_i].dispersion);
}
END_TEST

/* Half a period holds T/2 (1 +- 2 a / pi) arrivals, a Poisson number. */
START_TEST(diurnal)
{
	double in[WINDOWS], mean, want, half = 15.0;
	sim_config_t config;

	HELP_CONFIG(&config, RATE_1, "arrivals=diurnal", "period_s=30",
		    "amplitude=0.8");
	count(&config, 2, half, in);
	for (int i = 0; i < 2; i++) {
		want = half * (1.0 + (i ? -1.6 : 1.6) / M_PI);
		ck_assert_double_eq_tol(moments(in, i, 2, &mean), 1.0,
					5.0 * sqrt(4.0 / WINDOWS));
		ck_assert_double_eq_tol(mean, want, 5.0 *
					sqrt(2.0 * want / WINDOWS));
	}
}
END_TEST

/* Bursts begin neither always nor never at time 0: the mean over seeds of
 * the first 5 s is 5, too. */
START_TEST(stationary)
{
	const int seeds = 4000;
	double sum = 0.0, sum2 = 0.0;
	sim_config_t config;

	HELP_CONFIG(&config, RATE_1, BURSTY);
	for (int seed = 0; seed < seeds; seed++) {
		scale_rng_t gaps, turns;
		sim_pace_t pace;
		double n = 0.0;

		scale_rng_seed(&gaps, (uint64_t) seed, SIM_STREAM_ARRIVAL);
		scale_rng_seed(&turns, (uint64_t) seed, SIM_STREAM_PACE);
		sim_pace_init(&pace, &config, 1.0);
		sim_pace_reset(&pace, &turns);
		while (sim_pace_next(&pace, &gaps, &turns) < 5.0)
			n++;
		sum += n;
		sum2 += n * n;
	}
	sum /= seeds;
	ck_assert_double_eq_tol(sum, 5.0, 5.0 * sqrt((sum2 / seeds -
						      sum * sum) / seeds));
}
END_TEST

/* The pace is no matter of the workflows, and a seed gives one sequence. */
START_TEST(streams)
{
	static const char *const kind[] = { "arrivals=bursty",
					    "arrivals=diurnal" };
	help_flow_t a[20], b[20], again[20];
	sim_config_t config;

	HELP_CONFIG(&config, RATE_1, "workflows=20");
	help_workload(&config, 3, a, 20);
	HELP_CONFIG(&config, RATE_1, "workflows=20", kind[_i]);
	help_workload(&config, 3, b, 20);
	help_workload(&config, 3, again, 20);
	for (int k = 0; k < 20; k++) {
		uint32_t n = a[k].spec.n;

		ck_assert_uint_eq(n, b[k].spec.n);
		ck_assert(!memcmp(a[k].gflop, b[k].gflop, n * sizeof(double)));
		ck_assert_double_eq(b[k].arrival, again[k].arrival);
		ck_assert(!k || b[k].arrival > b[k - 1].arrival);
	}
	ck_assert_double_ne(a[19].arrival, b[19].arrival);
}
END_TEST

/* The second episode of one simulator is as that of a new one. */
START_TEST(starts_over)
{
	sim_config_t config;
	sim_metrics_t m[2];

	HELP_CONFIG(&config, "workflows=50", "duration=0", BURSTY,
		    "check=true");
	for (int i = 0; i < 2; i++) {
		sim_t *sim = help_start(&config, i ? 9 : 8);

		if (!i) {
			help_finish(sim);
			ck_assert(!sim_reset(sim, 9, NULL));
		}
		help_finish(sim);
		m[i] = help_metrics(sim);
		sim_destroy(sim);
	}
	ck_assert(!memcmp(&m[0], &m[1], sizeof(m[0])));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, spread, 0, 2);
	tcase_add_test(tc, diurnal);
	tcase_add_test(tc, stationary);
	tcase_add_loop_test(tc, streams, 0, 2);
	tcase_add_test(tc, starts_over);
	return test_run("pace", tc);
}
