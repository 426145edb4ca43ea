/*
 * plan_test.c - jobs, arrays, dependencies, annotations and batch scripts
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "tests/test_run.h"
#include "workflow/annotate.h"
#include "workflow/process.h"
#include "workflow/script.h"

/* "name[elements] deps;" of every job: "b+1[0,1] a;" where a dependency is
 * JOB, JOB_ELEMENT or JOB* (element by element). */
static void describe(const wf_plan_t *plan, char *text, size_t size)
{
	static const char *const mark[] = { "", "_", "*" };
	size_t used = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const wf_job_t *job = &plan->job[i];

		used += snprintf(text + used, size - used, "%s%s", i ? " " : "",
				 job->name);
		for (size_t k = 0; k < job->count && job->count > 1; k++)
			used += snprintf(text + used, size - used, "%s%u",
					 k ? "," : "[", job->element[k]);
		used += snprintf(text + used, size - used, "%s(",
				 job->count > 1 ? "]" : "");
		for (size_t k = 0; k < job->dep_count; k++) {
			const wf_dep_t *dep = &job->dep[k];

			used += snprintf(text + used, size - used, "%s%s%s",
					 k ? " " : "",
					 plan->job[dep->job].name,
					 mark[dep->type]);
			if (dep->type == WF_DEP_ELEMENT)
				used += snprintf(text + used, size - used, "%u",
						 dep->element);
		}
		used += snprintf(text + used, size - used, ")");
	}
}

/* Tasks as "id:need,need", with a command each; "!": without arrays. */
static const struct {
	const char *tasks, *plan;
} plans[] = {
	{ "a b:a c:b", "a() b(a) c(b)" },
	/* siblings, and what needs all of them */
	{ "a b:a c:a d:b,c", "a() b+1[0,1](a) d(b+1)" },
	{ "!a b:a c:a d:b,c", "a() b(a) c(a) d(b c)" },
	{ "a b", "a+1[0,1]()" },
	/* element by element */
	{ "a b:a c:a d:b e:c f:d,e", "a() b+1[0,1](a) d+1[0,1](b+1*) f(d+1)" },
	/* in another order than their parents */
	{ "a b:a c:a d:c e:b", "a() b+1[0,1](a) e+1[0,1](b+1*)" },
	/* two of three: the array's numbers are those of the parents */
	{ "a b c d:b e:c", "a+2[0,1,2]() d+1[1,2](a+2*)" },
	/* one alone needs an element */
	{ "a b c:b", "a+1[0,1]() c(a+1_1)" },
	/* several need the same element: no aftercorr */
	{ "a b c:a d:a", "a+1[0,1]() c+1[0,1](a+1_0)" },
	/* crossed: each needs both elements of other numbers */
	{ "a b c d:b,c e:a,c f:a,b",
	  "a+2[0,1,2]() d(a+2_1 a+2_2) e(a+2_0 a+2_2) f(a+2_0 a+2_1)" },
	/* element by element, and a common need */
	{ "a b c:a,b d:a,b e:c,a f:d,b", /* c and d need all of the array */
	  "a+1[0,1]() c+1[0,1](a+1) e+1[0,1](a+1* c+1*)" },
	/* different needs */
	{ "a b:a c:a,b d:a", "a() b+1[0,1](a) c(a b+1_0)" },
};

static wf_t *read_tasks(const char *tasks)
{
	char text[2000] = "tasks:\n", copy[200], *save, *word;
	wf_t *wf;

	strcpy(copy, tasks);
	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		char *needs = strchr(word, ':');

		if (needs)
			*needs++ = '\0';
		sprintf(text + strlen(text),
			"- {id: %s, command: c, needs: [%s]}\n", word,
			needs ? needs : "");
	}
	wf = fixture_read(text, NULL);
	return wf;
}

START_TEST(arrays)
{
	bool apart = plans[_i].tasks[0] == '!';
	wf_t *wf = read_tasks(plans[_i].tasks + apart);
	wf_plan_t *plan = wf_plan_create(wf, !apart, NULL);
	char text[1000] = "";

	ck_assert_ptr_nonnull(plan);
	describe(plan, text, sizeof(text));
	ck_assert_str_eq(text, plans[_i].plan);
	for (size_t i = 0; i < wf->count; i++) {
		const wf_job_t *job = &plan->job[plan->job_of[i]];
		bool found = false;

		for (size_t k = 0; k < job->count; k++)
			found |= job->task[k] == i &&
				 job->element[k] == plan->element_of[i];
		ck_assert(found);
	}
	wf_plan_destroy(plan);
	wf_destroy(wf);
}
END_TEST

