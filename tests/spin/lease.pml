/*
 * lease.pml - who may start a primitive, and when: a model for spin
 *
 * One primitive and the node that it waits for.  Whatever happens under
 * slurmctld's job lock is one atomic step here: the agent's pass, a round of
 * Slurm's own schedulers, a request of the user.  Times are seconds from now
 * and stop at 0, which is the past; the lease is plugin/lease.c.
 *
 * Safety: it starts once, never while it is held, never before the begin time
 * that the user gave it, whoever comes and goes.
 * Liveness (never claim "starts"): once the user is done with it and the node is
 * free it starts, also when the agent dies at any moment, comes back, or stops.
 *
 * MUTANT 1 to 4 break it, and spin must find each; tests/spin/run.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MUTANT
#define MUTANT 0
#endif

#define LEASE 4		/* s */
#define LATEST 6	/* a user's begin time, s from now: beyond a lease */

bool started, held, node_free, user_done;
byte begin_time;	/* details->begin_time, s from now */
byte users;		/* ghost: the begin time that the user last gave */
bool ours;		/* begin_time is what the lease wrote */

/* scale_lease_t */
bool leased;
byte until, begin;

bool alive = true;	/* the agent */

/* scale_lease_drop() */
inline drop()
{
	if
	:: leased && ours -> begin_time = begin; ours = false
	:: else
	fi;
	leased = false
}

/* scale_lease_take() */
inline take()
{
	if
#if MUTANT == 3		/* a begin time of the user's is taken for ours */
	:: !leased -> begin = begin_time
#else
	:: !leased || !ours -> begin = begin_time; leased = false
#endif
	:: else
	fi;
	if
	:: begin > LEASE -> drop()
	:: begin <= LEASE && leased && until * 4 > LEASE * 3 -> skip
	:: else -> leased = true; ours = true; until = LEASE; begin_time = LEASE
	fi
}

inline start()
{
	assert(!started);
	assert(!held);
	assert(users == 0);
	started = true;
	leased = false
}

/* A pass of the plugin: what it decided from was true a moment ago, so it
 * looks again before it starts anything. */
proctype Agent()
{
	bool suits;

end:	do
	:: alive && !started ->
		atomic { suits = node_free && !held };
		atomic {
			if
			:: started || !alive -> skip
			:: else ->
				if
				:: suits && leased -> drop()
				:: else
				fi;
				if
#if MUTANT == 1		/* no second look */
				:: suits -> start()
#elif MUTANT == 2	/* it looks, but not at the begin time */
				:: suits && node_free && !held -> start()
#else
				:: suits && node_free && !held &&
				   begin_time == 0 -> start()
#endif
				:: else ->
					if
					:: held -> drop()
					:: else -> take()
					fi
				fi
			fi
		}
	od
}

/* Main scheduler and backfill. */
proctype Stock()
{
end:	do
	:: atomic { !started && !held && begin_time == 0 && node_free ->
		start() }
	od
}

/* Requests of the user: a few, then no more, and no hold is left. */
proctype User()
{
	byte requests = 0;

	do
	:: requests < 3 && !started -> requests++;
		atomic {
			if
			:: started -> skip
			:: else ->
				if
				:: begin_time = LATEST; users = LATEST;
					ours = false
				:: begin_time = 2; users = 2; ours = false
				:: begin_time = 0; users = 0; ours = false
				:: held = true
				:: held = false
				fi
			fi
		}
	:: break
	od;
	atomic { held = false; user_done = true }
}

/* Kill -9, a clean stop, a new slurmctld that knows of no lease. */
proctype Admin()
{
	if
	:: atomic { alive = false; leased = false }
	:: atomic { alive = false; drop() }
	:: skip
	fi;
	if
	:: atomic { !alive -> alive = true; leased = false; ours = false }
	:: skip
	fi
}

proctype Node()
{
	node_free = true
}

proctype Clock()
{
end:	do
	:: atomic { !started && (begin_time > 0 || users > 0 || until > 0 ||
			begin > 0) ->
		if
#if MUTANT == 4		/* a lease that does not run out */
		:: begin_time > 0 && !ours -> begin_time--
#else
		:: begin_time > 0 -> begin_time--
#endif
		:: else
		fi;
		if :: users > 0 -> users-- :: else fi;
		if :: until > 0 -> until-- :: else fi;
		if :: begin > 0 -> begin-- :: else fi
	}
	od
}

init {
	atomic {
		run Agent(); run Stock(); run User(); run Admin(); run Node();
		run Clock()
	}
}

ltl starts { <> started }
