/*
 * brute_test.c - against a naive simulator, on thousands of tiny instances
 *
 * The reference below knows the rules and nothing of the implementation: it
 * looks at every primitive and every server at every step.  All start and
 * finish times must agree to the last bit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model/rng.h"
#include "sim_help.h"

enum { FLOWS = 6, SERVERS = 8 };

typedef enum { AWAY, WAITING, RUNNING, DONE } state_t;

typedef struct job {
	state_t state;
	bool asked;		/* deferred until the next event */
	int server;
	uint64_t tries;
	double start, finish;
} job_t;

typedef struct naive {
	sim_config_t config;
	help_flow_t flow[FLOWS];
	size_t flows;
	job_t job[FLOWS][HELP_TASKS];
	double gflops[SERVERS], mem_gb[SERVERS];
	bool busy[SERVERS];
	int servers;
	uint64_t seed;
	double now;
	uint64_t step;
} naive_t;

/* An arbitrary policy that knows nothing: often busy, sometimes too small,
 * sometimes a deferral.  The same for both simulators. */
static ssize_t whim(uint64_t seed, uint64_t flow, uint32_t index,
		    uint64_t tries, size_t servers)
{
	uint64_t h = scale_hash64(scale_hash64(seed ^ flow << 32) ^
				  (uint64_t) index << 16 ^ tries);

	return h % 8 == 0 ? SIM_DEFER : (ssize_t) (h / 8 % servers);
}

static bool is_parent(const help_flow_t *f, uint32_t p, uint32_t i)
{
	for (uint32_t e = f->parent_first[i]; e < f->parent_first[i + 1]; e++)
		if (f->parent[e] == p)
			return true;
	return false;
}

static bool is_ready(const naive_t *n, size_t k, uint32_t i)
{
	const help_flow_t *f = &n->flow[k];

	if (n->job[k][i].state != WAITING)
		return false;
	for (uint32_t p = 0; p < f->spec.n; p++)
		if (is_parent(f, p, i) && n->job[k][p].state != DONE)
			return false;
	return true;
}

static int hops(const help_flow_t *f, uint32_t i)
{
	int most = 0;

	for (uint32_t j = 0; j < f->spec.n; j++)
		if (is_parent(f, i, j) && hops(f, j) + 1 > most)
			most = hops(f, j) + 1;
	return most;
}

static double work_left(const naive_t *n, size_t k)
{
	double all = 0.0;

	for (uint32_t i = 0; i < n->flow[k].spec.n; i++)
		if (n->job[k][i].state != DONE)
			all += n->flow[k].gflop[i];
	return all;
}

static uint32_t count_tasks(const naive_t *n, size_t k, state_t state)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->flow[k].spec.n; i++)
		count += n->job[k][i].state == state;
	return count;
}

/* Strictly better than what was found before; the scan goes by arrival and
 * index, so that ties stay with the first. */
static bool is_better(const naive_t *n, size_t k, uint32_t i, size_t bk,
		      uint32_t bi)
{
	const char *order = n->config.order;

	if (!strcmp(order, "hop"))
		return hops(&n->flow[k], i) > hops(&n->flow[bk], bi);
	if (!strcmp(order, "srpt"))
		/* sums in another order may differ in the last bits */
		return work_left(n, k) < work_left(n, bk) - 1e-9;
	if (!strcmp(order, "fewest-left"))
		return n->flow[k].spec.n - count_tasks(n, k, DONE) <
		       n->flow[bk].spec.n - count_tasks(n, bk, DONE);
	if (!strcmp(order, "fair"))
		return count_tasks(n, k, RUNNING) <
		       count_tasks(n, bk, RUNNING);
	return false;	/* fifo, builtin */
}

static bool fits_some(const naive_t *n, double mem_gb, bool idle_only)
{
	for (int j = 0; j < n->servers; j++)
		if (n->mem_gb[j] >= mem_gb && !(idle_only && n->busy[j]))
			return true;
	return false;
}

static bool any_asked(const naive_t *n)
{
	for (size_t k = 0; k < n->flows; k++)
		for (uint32_t i = 0; i < n->flow[k].spec.n; i++)
			if (n->job[k][i].asked)
				return true;
	return false;
}

