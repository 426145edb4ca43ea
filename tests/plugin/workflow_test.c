/*
 * workflow_test.c - identity, edges, hops, progress and forgetting
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/rng.h"
#include "plugin/idmap.h"
#include "plugin/workflow.h"
#include "tests/test_run.h"

static scale_flow_t *flow;

static void setup(void)
{
	flow = scale_flow_create(NULL);
	ck_assert_ptr_nonnull(flow);
}

static void teardown(void)
{
	scale_flow_destroy(flow);
}

static scale_stage_t *add(uint32_t id, uint32_t count, const char *wf)
{
	scale_stage_info_t info = {
		.id = id, .uid = 1, .count = count, .task_step = 1,
		.submitted = id, .gflop = 10.0, .out_gb = 0.5, .wf = wf,
	};
	scale_stage_t *stage = scale_flow_add(flow, &info, NULL);

	ck_assert_ptr_nonnull(stage);
	return stage;
}

static void edge(scale_stage_t *parent, scale_stage_t *child, uint32_t task)
{
	ck_assert_int_eq(scale_flow_link(flow, child, parent, task, NULL), 0);
}

static scale_ready_t ready(scale_stage_t *stage, uint32_t task)
{
	scale_ready_t r;

	ck_assert_int_eq(scale_flow_ready(flow, stage, task, &r, NULL), 0);
	return r;
}

static scale_facts_t facts(scale_stage_t *stage, uint32_t task)
{
	scale_facts_t f;

	scale_flow_facts(stage, task, &f);
	return f;
}

/* plan -> 3 tools -> join, and a check that waits for one tool only:
 *   plan(1) -> tools(2, 3 tasks) -> join(3);  tools[1] -> check(4) -> join */
START_TEST(paper_hops_and_facts)
{
	scale_stage_t *plan = add(1, 1, ""), *tools = add(2, 3, "");
	scale_stage_t *join = add(3, 1, ""), *check = add(4, 1, "");

	edge(plan, tools, SCALE_TASK_ALL);
	edge(tools, join, SCALE_TASK_ALL);
	edge(tools, check, 1);
	edge(check, join, SCALE_TASK_ALL);
	ck_assert_uint_eq(ready(plan, 0).hops, 3);
	ck_assert_uint_eq(ready(tools, 2).hops, 2);
	ck_assert_uint_eq(ready(check, 0).hops, 1);
	ck_assert_uint_eq(ready(join, 0).hops, 0);
	/* index counts primitives: plan 0, tools 1..3, join 4, check 5 */
	ck_assert_uint_eq(ready(tools, 2).index, 3);
	ck_assert_uint_eq(ready(check, 0).index, 5);
	ck_assert_double_eq(ready(join, 0).work_left, 60.0);
	ck_assert_double_eq(ready(join, 0).arrival, 1.0);
	ck_assert_uint_eq(facts(plan, 0).successors, 3);
	ck_assert_uint_eq(facts(tools, 0).successors, 1);
	ck_assert_uint_eq(facts(tools, 1).successors, 2);
	ck_assert_uint_eq(facts(plan, 0).workflow_size, 6);
	ck_assert(!facts(plan, 0).has_parent);
	ck_assert(facts(join, 0).has_parent);
	ck_assert_ptr_null(facts(join, 0).parent_node);
}
END_TEST

/* Upward rank, worked by hand: exec 10/2*4 = 20 s, comm (0.5/10+0.05)*4 s. */
START_TEST(paper_upward_rank)
{
	scale_stage_t *a = add(1, 1, ""), *b = add(2, 1, "");

	edge(a, b, SCALE_TASK_ALL);
	scale_flow_costs(flow, 2.0, 10.0, 0.05, 4.0);
	ck_assert_double_eq_tol(ready(b, 0).upward_rank, 20.0, 1e-12);
	ck_assert_double_eq_tol(ready(a, 0).upward_rank, 40.4, 1e-12);
}
END_TEST

/* An id that comes again belongs to another job: what is known of the old one
 * goes with its workflow, unless a record of it is still there. */
