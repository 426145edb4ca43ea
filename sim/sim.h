/*
 * sim.h - the cluster simulator
 *
 * Paper sections 3 and 4.1.2, SPEC sections 1 and 2.  One sim_t is one
 * episode at a time: reset, then next / act until it is done.  All state is
 * in the object; the same configuration and seed give the same bytes,
 * whatever other simulators do.  Changing the policy never changes the
 * workload: every purpose draws from its own stream.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>

#include "../model/conf.h"
#include "../model/err.h"
#include "../model/feat.h"
#include "../model/order.h"

typedef struct sim sim_t;

typedef enum {
	SIM_CLOCK_EVENT,	/* a busy pick defers that primitive alone */
	SIM_CLOCK_PAPER,	/* an invalid pick advances the clock by dt */
} sim_clock_t;

/*
 * Everything that shapes an episode.  Filled from sim_conf_table (conf.h):
 * `scale-sim --print-config` and the manual show the keys; sim_config.c has
 * the named configurations "paper", "base" and "wide" of SPEC 2.
 */
typedef struct sim_config {
	/* cluster */
	int64_t nodes;			/* N */
	scale_conf_doubles_t mix;	/* parts of each tier; 4, 10, 2 */
	scale_conf_doubles_t gflops;	/* C of each tier */
	scale_conf_doubles_t mem_gb;	/* M of each tier */
	scale_conf_doubles_t idle_w;	/* watts of each tier */
	scale_conf_doubles_t busy_w;
	double bandwidth_gb_s;		/* B */
	double latency_s;		/* L */
	/* clock and length */
	int clock;			/* sim_clock_t */
	double dt;			/* s, paper clock */
	double duration;		/* arrivals stop then, s; 0: no limit */
	int64_t workflows;		/* arrivals stop after so many; 0: no limit */
	double warmup;			/* s; earlier arrivals are not measured */
	bool drain;			/* run until all is finished; else the
					   episode ends at duration */
	double drain_limit;		/* s after the last arrival; 0: none */
	/* workload */
	double rate;			/* lambda at N = 16, per second; scaled by
					   N / 16 */
	double load;			/* rho; > 0 overrides rate */
	int arrivals;			/* sim_pace_kind_t, pace.h */
	double burst_factor;		/* rate in a burst over that between */
	double burst_s, calm_s;		/* mean lengths, s */
	double period_s, amplitude;	/* diurnal */
	int64_t tasks_min, tasks_max;	/* primitives in a workflow */
	double two_parents;		/* probability of a second predecessor */
	int topology;			/* sim_topology_t, topology.h */
	scale_conf_list_t mixture;	/* sim_part_t; not empty: overrides
					   topology */
	double edge_probability;	/* topology edges */
	int64_t chain_min, chain_max;	/* primitives of a chain */
	int64_t fan_min, fan_max;	/* primitives of a fan */
	int64_t loops_min, loops_max;	/* of plan-act */
	int64_t tools_min, tools_max;	/* of map-reduce and rerank */
	int64_t debaters_min, debaters_max;
	int64_t rounds_min, rounds_max;	/* of a debate */
	char instances[256];		/* folder of topology instances */
	double instance_gflop;		/* work of each workflow of it */
	double gflop_mean, gflop_sd, gflop_min;
	int demand;			/* sim_demand_t, source.h: what policies
					   and orders know of it */
	double demand_sigma;		/* noisy */
	double need_mean, need_sd, need_min, need_max;	/* memory, GB */
	double out_mean, out_sd, out_min;		/* output, GB */
	/* reward, eq. (2) */
	double w_tau, s_tau;		/* weight and scale of the time term */
	double alpha, delta_max;	/* communication */
	double beta, e_max;		/* energy */
	double invalid_reward;		/* -0.001 */
	/* servers that come and go */
	double mtbf;			/* mean time between failures of one server,
					   s; 0: never.  A failing server's
					   primitive runs again */
	double mttr;			/* mean time to repair, s */
	scale_conf_list_t changes;	/* sim_change_t, timed add and drain */
	char order[SCALE_PARAM_TEXT];	/* first level, order.h */
	bool check;			/* verify the four constraints online */
} sim_config_t;

typedef enum {
	SIM_CHANGE_ADD,
	SIM_CHANGE_DRAIN,	/* takes nothing new, leaves when idle */
	SIM_CHANGE_FAIL,	/* leaves now; its primitive runs again */
	SIM_CHANGE_RETURN,	/* after drain or fail */
} sim_change_what_t;