static bool find_first(const naive_t *n, size_t *fk, uint32_t *fi)
{
	bool event = n->config.clock == SIM_CLOCK_EVENT, found = false;
	bool blocks = event && !strcmp(n->config.order, "builtin");

	if (blocks && any_asked(n))
		return false;
	for (size_t k = 0; k < n->flows; k++)
		for (uint32_t i = 0; i < n->flow[k].spec.n; i++) {
			if (!is_ready(n, k, i) || n->job[k][i].asked ||
			    !fits_some(n, n->flow[k].mem_gb[i],
				       event && !blocks))
				continue;
			if (found && !is_better(n, k, i, *fk, *fi))
				continue;
			*fk = k;
			*fi = i;
			found = true;
		}
	return found &&
	       fits_some(n, n->flow[*fk].mem_gb[*fi], event);
}

/* The earliest time at which something happens by itself. */
static double next_time(const naive_t *n)
{
	double t = INFINITY;

	for (size_t k = 0; k < n->flows; k++) {
		if (n->job[k][0].state == AWAY)
			t = fmin(t, n->flow[k].arrival);
		for (uint32_t i = 0; i < n->flow[k].spec.n; i++)
			if (n->job[k][i].state == RUNNING)
				t = fmin(t, n->job[k][i].finish);
	}
	return t;
}

static void happen(naive_t *n, double until)
{
	for (size_t k = 0; k < n->flows; k++)
		for (uint32_t i = 0; i < n->flow[k].spec.n; i++) {
			job_t *job = &n->job[k][i];

			if (job->state == AWAY && n->flow[k].arrival <= until)
				job->state = WAITING;
			if (job->state == RUNNING && job->finish <= until) {
				job->state = DONE;
				n->busy[job->server] = false;
			}
			job->asked = false;
		}
}

static bool all_done(const naive_t *n)
{
	for (size_t k = 0; k < n->flows; k++)
		for (uint32_t i = 0; i < n->flow[k].spec.n; i++)
			if (n->job[k][i].state != DONE)
				return false;
	return true;
}

static double limit(const naive_t *n)
{
	double last = 0.0;

	for (size_t k = 0; k < n->flows; k++) {
		if (n->job[k][0].state == AWAY)
			return INFINITY;
		last = n->flow[k].arrival;
	}
	return last + n->config.drain_limit;
}

static void step(naive_t *n)
{
	n->now = (double) ++n->step * n->config.dt;
	/* nothing that the limit cuts off may happen */
	happen(n, fmin(n->now, limit(n)));
}

static void ask(naive_t *n, size_t k, uint32_t i)
{
	job_t *job = &n->job[k][i];
	ssize_t j = whim(n->seed, k, i, job->tries++, (size_t) n->servers);

	if (j >= 0 && !n->busy[j] && n->mem_gb[j] >= n->flow[k].mem_gb[i]) {
		job->state = RUNNING;
		job->server = (int) j;
		job->start = n->now;
		job->finish = n->now + n->flow[k].gflop[i] / n->gflops[j];
		n->busy[j] = true;
	} else if (n->config.clock == SIM_CLOCK_EVENT) {
		job->asked = true;
	} else {
		step(n);
	}
}

static void run_naive(naive_t *n)
{
	uint32_t i = 0;
	size_t k = 0;

	while (!all_done(n) && n->now < limit(n)) {
		double t = next_time(n);

		if (find_first(n, &k, &i)) {
			ask(n, k, i);
		} else if (n->config.clock == SIM_CLOCK_PAPER) {
			if (t == INFINITY)
				break;
			step(n);
		} else {
			if (t > limit(n) || t == INFINITY)
				break;
			n->now = t;
			happen(n, t);
		}
	}
}

static void place_servers(naive_t *n, const sim_t *sim)
{
	const scale_cluster_t *c = sim_cluster(sim);

	n->servers = (int) c->n;
	for (int j = 0; j < n->servers; j++) {
		n->gflops[j] = c->gflops[j];
		n->mem_gb[j] = c->mem_gb[j];
	}
}