START_TEST(id_again)
{
	scale_stage_t *a = add(1, 1, "w"), *b = add(2, 2, "w");
	scale_stage_t *other = add(3, 1, "v");

	edge(a, b, SCALE_TASK_ALL);
	edge(b, other, SCALE_TASK_ALL);		/* names differ: not joined */
	scale_flow_start(b, 1, "n1", 10, NULL);
	scale_flow_end(b, 1, 20);
	ck_assert_str_eq(facts(other, 0).parent_node, "n1");
	a->live = 1;
	ck_assert(!scale_flow_forget(flow, b));
	ck_assert_ptr_eq(scale_flow_find(flow, 2), b);
	a->live = 0;
	ck_assert(scale_flow_forget(flow, b));
	ck_assert_ptr_null(scale_flow_find(flow, 1));
	ck_assert_ptr_null(scale_flow_find(flow, 2));
	ck_assert_ptr_null(facts(other, 0).parent_node);
	ck_assert_uint_eq(scale_flow_count(flow), 1);
	b = add(2, 1, "w");
	ck_assert_uint_eq(b->run_count, 0);
	ck_assert_uint_eq(b->workflow->size, 1);
	ck_assert(!facts(b, 0).has_parent);
}
END_TEST

/* The predecessor that finished first decides where data comes from. */
START_TEST(paper_parent)
{
	scale_stage_t *a = add(1, 1, ""), *b = add(2, 2, ""), *c = add(3, 2, "");

	edge(a, c, SCALE_TASK_ALL);
	edge(b, c, SCALE_TASK_SAME);
	a->out_gb = 7.0;
	scale_flow_start(a, 0, "n1", 10, NULL);
	scale_flow_start(b, 0, "n2", 10, NULL);
	scale_flow_start(b, 1, "n3", 10, NULL);
	ck_assert_ptr_null(facts(c, 0).parent_node);	/* none has ended */
	scale_flow_end(b, 1, 11);
	ck_assert_ptr_null(facts(c, 0).parent_node);	/* not its own */
	ck_assert_str_eq(facts(c, 1).parent_node, "n3");
	scale_flow_end(a, 0, 12);
	ck_assert_str_eq(facts(c, 0).parent_node, "n1");
	ck_assert_double_eq(facts(c, 0).parent_out_gb, 7.0);
	scale_flow_end(b, 0, 13);
	ck_assert_str_eq(facts(c, 0).parent_node, "n1");
	ck_assert_str_eq(facts(c, 1).parent_node, "n3");
	ck_assert_double_eq(facts(c, 1).parent_out_gb, 0.5);
	ck_assert_uint_eq(facts(c, 0).workflow_done, 3);
	ck_assert_double_eq(ready(c, 0).work_left, 20.0);
}
END_TEST

START_TEST(api_identity)
{
	scale_stage_t *a = add(1, 1, "x"), *b = add(2, 1, "x"), *c = add(3, 1, "y");
	scale_stage_t *d = add(4, 1, ""), *e = add(5, 1, "");
	scale_stage_info_t other = { .id = 6, .uid = 2, .count = 1, .wf = "x" };
	scale_stage_t *f = scale_flow_add(flow, &other, NULL);

	ck_assert_ptr_eq(a->workflow, b->workflow);
	ck_assert_ptr_ne(a->workflow, c->workflow);
	ck_assert_ptr_ne(a->workflow, f->workflow);	/* another user */
	ck_assert_uint_eq(scale_flow_count(flow), 5);
	edge(d, e, SCALE_TASK_ALL);
	ck_assert_ptr_eq(d->workflow, e->workflow);
	edge(b, c, SCALE_TASK_ALL);			/* named differently */
	ck_assert_ptr_ne(b->workflow, c->workflow);
	ck_assert_uint_eq(ready(b, 0).hops, 0);
	edge(e, c, SCALE_TASK_ALL);			/* takes the name */
	ck_assert_ptr_eq(d->workflow, c->workflow);
	ck_assert_str_eq(d->workflow->name, "y");
	ck_assert_uint_eq(ready(d, 0).hops, 2);
	ck_assert_uint_eq(scale_flow_count(flow), 3);
	ck_assert_double_eq(ready(c, 0).arrival, 3.0);
	edge(a, f, SCALE_TASK_ALL);			/* never across users */
	ck_assert_ptr_ne(a->workflow, f->workflow);
}
END_TEST