typedef struct sim_change {
	double at;			/* s */
	int what;			/* sim_change_what_t */
	int64_t tier;			/* add: which tier */
	int64_t count;			/* how many servers */
	int64_t server;			/* drain, fail, return: the first one */
} sim_change_t;

/* One kind of workflow among several. */
typedef struct sim_part {
	int topology;			/* sim_topology_t */
	double weight;			/* of all workflows, in proportion */
} sim_part_t;

extern const scale_conf_key_t sim_conf_table[];

/* Set config, whatever it held, to "paper", "base" or "wide" (the defaults
 * are base).  RET 0, or -1 with EINVAL or ENOMEM. */
int sim_config_named(sim_config_t *config, const char *name,
		     scale_err_t *err);
/* Checks across keys (lists of equal length, min <= max, ...). */
int sim_config_check(const sim_config_t *config, scale_err_t *err);
/* For programs: whether any server can hold any primitive, but for one in a
 * million.  The simulator itself runs such configurations.
 * RET 0, or -1 with EINVAL */
int sim_config_check_memory(const sim_config_t *config, scale_err_t *err);

/* Are there exactly n servers, from beginning to end? */
bool sim_config_steady(const sim_config_t *config, size_t n);

/* rho = lambda E[c per workflow] / sum C, SPEC 2, for any topology and, on
 * the average over time, any arrivals. */
double sim_config_load(const sim_config_t *config);

/* A workflow in arrays. */
typedef struct sim_workflow_spec {
	uint32_t n;			/* primitives */
	double *gflop, *mem_gb, *out_gb;	/* [n] c, m, d */
	double *guess;			/* [n] c as it is estimated, GFLOP; a
					   list of arrivals need not have it */
	double *lag;			/* [n] s from the finish of the last
					   predecessor, or the arrival, until
					   it is ready */
	uint32_t *parent_first;		/* [n + 1] */
	uint32_t *parent;		/* [parent_first[n]] ascending; always
					   below the child's index */
} sim_workflow_spec_t;

/* Workflows that came to a real cluster, say. */
typedef struct sim_arrival {
	double at;			/* s, not before the one before */
	sim_workflow_spec_t flow;
} sim_arrival_t;

typedef struct sim_arrivals {
	const sim_arrival_t *item;	/* [count] */
	size_t count;
} sim_arrivals_t;

/* Copies config; workflows are drawn at random as it says.  Reads the folder
 * of topology instances.
 * RET NULL with EINVAL, ENOMEM or what sim_instances_read() says. */
sim_t *sim_create(const sim_config_t *config, scale_err_t *err);
/* The same with these workflows, one after the other, in place of random
 * ones; workflows and duration of config may end the list earlier.  Its items
 * are borrowed until sim_destroy() and only read: simulators may share them. */
sim_t *sim_create_replay(const sim_config_t *config,
			 const sim_arrivals_t *list, scale_err_t *err);
void sim_destroy(sim_t *sim);

/* Before an episode: weights for an order of the configuration that is that of
 * a model (order.h), borrowed until the next call; NULL, and at first: none. */
void sim_order(sim_t *sim, const scale_order_weights_t *weights);

/* Start an episode.  RET 0, or -1 with ENOMEM. */
int sim_reset(sim_t *sim, uint64_t seed, scale_err_t *err);

typedef enum {
	SIM_DECIDE,		/* a primitive waits for sim_act() */
	SIM_DONE,		/* the episode is over */
	SIM_FAILED,		/* out of memory or a broken constraint; err */
} sim_status_t;

/*
 * Let time pass until a decision is due.  Idempotent until sim_act().
 * Events at the same instant all happen before the next decision.  Event
 * clock: asked for are only primitives that some idle server can hold, the
 * others wait by themselves.  Paper clock: those that a present server, busy
 * or idle, can hold.
 */
sim_status_t sim_next(sim_t *sim, scale_err_t *err);

/*
 * The state of the decision that is due; valid until sim_act().  The work of
 * primitives and what follows from it (ranks, work left, when a busy server
 * gets free) are estimates where config.demand says so; a server that is
 * overdue has a remaining time of 0.  What happens follows the true work.
 */
const scale_cluster_t *sim_cluster(const sim_t *sim);
const scale_task_t *sim_task(const sim_t *sim);
const scale_ready_t *sim_ready(const sim_t *sim);
/* True when some idle server can hold the primitive (event clock: always,
 * when a decision is due). */