/* What the simulator says of each primitive. */
typedef struct seen {
	double start[FLOWS][HELP_TASKS], finish[FLOWS][HELP_TASKS];
	size_t finished;
} seen_t;

static void watch(void *arg, const sim_note_t *note)
{
	seen_t *seen = arg;

	if (note->kind == SIM_NOTE_START)
		seen->start[note->workflow][note->index] = note->time;
	if (note->kind == SIM_NOTE_FINISH) {
		seen->finish[note->workflow][note->index] = note->time;
		seen->finished++;
	}
}

static void run_sim(sim_t *sim, uint64_t seed, seen_t *seen)
{
	uint64_t tries[FLOWS][HELP_TASKS] = { 0 };

	sim_observe(sim, watch, seen);
	while (help_next(sim) == SIM_DECIDE) {
		uint64_t k = sim_ready(sim)->workflow;
		uint32_t i = sim_ready(sim)->index;

		help_act(sim, whim(seed, k, i, tries[k][i]++,
				   sim_cluster(sim)->n));
	}
}

static void compare(const naive_t *n, const seen_t *seen, uint64_t seed)
{
	size_t finished = 0;

	for (size_t k = 0; k < n->flows; k++)
		for (uint32_t i = 0; i < n->flow[k].spec.n; i++) {
			const job_t *job = &n->job[k][i];

			if (job->state == RUNNING || job->state == DONE)
				ck_assert_msg(job->start == seen->start[k][i],
					      "seed %d: start of %d.%d: %.17g, %.17g",
					      (int) seed, (int) k, (int) i,
					      job->start, seen->start[k][i]);
			if (job->state != DONE)
				continue;
			finished++;
			ck_assert_msg(job->finish == seen->finish[k][i],
				      "seed %d: finish of %d.%d: %.17g, %.17g",
				      (int) seed, (int) k, (int) i,
				      job->finish, seen->finish[k][i]);
		}
	ck_assert_uint_eq(finished, seen->finished);
}

/* A small random configuration; equal sizes and few speeds every other time,
 * so that many things happen at the same instant. */
static void draw_config(sim_config_t *config, uint64_t seed)
{
	static const char *const order[] = { "hop", "fifo", "srpt",
					     "fewest-left", "fair",
					     "builtin" };
	scale_rng_t rng;
	bool equal = seed % 2;

	scale_rng_seed(&rng, seed, 1000);
	config->nodes = 1 + (int64_t) scale_rng_below(&rng, 6);
	config->workflows = 1 + (int64_t) scale_rng_below(&rng, FLOWS);
	config->rate = 2.0 + (double) scale_rng_below(&rng, 30);
	strcpy(config->order, order[scale_rng_below(&rng, 6)]);
	config->gflops.value[1] = equal ? 4 : 5;
	config->gflops.value[2] = equal ? 4 : 10;
	config->gflop_sd = equal ? 0 : 3;
}

static size_t unfinished;

static void run_both(const sim_config_t *base, uint64_t seed)
{
	seen_t seen = { 0 };
	naive_t n = { .config = *base, .seed = seed };
	sim_t *sim;

	draw_config(&n.config, seed);
	n.flows = help_workload(&n.config, seed, n.flow, FLOWS);
	ck_assert_uint_eq(n.flows, n.config.workflows);
	sim = help_start(&n.config, seed);
	place_servers(&n, sim);
	run_sim(sim, seed, &seen);
	run_naive(&n);
	compare(&n, &seen, seed);
	unfinished += help_metrics(sim).tasks_unfinished;
	sim_destroy(sim);
}

START_TEST(agrees)
{
	sim_config_t config;

	HELP_CONFIG(&config, "duration=0", "workflows=1", "tasks_min=1",
		    "tasks_max=6", "mix=[1, 1, 1]", "dt=0.25", "need_sd=12",
		    "drain_limit=40", "check=true",
		    _i ? "clock=paper" : "clock=event");
	for (uint64_t seed = 0; seed < 2500; seed++)
		run_both(&config, seed);
	/* some of the instances must reach the ends, too */
	ck_assert_uint_gt(unfinished, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, agrees, 0, 2);
	return test_run("brute", tc);
}