/* Edges come before what an engine calls its run, and after what the user
 * says. */
START_TEST(api_weak_names)
{
	scale_stage_info_t info = { .uid = 1, .count = 1, .weak = true };
	scale_stage_t *a, *b, *c = add(3, 1, "user");
	char name[SCALE_NAME_SIZE];

	info.id = 1;
	info.wf = "run-1";
	a = scale_flow_add(flow, &info, NULL);
	info.id = 2;
	info.wf = "run-2";
	b = scale_flow_add(flow, &info, NULL);
	ck_assert_ptr_ne(a->workflow, b->workflow);
	a->announce = b->announce = c->announce = false;
	edge(a, b, SCALE_TASK_ALL);
	ck_assert_ptr_eq(a->workflow, b->workflow);
	scale_workflow_name(b->workflow, name);
	ck_assert_str_eq(name, "run-1");
	ck_assert(!a->announce && b->announce);
	b->announce = false;
	edge(b, c, SCALE_TASK_ALL);
	ck_assert_ptr_eq(a->workflow, c->workflow);
	scale_workflow_name(a->workflow, name);
	ck_assert_str_eq(name, "user");
	ck_assert(a->announce && b->announce);
	/* the same name from both is the user's */
	info.id = 4;
	info.wf = "user";
	a = scale_flow_add(flow, &info, NULL);
	ck_assert_ptr_eq(a->workflow, c->workflow);
	ck_assert(!a->workflow->weak);
}
END_TEST

static double draw_of(scale_stage_t *stage)
{
	return scale_workflow_draw(stage->workflow);
}

/* An earlier job, another workflow, a name: none of them changes what was
 * drawn, once it has counted. */
START_TEST(api_draw_is_for_life)
{
	scale_stage_t *a = add(10, 1, ""), *b = add(5, 1, ""), *c, *d;
	char name[SCALE_NAME_SIZE];
	double draw;

	scale_workflow_settle(a->workflow);
	draw = draw_of(a);
	edge(b, a, SCALE_TASK_ALL);
	ck_assert_uint_eq(a->workflow->first->id, 5);
	scale_workflow_name(a->workflow, name);
	ck_assert_str_eq(name, "job-10");
	ck_assert_double_eq(draw_of(b), draw);
	c = add(3, 1, "");
	scale_workflow_settle(c->workflow);
	ck_assert_double_ne(draw_of(c), draw);
	c->announce = false;
	edge(c, a, SCALE_TASK_ALL);
	ck_assert_double_eq(draw_of(c), draw);
	ck_assert(c->announce);
	d = add(11, 1, "late");
	edge(a, d, SCALE_TASK_ALL);
	scale_workflow_name(a->workflow, name);
	ck_assert_str_eq(name, "late");
	ck_assert_double_eq(draw_of(d), draw);
	/* before it counted, the first job decides */
	a = add(21, 1, "");
	b = add(20, 1, "");
	edge(b, a, SCALE_TASK_ALL);
	scale_workflow_settle(a->workflow);
	scale_workflow_name(a->workflow, name);
	ck_assert_str_eq(name, "job-20");
}
END_TEST

/* Of 20,000 workflows, within 4.5 standard deviations of a binomial. */
START_TEST(api_draws_are_uniform)
{
	int tenth = 0, other = 0;

	for (int i = 0; i < 20000; i++) {
		scale_workflow_t wf = { .uid = 1 };
		bool low;

		snprintf(wf.name, sizeof(wf.name), "wf-%d", i);
		low = scale_workflow_draw(&wf) < 0.1;
		tenth += low;
		wf.uid = 2;		/* independent of the first user's */
		other += low && scale_workflow_draw(&wf) < 0.1;
	}
	ck_assert_int_lt(abs(tenth - 2000), 191);
	ck_assert_int_lt(abs(other - 200), 64);
}
END_TEST

