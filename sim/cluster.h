/*
 * cluster.h - the servers of a simulated cluster
 *
 * Servers are known by a number (uid) for the whole episode, and by their
 * position in the arrays that policies see while they are present.  A server
 * that leaves gives its position to the last one, so that every change costs
 * the same whatever N is.
 *
 *   up --drain--> draining --its primitive ends--> out    (idle: at once)
 *   up --random failure--> down --repair--> up
 *   any --fail--> out,  any --return--> up
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include "../model/index.h"
#include "../model/rng.h"
#include "sim.h"

#define SIM_NO_INDEX UINT32_MAX	/* no position, no primitive */

typedef enum {
	SIM_SERVER_UP,
	SIM_SERVER_DRAINING,	/* present until its primitive ends */
	SIM_SERVER_DOWN,	/* failed, will be repaired */
	SIM_SERVER_OUT,		/* drained, or failed by config.changes */
} sim_server_state_t;

typedef struct sim_server {
	uint32_t pos;		/* in the view, or SIM_NO_INDEX */
	uint32_t task;		/* what it runs, or SIM_NO_INDEX */
	uint32_t tier;
	uint32_t state;		/* sim_server_state_t */
	uint32_t run;		/* counts starts and stops */
	uint32_t life;		/* counts joins, leaves and expulsions */
	double since;		/* start of the present run, s */
} sim_server_t;

/* What only its coming and going touches. */
typedef struct sim_record {
	double joined;		/* when it became present, s */
	uint32_t returns;	/* by config.changes; names the stream */
	scale_rng_t rng;	/* its failures and repairs */
} sim_record_t;

typedef struct sim_tier {
	double gflops, mem_gb, idle_w, busy_w;
	uint32_t class;		/* index of mem_gb among the distinct ones */
	uint32_t present, idle, down;	/* servers */
	double busy_s, present_s;	/* server-seconds of what has ended */
} sim_tier_t;

/* A memory class c holds primitives that fit tiers of class >= c. */
typedef struct sim_cluster {
	scale_cluster_t view;	/* what policies see; arrays and index below */
	scale_index_t index;	/* its kinds are the tiers */
	double *gflops, *mem_gb, *free_at, *power_kw;	/* [room] by position */
	uint8_t *busy;
	uint32_t *uid_at;	/* [room] position to uid */
	sim_server_t *server;	/* [room] by uid */
	sim_record_t *record;	/* [room] likewise */
	size_t servers;		/* uids given out */
	size_t room;
	uint64_t changes;	/* joins and leaves so far, never reset */
	uint64_t seed;
	size_t tiers, classes;
	sim_tier_t tier[SCALE_CONF_NUMBERS];
	double class_gb[SCALE_CONF_NUMBERS];	/* ascending, distinct */
} sim_cluster_t;

/* Servers of each tier: nodes in proportion to mix, largest remainders
 * first.  OUT count [mix.count] */
void sim_cluster_shares(const sim_config_t *config, uint32_t *count);

/* Tables of tiers and classes; no server yet. */
void sim_cluster_init(sim_cluster_t *c, const sim_config_t *config);
void sim_cluster_fini(sim_cluster_t *c);

/* The configured servers, tier by tier, all idle at time 0.
 * RET 0, or -1 with ENOMEM. */
int sim_cluster_reset(sim_cluster_t *c, const sim_config_t *config,
		      uint64_t seed);

/* A new server.  RET 0, or -1 with ENOMEM. */
int sim_cluster_add(sim_cluster_t *c, uint32_t tier, double now);

/* The class of a primitive; c->classes when no tier has the memory. */
uint32_t sim_cluster_class(const sim_cluster_t *c, double mem_gb);

/* The highest class among the idle, the present, and those present or under
 * repair; -1 when there is none. */
int sim_cluster_top_idle(const sim_cluster_t *c);
int sim_cluster_top_present(const sim_cluster_t *c);
int sim_cluster_top_expected(const sim_cluster_t *c);

/* Server uid starts task, or stops it (finished or killed); finish: when the
 * view says that it gets free. */
void sim_cluster_start(sim_cluster_t *c, uint32_t uid, uint32_t task,
		       double now, double finish);
void sim_cluster_stop(sim_cluster_t *c, uint32_t uid, double now);

/* Take uid off the view with a new state; it must be idle. */
void sim_cluster_leave(sim_cluster_t *c, uint32_t uid,
		       sim_server_state_t state, double now);
/* A server under repair will not come back by itself; no-op when out. */
void sim_cluster_expel(sim_cluster_t *c, uint32_t uid);
/* Bring a server that is down or out back, idle. */
void sim_cluster_join(sim_cluster_t *c, uint32_t uid, double now);

/* Server-seconds busy and present of a tier until now, with those of runs
 * that go on.  OUT busy_s, present_s [tiers]; scans all servers */
void sim_cluster_usage(const sim_cluster_t *c, double now, double *busy_s,
		       double *present_s);

/* True when positions, counts and flags agree with each other. */
bool sim_cluster_selfcheck(const sim_cluster_t *c);

#endif
