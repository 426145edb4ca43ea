/*
 * run_test.c - whole runs: learning, determinism, resuming, full disks
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "model/model_file.h"
#include "tests/test_run.h"
#include "trainer/checkpoint.h"
#include "trainer/run.h"

/* A fast and a slow server that both hold everything, hardly any queue: the
 * best that can be learned is to take the fast one. */
#define TWO_SERVERS                                                        \
	"seed: 7\nepochs: 6\nenvs: 3\nsteps: 64\ncheckpoint_every: 2\n"     \
	"mask: idle\n"                                                     \
	"ppo: {minibatch: 32}\n"                                           \
	"optim: {rate: 3e-3}\n"                                            \
	"env: {nodes: 2, mix: [1, 1], gflops: [1, 10], mem_gb: [80, 80],"  \
	" idle_w: [1, 1], busy_w: [2, 2], load: 0.1, duration: 400}\n"     \
	"eval: {every: 2, episodes: 4, duration: 2000, drain_limit: 1000}\n"

static char dir[TEST_PATH];

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "run")));
	setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
}

static void teardown(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* dir/name, good until the second next call. */
static const char *in_dir(const char *name)
{
	static char path[2][256];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void configure(train_config_t *config, const char *more)
{
	scale_err_t err = { "" };

	ck_assert_int_eq(scale_conf_defaults(train_conf_table, config, &err),
			 0);
	ck_assert_msg(!scale_conf_parse(train_conf_table, config, TWO_SERVERS,
					strlen(TWO_SERVERS), "t", &err),
		      "%s", err.text);
	ck_assert_msg(!scale_conf_parse(train_conf_table, config, more,
					strlen(more), "m", &err),
		      "%s", err.text);
}

static train_run_t *begin(const char *name, const char *more, size_t threads)
{
	scale_err_t err = { "" };
	train_config_t config;
	train_run_t *run;

	configure(&config, more);
	run = train_run_begin(&config, in_dir(name), threads, "test 1", "cmd",
			      &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	return run;
}

static void epochs(train_run_t *run, int n)
{
	scale_err_t err = { "" };
	train_progress_t row;

	for (int i = 0; i < n && !train_run_done(run); i++)
		ck_assert_msg(!train_run_epoch(run, &row, &err), "%s",
			      err.text);
}

static train_run_t *resume(const char *name, const char *set,
			   scale_err_t *err)
{
	return train_run_resume(in_dir(name), &set, set ? 1 : 0, 1, "test 1",
				"cmd", err);
}

static char *slurp(const char *name, const char *file, size_t *size)
{
	scale_err_t err = { "" };
	char path[512], *data;

	snprintf(path, sizeof(path), "%s/%s", in_dir(name), file);
	ck_assert_msg(!scale_file_read(path, 1 << 24, &data, size, &err), "%s",
		      err.text);
	return data;
}

/* Cut columns wall_s and sps, the third and fourth, out of a CSV. */
static void without_times(char *text)
{
	char *out = text;
	int column = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			column = 0;
		else if (*p == ',')
			column++;
		if (column != 2 && column != 3)
			*out++ = *p;
	}
	*out = '\0';
}

static void same_files(const char *a, const char *b)
{
	static const char *const files[] = { TRAIN_FILE_LAST, TRAIN_FILE_BEST,
					     TRAIN_FILE_CSV,
					     TRAIN_FILE_CONFIG };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t na, nb;
		char *da = slurp(a, files[i], &na);
		char *db = slurp(b, files[i], &nb);

		if (!strcmp(files[i], TRAIN_FILE_CSV)) {
			without_times(da);
			without_times(db);
			ck_assert_str_eq(da, db);
		} else {
			ck_assert_msg(na == nb && !memcmp(da, db, na),
				      "%s of %s and %s differ", files[i], a,
				      b);
		}
		free(da);
		free(db);
	}
}

/* Each algorithm, with a seed whose untrained network takes the slow one. */
static const char *const learners[] = {
	"algorithm: scale\n",
	"algorithm: crossattn\n",
	"algorithm: ppo\nseed: 1\nepochs: 24\n",
	"algorithm: ppo-srr\nseed: 1\nepochs: 24\nsrr: {start: 0}\n",
	"algorithm: dqn\nseed: 1\nepochs: 24\nppo: {minibatch: 128, gamma: 0.5}\n"
	"replay: {start: 200, capacity: 700}\ndqn: {target_every: 50}\n",
	"algorithm: sac\nseed: 1\nepochs: 12\nppo: {minibatch: 128, gamma: 0.5}\n"
	"replay: {start: 200, capacity: 700}\nsac: {tau: 0.02}\n",
};

START_TEST(learns_the_fast_server)
{
	train_run_t *run = begin("a", learners[_i], 1);
	double before = run->train->best_response;

	epochs(run, 1000);
	/* 1 GFLOPS against 10: 5.3 s with the fast one */
	ck_assert_double_lt(run->train->eval.response, 6.0);
	ck_assert_double_lt(run->train->eval.response, 0.5 * before);
	train_run_end(run);
}
END_TEST

/*
 * A workflow of two primitives side by side, of 30 GFLOP each: the first fits
 * both servers, the second only the faster one.  Greed gives the first the
 * faster one, 5 s, and the second waits for that: 10 s.  Best is 6 s and 5 s.
 */
#define TRAP_FLOW                                                          \
	"{\"name\": \"trap\", \"schemaVersion\": \"1.5\", \"workflow\": {"    \
	"\"specification\": {\"tasks\": ["                                   \
	"{\"name\": \"a\", \"id\": \"a\", \"parents\": [],"                   \
	" \"children\": []},"                                               \
	"{\"name\": \"b\", \"id\": \"b\", \"parents\": [],"                   \
	" \"children\": []}]}, \"execution\": {\"tasks\": ["                 \
	"{\"id\": \"a\", \"runtimeInSeconds\": 3,"                           \
	" \"memoryInBytes\": 8000000000},"                                  \
	"{\"id\": \"b\", \"runtimeInSeconds\": 3,"                           \
	" \"memoryInBytes\": 64000000000}]}}}"
#define TRAP                                                               \
	"epochs: 24\n"                                                    \
	"env: {nodes: 2, mix: [1, 1], gflops: [5, 6], mem_gb: [16, 80],"   \
	" idle_w: [1, 1], busy_w: [2, 2], load: 0.05, duration: 2000,"     \
	" clock: event, need_min: 1, need_max: 80, instance_gflop: 60,"    \
	" topology: instances, instances: %s}\n"                           \
	"eval: {every: 4, episodes: 4, duration: 2000, drain_limit: 1000}\n"

/* Each algorithm, with a seed whose untrained network is greedy. */
static const char *const trapped[] = {
	"algorithm: scale\nseed: 3\n",
	"algorithm: crossattn\nseed: 3\n",
	"algorithm: ppo\n",
	"algorithm: ppo-srr\nsrr: {start: 0}\n",
	"algorithm: dqn\nppo: {minibatch: 128, gamma: 0.5}\n"
	"replay: {start: 200, capacity: 700}\ndqn: {target_every: 50}\n",
	"algorithm: sac\nppo: {minibatch: 128, gamma: 0.5}\n"
	"replay: {start: 200, capacity: 700}\nsac: {tau: 0.02}\n",
};

static void put_trap(char *text, size_t size, const char *more)
{
	int n = snprintf(text, size, TRAP, dir);
	FILE *f = fopen(in_dir("trap.json"), "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(TRAP_FLOW, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(text + n, size - (size_t) n, "%s", more);
}

START_TEST(learns_to_leave_the_fast_server)
{
	train_run_t *run;
	char text[2048], more[512];

	snprintf(more, sizeof(more), "reward: response\n%s", trapped[_i]);
	put_trap(text, sizeof(text), more);
	run = begin("a", text, 1);
	/* a few arrive while others run: 0.1 to 0.2 s more */
	ck_assert_double_gt(run->train->best_response, 7.5);
	epochs(run, 1000);
	ck_assert_double_lt(run->train->eval.response, 5.8);
	train_run_end(run);
}
END_TEST

/* An evolution, the prior for three epochs and the network for three. */
#define EVOLVES                                                            \
	"algorithm: es\nmask: none\nenvs: 4\nsteps: 512\n"                 \
	"optim: {rate: 3e-4}\nppo: {minibatch: 128}\n"                      \
	"es: {candidates: 4, cases: 3, prior_epochs: 3}\n"                  \
	"env: {clock: event}\nvary: [{set: '{topology: fan}'}]\n"

/*
 * The trap again.  From weights that see no price in memory, greed, the
 * evolution finds one.
 */
START_TEST(evolves_out_of_the_trap)
{
	static const char more[] =
		"algorithm: es\nmask: none\nenvs: 4\nsteps: 512\n"
		"optim: {rate: 3e-4}\nppo: {minibatch: 128}\n"
		"es: {candidates: 8, cases: 4, tail: 0, sigma: 0.5}\n";
	scale_tensor_t place;
	train_run_t *run;
	char text[2048];

	put_trap(text, sizeof(text), more);
	run = begin("a", text, 1);
	place = *scale_net_find(run->train->net, "prior.place");
	ck_assert_double_lt(run->train->net->params[place.offset + 5], 1.0);
	epochs(run, 1000);
	ck_assert_double_lt(run->train->eval.response, 5.8);
	train_run_end(run);
}
END_TEST

/* Resuming twice, once after work that is lost, equals no interruption. */
START_TEST(resume_equals_no_interruption)
{
	scale_err_t err = { "" };
	train_run_t *run = begin("a", learners[_i], 1);

	epochs(run, 6);
	train_run_end(run);
	run = begin("b", learners[_i], 1);
	epochs(run, 3);		/* checkpoint at 2: epoch 3 is lost */
	train_run_end(run);
	run = resume("b", NULL, &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	ck_assert_int_eq(run->train->epoch, 2);
	epochs(run, 1);
	ck_assert_int_eq(train_run_save(run, &err), 3);
	train_run_end(run);
	run = resume("b", NULL, &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	ck_assert_int_eq(run->train->epoch, 3);
	epochs(run, 3);
	ck_assert_int_eq(run->train->epoch, 6);
	train_run_end(run);
	same_files("a", "b");
}
END_TEST

START_TEST(evolution_resumes)
{
	scale_err_t err = { "" };
	train_run_t *run = begin("a", EVOLVES, 1);

	epochs(run, 6);
	train_run_end(run);
	run = begin("b", EVOLVES, 3);
	epochs(run, 4);
	train_run_end(run);
	run = resume("b", NULL, &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	epochs(run, 6);
	ck_assert_int_eq(run->train->epoch, 6);
	train_run_end(run);
	same_files("a", "b");
}
END_TEST

/* The same with several cases, a mask that lets the policy wait, rewards on
 * response times, discount by time and the paper's clock. */
START_TEST(resume_other_settings)
{
	static const char *const more[] = {
		"mask: fits\nreward: response\nppo: {horizon: 20}\n"
		"cases: [{nodes: [2, 4]}, {gflops: [2, 3], load: [0.3]}]\n",
		"mask: none\nenv: {clock: paper, mtbf: 300}\n",
	};
	scale_err_t err = { "" };
	train_run_t *run = begin("a", more[_i], 1);

	epochs(run, 6);
	train_run_end(run);
	run = begin("b", more[_i], 1);
	epochs(run, 2);
	train_run_end(run);
	run = resume("b", NULL, &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	epochs(run, 6);
	train_run_end(run);
	same_files("a", "b");
}
END_TEST

START_TEST(threads_change_nothing)
{
	train_run_t *run = begin("a", learners[_i], 1);

	epochs(run, 6);
	train_run_end(run);
	run = begin("b", learners[_i], 3);
	epochs(run, 6);
	train_run_end(run);
	same_files("a", "b");
}
END_TEST

/* CrossAttn is SCALE whose regularisation has weight 0; were it still there,
 * the parameters would differ after epoch 11. */
START_TEST(crossattn_is_scale_without_srr)
{
	static const char *const more[] = {
		"epochs: 12\nsrr: {lambda1: 0, lambda2: 0}\n",
		"epochs: 12\nalgorithm: crossattn\n",
		"epochs: 12\n",
	};
	train_run_t *run[3];
	size_t bytes;

	for (int i = 0; i < 3; i++) {
		const char name[] = { (char) ('a' + i), '\0' };

		run[i] = begin(name, more[i], 1);
		epochs(run[i], 12);
	}
	bytes = run[0]->train->net->param_count * sizeof(real_t);
	ck_assert(!memcmp(run[0]->train->net->params,
			  run[1]->train->net->params, bytes));
	ck_assert(memcmp(run[0]->train->net->params,
			 run[2]->train->net->params, bytes));
	for (int i = 0; i < 3; i++)
		train_run_end(run[i]);
}
END_TEST

START_TEST(seeds_change_everything)
{
	size_t na, nb;
	char *a, *b;
	train_run_t *run = begin("a", "", 1);

	epochs(run, 1);
	ck_assert_int_eq(train_run_save(run, NULL), 1);
	train_run_end(run);
	run = begin("b", "seed: 8", 1);
	epochs(run, 1);
	ck_assert_int_eq(train_run_save(run, NULL), 1);
	train_run_end(run);
	a = slurp("a", TRAIN_FILE_LAST, &na);
	b = slurp("b", TRAIN_FILE_LAST, &nb);
	ck_assert(na != nb || memcmp(a, b, na));
	free(a);
	free(b);
}
END_TEST

START_TEST(epochs_can_grow)
{
	scale_err_t err = { "" };
	train_run_t *run = begin("a", "epochs: 2", 1);

	epochs(run, 2);
	train_run_end(run);
	run = resume("a", "epochs=3", &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	ck_assert(!train_run_done(run));
	epochs(run, 5);
	ck_assert_int_eq(run->train->epoch, 3);
	train_run_end(run);
}
END_TEST

START_TEST(resume_refuses)
{
	static const char *const pairs[][2] = {
		{ "seed=8", "seed differs from the run's; only epochs" },
		{ "env.load=0.2", "env.load differs" },
		{ "net.critic=32", "net.critic differs" },
		{ "epochs=1", "epochs is 1, but 2 are done" },
		{ "epoch=9", "did you mean \"epochs\"?" },
	};
	scale_err_t err = { "" };
	train_run_t *run = begin("a", "epochs: 2", 1);

	epochs(run, 2);
	train_run_end(run);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ck_assert_ptr_null(resume("a", pairs[i][0], &err));
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_msg(strstr(err.text, pairs[i][1]) != NULL, "%s: %s",
			      pairs[i][0], err.text);
	}
	ck_assert_ptr_null(resume("nothing", NULL, &err));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(mkdir(in_dir("empty"), 0700), 0);
	ck_assert_ptr_null(resume("empty", NULL, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "no checkpoint"));
}
END_TEST

/* A checkpoint with any byte changed, or cut anywhere, is refused. */
START_TEST(damaged_checkpoint)
{
	scale_err_t err = { "" };
	train_run_t *run = begin("a", "epochs: 2", 1);
	char path[512], *data;
	size_t size;

	epochs(run, 2);
	train_run_end(run);
	data = slurp("a", TRAIN_FILE_CHECKPOINT, &size);
	snprintf(path, sizeof(path), "%s/%s", in_dir("a"),
		 TRAIN_FILE_CHECKPOINT);
	for (size_t at = 0; at < size; at += size / 7) {
		data[at] ^= 4;
		ck_assert_int_eq(scale_file_write(path, data, size, &err), 0);
		data[at] ^= 4;
		ck_assert_ptr_null(resume("a", NULL, &err));
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_int_eq(scale_file_write(path, data, at, &err), 0);
		ck_assert_ptr_null(resume("a", NULL, &err));
	}
	ck_assert_int_eq(scale_file_write(path, data, size, &err), 0);
	run = resume("a", NULL, &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	train_run_end(run);
	free(data);
}
END_TEST

START_TEST(directory_must_be_free)
{
	scale_err_t err = { "" };
	train_run_t *run = begin("a", "", 1);
	train_config_t config;

	configure(&config, "");
	ck_assert_ptr_null(train_run_begin(&config, in_dir("a"), 1, "t", "c",
					   &err));
	ck_assert_int_eq(errno, EBUSY);
	train_run_end(run);
	configure(&config, "");
	ck_assert_ptr_null(train_run_begin(&config, in_dir("a"), 1, "t", "c",
					   &err));
	ck_assert_int_eq(errno, ENOTEMPTY);
	ck_assert_ptr_nonnull(strstr(err.text, "--resume"));
	configure(&config, "");
	ck_assert_ptr_null(train_run_begin(&config, in_dir("x/y"), 1, "t", "c",
					   &err));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/*
 * Files may not grow past a limit, as on a full disk: the epoch fails, and
 * everything that was there is whole and can be resumed to the same end.
 */
START_TEST(full_disk)
{
	struct rlimit limit, old;
	scale_err_t err = { "" };
	train_run_t *run = begin("a", "", 1);
	train_progress_t row;
	size_t size, lines = 0;
	char *text;

	epochs(run, 6);
	train_run_end(run);
	run = begin("b", "", 1);
	epochs(run, 3);
	text = slurp("b", TRAIN_FILE_CSV, &size);
	free(text);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = size + 10;	/* room for a part of a line */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(train_run_epoch(run, &row, &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_ptr_nonnull(strstr(err.text, TRAIN_FILE_CSV));
	ck_assert_int_eq(train_run_save(run, &err), -1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	train_run_end(run);
	text = slurp("b", TRAIN_FILE_CSV, &size);
	ck_assert(text[size - 1] == '\n');
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	ck_assert_uint_eq(lines, 1 + 1 + 3);
	free(text);
	run = resume("b", NULL, &err);
	ck_assert_msg(run != NULL, "%s", err.text);
	ck_assert_int_eq(run->train->epoch, 2);
	epochs(run, 6);
	train_run_end(run);
	same_files("a", "b");
}
END_TEST

/* What the model file says of its origin. */
START_TEST(provenance)
{
	static const char *const pairs[][2] = {
		{ "mask", "idle" }, { "clock", "event" }, { "seed", "7" },
		{ "algorithm", "scale" },
		{ "program", "test 1" }, { "epoch", "2" },
		{ "created", "2023-11-14T22:13:20Z" },
	};
	static const char *const present[] = {
		"config_sha256", "trained_on", "evaluation", "feature_mean",
		"feature_variance", "feature_covariance",
	};
	scale_err_t err = { "" };
	train_run_t *run = begin("a", "epochs: 2", 1);
	scale_model_t *model;
	char path[512];

	epochs(run, 2);
	train_run_end(run);
	snprintf(path, sizeof(path), "%s/%s", in_dir("a"), TRAIN_FILE_LAST);
	model = scale_model_load(path, &err);
	ck_assert_msg(model != NULL, "%s", err.text);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *value = scale_model_meta(model, pairs[i][0]);

		ck_assert_msg(value && !strcmp(value, pairs[i][1]), "%s: %s",
			      pairs[i][0], value);
	}
	for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		ck_assert_msg(scale_model_meta(model, present[i]) != NULL,
			      "%s", present[i]);
	scale_model_destroy(model);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, learns_the_fast_server, 0,
			    TEST_COUNT(learners));
	tcase_add_loop_test(tc, learns_to_leave_the_fast_server, 0,
			    TEST_COUNT(trapped));
	tcase_add_test(tc, evolves_out_of_the_trap);
	tcase_add_test(tc, evolution_resumes);
	tcase_add_loop_test(tc, resume_equals_no_interruption, 0,
			    TEST_COUNT(learners));
	tcase_add_loop_test(tc, resume_other_settings, 0, 2);
	tcase_add_loop_test(tc, threads_change_nothing, 0,
			    TEST_COUNT(learners));
	tcase_add_test(tc, crossattn_is_scale_without_srr);
	tcase_add_test(tc, seeds_change_everything);
	tcase_add_test(tc, epochs_can_grow);
	tcase_add_test(tc, resume_refuses);
	tcase_add_test(tc, damaged_checkpoint);
	tcase_add_test(tc, directory_must_be_free);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, provenance);
	return test_run_within("run", tc, 120);
}