/* What keeps b from sharing an array with a. */
static const char *const apart[] = {
	"command: c, mem_gb: 2",
	"command: c, retries: 1",
	"command: c, options: {time: 1}",
	"command: c, width: 2",
	"script: s",
};

START_TEST(not_equal)
{
	char text[200];
	wf_plan_t *plan;
	wf_t *wf;

	snprintf(text, sizeof(text),
		 "tasks:\n- {id: a, command: c}\n- {id: b, %s}\n", apart[_i]);
	wf = fixture_read(text, NULL);
	plan = wf_plan_create(wf, true, NULL);
	ck_assert_uint_eq(plan->count, 2);
	wf_plan_destroy(plan);
	wf_destroy(wf);
}
END_TEST

START_TEST(annotations)
{
	wf_t *wf = fixture_read(
		"tasks:\n"
		"- {id: a, command: c, gflop: 5, out_gb: 0.25}\n"
		"- {id: b, needs: [a], command: c, gflop: 1, out_gb: 1}\n"
		"- {id: c, needs: [a], command: c, gflop: 2, out_gb: 1}\n"
		"- {id: d, needs: [a], command: c, out_gb: 1e-7, mem_gb: 1}\n"
		"- {id: e, needs: [c], command: c, gflop: 1}\n"
		"- {id: f, needs: [b], command: c}\n",
		NULL);
	wf_plan_t *plan = wf_plan_create(wf, true, NULL);
	static const char *const expected[] = {
		"scale:wf=w,task=a,gflop=5,out_gb=0.25,hops=2",
		"scale:wf=w,task=b+1,gflop=1|2,out_gb=1,hops=1,tasks=b|c",
		"scale:wf=w,task=d,out_gb=1e-07,hops=0",
		"scale:wf=w,task=f+1,hops=0,tasks=f|e",
	};

	ck_assert_uint_eq(plan->count, TEST_COUNT(expected));
	for (size_t i = 0; i < plan->count; i++) {
		char *text = wf_job_annotation(wf, &plan->job[i], "w", NULL);

		ck_assert_str_eq(text, expected[i]);
		free(text);
	}
	wf_plan_destroy(plan);
	wf_destroy(wf);
}
END_TEST

static const struct {
	const char *comment;
	size_t element;
	const char *workflow, *task;	/* NULL: none */
	bool siblings;
} comments[] = {
	{ "scale:wf=w,task=a,gflop=1", 0, "w", "a", false },
	{ "scale:wf=w,task=a", 7, "w", "a", false },
	{ "scale:wf=w,task=a+1,tasks=a|b", 1, "w", "b", true },
	{ "scale:wf=w,task=a+1,tasks=a|b", 2, "w", NULL, true },
	{ "scale:wf=w,task=b+1,tasks=|b||d", 3, "w", "d", true },
	{ "scale:wf=w,task=b+1,tasks=|b||d", 2, "w", NULL, true },
	{ "scale:wf=w,task=b+1,tasks=a|b,x=1 text", 1, "w", "b", true },
	{ "scale:task=a wf=w", 0, NULL, "a", false },
	{ "rule_wf=w", 0, NULL, NULL, false },
	{ "scale:", 0, NULL, NULL, false },
	{ "scale:xwf=w,,=,wf=", 0, NULL, NULL, false },
	{ "", 0, NULL, NULL, false },
};

START_TEST(comments_read_back)
{
	char name[WF_NAME_SIZE] = "";
	bool siblings, found;

	found = wf_annotation_workflow(comments[_i].comment, name);
	ck_assert(found == (comments[_i].workflow != NULL));
	if (found)
		ck_assert_str_eq(name, comments[_i].workflow);
	found = wf_annotation_task(comments[_i].comment, comments[_i].element,
				   name, &siblings);
	ck_assert(found == (comments[_i].task != NULL));
	ck_assert(siblings == comments[_i].siblings);
	if (found)
		ck_assert_str_eq(name, comments[_i].task);
}
END_TEST

/* 200 siblings with long names: several arrays, each with a comment that
 * Slurm takes, and children that follow them. */
START_TEST(long_comments)
{
	char *text = NULL;
	size_t size, jobs = 0;
	FILE *out = open_memstream(&text, &size);
	wf_plan_t *plan;
	wf_t *wf;

	fprintf(out, "tasks:\n");
	for (int i = 0; i < 200; i++)
		fprintf(out,
			"- {id: a-rather-long-name-of-a-task-%d, command: c,"
			" gflop: %d.123456}\n"
			"- {id: c%d, command: c, needs:"
			" [a-rather-long-name-of-a-task-%d]}\n",
			i, i + 1, i, i);
	fclose(out);
	wf = fixture_read(text, NULL);
	plan = wf_plan_create(wf, true, NULL);
	for (size_t i = 0; i < plan->count; i++) {
		char *comment = wf_job_annotation(wf, &plan->job[i], "w", NULL);

		ck_assert_uint_le(strlen(comment), WF_COMMENT_MAX);
		free(comment);
		jobs += plan->job[i].count;
		if (plan->job[i].dep_count)
			ck_assert_int_eq(plan->job[i].dep[0].type, WF_DEP_CORR);
	}
	ck_assert_uint_eq(jobs, 400);
	ck_assert_uint_lt(plan->count, 40);
	wf_plan_destroy(plan);
	wf_destroy(wf);
	free(text);
}
END_TEST