bool sim_placeable(const sim_t *sim);
double sim_now(const sim_t *sim);		/* s */
const sim_config_t *sim_config(const sim_t *sim);

typedef enum {
	SIM_ASSIGNED,		/* it runs */
	SIM_DEFERRED,		/* event clock: asked again after the next
				   arrival, completion or cluster change */
	SIM_INVALID,		/* paper clock: the clock went on by dt */
} sim_effect_t;

typedef struct sim_outcome {
	sim_effect_t effect;
	double reward;			/* eq. (2), or invalid_reward */
	double tau;			/* s, 0 unless assigned */
	double delta;			/* s, likewise */
} sim_outcome_t;

enum { SIM_DEFER = -1 };

/* Answer the decision: a server, or SIM_DEFER (paper clock: invalid).
 * OUT out  may be NULL: who wants no rewards need not wait for them
 * RET 0; -1 with EINVAL (no decision is due, server out of range) or a
 * broken constraint (EPROTO) when checks are on. */
int sim_act(sim_t *sim, ssize_t server, sim_outcome_t *out,
	    scale_err_t *err);

/* Sum of response times so far of everything in the system, measured ones
 * only: integral of the number of unfinished primitives of arrived
 * workflows over time (Little's law).  For rewards on the true objective. */
double sim_unfinished_time(const sim_t *sim);

/* Distribution of one quantity over what was measured. */
typedef struct sim_dist {
	uint64_t count;
	double mean, sd, median, p95, p99, max;
} sim_dist_t;

/* Responses and slowdown hold what is unfinished at the end too, with its
 * age: a lower bound that does not reward starving. */
typedef struct sim_metrics {
	sim_dist_t task_response;	/* finish - arrival of workflow, s */
	sim_dist_t task_wait;		/* start - ready, s */
	sim_dist_t workflow_response;	/* last finish - arrival, s */
	sim_dist_t workflow_slowdown;	/* response / critical path on the
					   fastest feasible servers */
	/* No schedule has a smaller mean response, s: no contention, each
	 * primitive on the fastest server that can hold it. */
	double task_bound, workflow_bound;
	double censored_mean;		/* paper: tasks completed within the
					   duration only, s */
	uint64_t tasks_finished, tasks_unfinished;	/* measured ones */
	uint64_t workflows_finished, workflows_unfinished;
	uint64_t decisions, assigned;
	uint64_t deferred;		/* event clock: picked a busy server or
					   SIM_DEFER */
	uint64_t invalid;		/* picked one with too little memory;
					   paper clock: all that is not assigned */
	uint64_t restarted;		/* primitives that a failure killed */
	double utilisation;		/* busy share of the GFLOPS present */
	double comm_gb;			/* moved between servers, over all edges */
	double energy_kj;
	double makespan;		/* clock at the end, s */
} sim_metrics_t;

/* At any time.  RET 0, or -1 with ENOMEM. */
int sim_metrics(sim_t *sim, sim_metrics_t *out, scale_err_t *err);

/* What happened, for traces and pictures. */
typedef enum {
	SIM_NOTE_ARRIVE,	/* workflow; index: how many primitives */
	SIM_NOTE_DECIDE,	/* workflow, index, choice, effect */
	SIM_NOTE_START,		/* workflow, index, server */
	SIM_NOTE_FINISH,	/* workflow, index, server */
	SIM_NOTE_KILL,		/* workflow, index, server: it failed */
	SIM_NOTE_JOIN,		/* server, tier; not those of the beginning */
	SIM_NOTE_LEAVE,		/* server, tier */
	SIM_NOTE_COUNT
} sim_note_kind_t;

typedef struct sim_note {
	sim_note_kind_t kind;
	double time;			/* s */
	uint64_t workflow;		/* in order of arrival, from 0 */
	uint32_t index;
	uint32_t server;		/* number for the whole episode; positions in
					   sim_cluster() change when servers
					   leave */
	uint32_t tier;
	ssize_t choice;			/* as given to sim_act() */
	sim_effect_t effect;
} sim_note_t;

typedef void (*sim_observe_f)(void *arg, const sim_note_t *note);

/* Call observe(arg, note) for all that happens from now on; NULL: no more.
 * Stays over sim_reset(). */
void sim_observe(sim_t *sim, sim_observe_f observe, void *arg);

#endif