START_TEST(api_edges)
{
	scale_stage_t *a = add(1, 1, ""), *b = add(2, 1, "");
	scale_ready_t r;

	ck_assert_int_eq(scale_flow_link(flow, a, a, SCALE_TASK_ALL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	for (int i = 0; i < 5; i++)
		edge(a, b, SCALE_TASK_ALL);
	ck_assert_uint_eq(a->out_count, 1);
	ck_assert_uint_eq(facts(a, 0).successors, 1);
	/* Slurm refuses cycles; should one come, nothing hangs */
	edge(b, a, SCALE_TASK_ALL);
	ck_assert_int_eq(scale_flow_ready(flow, a, 0, &r, NULL), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_uint_eq(r.hops, 0);
}
END_TEST

START_TEST(api_marks_children)
{
	scale_stage_t *a = add(1, 1, ""), *b = add(2, 1, "");

	edge(a, b, SCALE_TASK_ALL);
	b->check = false;
	scale_flow_start(a, 0, "n1", 5, NULL);	/* "after" waits for this */
	ck_assert(b->check);
	b->check = false;
	scale_flow_end(a, 0, 6);
	ck_assert(b->check);
	b->check = false;
	scale_flow_end(a, 0, 7);		/* again: no change */
	ck_assert(!b->check);
	ck_assert_uint_eq(a->done, 1);
}
END_TEST

START_TEST(api_requeue_and_drop)
{
	scale_stage_t *a = add(1, 3, "");

	scale_flow_start(a, 2, "n1", 5, NULL);
	scale_flow_requeue(a, 2);
	ck_assert_ptr_null(scale_flow_run(a, 2));
	ck_assert_uint_eq(a->done, 0);
	scale_flow_start(a, 2, "n2", 6, NULL);
	scale_flow_end(a, 2, 7);
	scale_flow_requeue(a, 2);		/* requeued after its end */
	ck_assert_uint_eq(a->workflow->done, 0);
	ck_assert_double_eq(a->workflow->work_left, 30.0);
	ck_assert_int_eq(scale_flow_drop(a, 0, 8, NULL), 0);
	ck_assert_int_eq(scale_flow_drop(a, 0, 9, NULL), 0);
	ck_assert_uint_eq(a->workflow->done, 1);
	scale_flow_requeue(a, 1);		/* never ran */
	for (uint32_t i = 0; i < 5; i++)	/* more than it was thought to have */
		scale_flow_start(a, 10 + i, "n1", 9, NULL);
	ck_assert_uint_eq(a->count, 6);
	ck_assert_uint_eq(a->workflow->size, 6);
}
END_TEST

START_TEST(api_task_ranks)
{
	scale_stage_info_t info = { .id = 9, .count = 3, .task_first = 10,
				    .task_step = 5 };
	scale_stage_t *a = scale_flow_add(flow, &info, NULL);

	ck_assert_uint_eq(scale_flow_rank(a, 10), 0);
	ck_assert_uint_eq(scale_flow_rank(a, 20), 2);
	ck_assert_uint_eq(scale_flow_rank(a, 3), 0);
	ck_assert_uint_eq(scale_flow_rank(a, SCALE_TASK_ALL), 0);
	info = (scale_stage_info_t) { .id = 9, .count = 7 };
	ck_assert_ptr_eq(scale_flow_add(flow, &info, NULL), a);	/* known */
	ck_assert_uint_eq(a->count, 3);
}
END_TEST

START_TEST(api_sweep)
{
	scale_stage_t *a = add(1, 1, ""), *b = add(2, 1, ""), *c = add(3, 1, "z");
	scale_stage_t *d = add(4, 1, "w");

	edge(a, b, SCALE_TASK_ALL);
	edge(c, d, SCALE_TASK_ALL);		/* between two workflows */
	a->live = 1;
	d->live = 1;
	scale_flow_sweep(flow, 3.0);		/* c changed at 3, not before */
	ck_assert_uint_eq(scale_flow_count(flow), 3);
	scale_flow_sweep(flow, 100.0);
	ck_assert_ptr_null(scale_flow_find(flow, 3));
	ck_assert_ptr_eq(scale_flow_find(flow, 2), b);
	ck_assert(facts(d, 0).has_parent);	/* it had one, now forgotten */
	ck_assert_ptr_null(facts(d, 0).parent_node);
	ck_assert_uint_eq(ready(d, 0).hops, 0);
	a->live = d->live = 0;
	scale_flow_sweep(flow, 100.0);
	ck_assert_uint_eq(scale_flow_count(flow), 0);
}
END_TEST

/* An id comes again: what it meant before goes, with its whole workflow, but
 * not under a job that is there. */
START_TEST(api_forget)
{
	scale_stage_t *a = add(1, 1, ""), *b = add(2, 1, "");
	uint64_t changes;

	edge(a, b, SCALE_TASK_ALL);
	add(3, 1, "");
	b->live = 1;
	changes = scale_flow_changes(flow);
	ck_assert(!scale_flow_forget(flow, a));
	ck_assert_ptr_eq(scale_flow_find(flow, 1), a);
	ck_assert_uint_eq(scale_flow_changes(flow), changes);
	b->live = 0;
	ck_assert(scale_flow_forget(flow, a));
	ck_assert_ptr_null(scale_flow_find(flow, 1));
	ck_assert_ptr_null(scale_flow_find(flow, 2));
	ck_assert_ptr_nonnull(scale_flow_find(flow, 3));
	ck_assert_uint_gt(scale_flow_changes(flow), changes);
}
END_TEST

/* Random graphs: hop counts as the definition has them. */
START_TEST(random_hops)
{
	enum { N = 30 };
	scale_stage_t *stage[N];
	bool child[N][N] = { { false } };
	uint32_t hops[N] = { 0 };
	scale_rng_t rng;

	scale_rng_seed(&rng, _i, 2);
	for (int i = 0; i < N; i++)		/* in any order of arrival */
		stage[i] = add((i * 7) % N + 1, 1, "r");
	for (int i = 1; i < N; i++)
		for (int k = 0; k < 2; k++) {
			int j = (int) scale_rng_below(&rng, i);

			edge(stage[j], stage[i], SCALE_TASK_ALL);
			child[j][i] = true;
		}
	for (int j = N - 1; j >= 0; j--)
		for (int i = j + 1; i < N; i++)
			if (child[j][i] && hops[i] + 1 > hops[j])
				hops[j] = hops[i] + 1;
	for (int i = 0; i < N; i++)
		ck_assert_uint_eq(ready(stage[i], 0).hops, hops[i]);
}
END_TEST

/* The map against an array: same answers after any mix of calls. */
START_TEST(idmap_random)
{
	enum { IDS = 300 };
	static char value[IDS];
	void *model[IDS] = { NULL };
	scale_idmap_t map = { 0 };
	size_t count = 0;
	scale_rng_t rng;

	ck_assert_ptr_null(scale_idmap_get(&map, 1));
	scale_idmap_remove(&map, 1);
	scale_rng_seed(&rng, _i, 3);
	for (int step = 0; step < 5000; step++) {
		uint32_t id = scale_rng_below(&rng, IDS);

		if (scale_rng_below(&rng, 2)) {
			ck_assert_int_eq(scale_idmap_put(&map, id, &value[id]),
					 0);
			model[id] = &value[id];
		} else {
			scale_idmap_remove(&map, id);
			model[id] = NULL;
		}
	}
	for (uint32_t id = 0; id < IDS; id++) {
		ck_assert_ptr_eq(scale_idmap_get(&map, id), model[id]);
		count += model[id] != NULL;
	}
	ck_assert_uint_eq(map.count, count);
	scale_idmap_free(&map);
	ck_assert_ptr_null(scale_idmap_get(&map, 1));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, paper_hops_and_facts);
	tcase_add_test(tc, paper_upward_rank);
	tcase_add_test(tc, id_again);
	tcase_add_test(tc, paper_parent);
	tcase_add_test(tc, api_identity);
	tcase_add_test(tc, api_weak_names);
	tcase_add_test(tc, api_draw_is_for_life);
	tcase_add_test(tc, api_draws_are_uniform);
	tcase_add_test(tc, api_edges);
	tcase_add_test(tc, api_marks_children);
	tcase_add_test(tc, api_requeue_and_drop);
	tcase_add_test(tc, api_task_ranks);
	tcase_add_test(tc, api_sweep);
	tcase_add_test(tc, api_forget);
	tcase_add_loop_test(tc, random_hops, 0, 20);
	tcase_add_loop_test(tc, idmap_random, 0, 10);
	return test_run_within("workflow", tc, 30);
}