/* Run the script of the first job as element, and expect output and status. */
static void run_script(const char *tasks, const char *element, int status,
		       const char *expected)
{
	wf_t *wf = fixture_read(tasks, NULL);
	wf_plan_t *plan = wf_plan_create(wf, true, NULL);
	char *argv[] = { "sh", NULL };
	wf_output_t output;
	scale_err_t err = { "" };
	size_t size;
	char *text = wf_script_make(wf, &plan->job[0], "my", &size, &err);

	ck_assert_msg(text != NULL, "%s", err.text);
	setenv("SLURM_ARRAY_TASK_ID", element, 1);
	ck_assert_int_eq(wf_process_run(argv, NULL, text, size, &output, NULL),
			 0);
	ck_assert_str_eq(output.out, expected);
	ck_assert_int_eq(output.status, status);
	wf_output_free(&output);
	free(text);
	wf_plan_destroy(plan);
	wf_destroy(wf);
}

START_TEST(scripts_run)
{
	run_script("id: a\ncommand: |\n  echo \"$SCALE_TASK\"\n  exit 3\n", "",
		   3, "a\n");
	run_script("{id: a, command: [echo, \"it's $HOME\"], gflop: 2}", "", 0,
		   "it's $HOME\n");
	/* siblings: each its own; a broken one harms no other */
	run_script("tasks:\n- {id: a, command: \"echo 'one\"}\n"
		   "- {id: b, command: 'echo two $SCALE_TASK $SCALE_WORKFLOW'}",
		   "1", 0, "two b my\n");
	run_script("tasks: [{id: a, command: false}, {id: b, command: x}]", "0",
		   1, "");
	/* retries: until it succeeds, with the last status where it does not */
	run_script("{id: a, retries: 3, command: echo $SCALE_TRY; test "
		   "$SCALE_TRY = 2}",
		   "", 0, "0\n1\n2\n");
	run_script("{id: a, retries: 1, command: echo x; exit 7}", "", 7,
		   "x\nx\n");
}
END_TEST

START_TEST(user_scripts_run_again)
{
	static const char script[] =
		"#!/bin/sh -e\n#SBATCH --time=7\n# more\n#SBATCH -N1\n"
		"echo 'END_OF_SCRIPT'\necho try $SCALE_TRY\n"
		"[ $SCALE_TRY = 1 ]\n#SBATCH --no\n";
	/* sbatch reads its options up to the first command */
	static const char head[] =
		"#!/bin/sh\n#SBATCH --time=7\n#SBATCH -N1\nexport SCALE_";
	char path[TEST_PATH], tasks[100];
	int fd = mkstemp(test_template(path, "script"));
	wf_plan_t *plan;
	size_t size;
	char *text;
	wf_t *wf;

	ck_assert_int_eq(write(fd, script, strlen(script)), strlen(script));
	close(fd);
	snprintf(tasks, sizeof(tasks), "{id: a, retries: 2, script: %s}", path);
	run_script(tasks, "", 0,
		   "END_OF_SCRIPT\ntry 0\nEND_OF_SCRIPT\ntry 1\n");
	wf = fixture_read(tasks, NULL);
	plan = wf_plan_create(wf, true, NULL);
	text = wf_script_make(wf, &plan->job[0], "my", &size, NULL);
	ck_assert_msg(!strncmp(text, head, strlen(head)), "%s", text);
	free(text);
	unlink(path);
	ck_assert_ptr_null(wf_script_make(wf, &plan->job[0], "my", &size,
					  NULL));
	wf_plan_destroy(plan);
	wf_destroy(wf);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("plan");

	tcase_add_loop_test(tc, arrays, 0, TEST_COUNT(plans));
	tcase_add_loop_test(tc, not_equal, 0, TEST_COUNT(apart));
	tcase_add_test(tc, annotations);
	tcase_add_loop_test(tc, comments_read_back, 0, TEST_COUNT(comments));
	tcase_add_test(tc, long_comments);
	tcase_add_test(tc, scripts_run);
	tcase_add_test(tc, user_scripts_run_again);
	return test_run("plan", tc);
}
