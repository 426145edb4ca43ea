/*
 * submit.c - a plan into Slurm's queue
 *
 * Half a workflow is of no use: when one submission fails, the earlier ones
 * are cancelled.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "submit.h"

/* "--name=value" */
static int add_option(wf_words_t *words, scale_err_t *err, const char *fmt,
		      ...) __attribute__((format(printf, 3, 4)));

static int add_option(wf_words_t *words, scale_err_t *err, const char *fmt,
		      ...)
{
	char *word;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = vasprintf(&word, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return scale_err_set(err, ENOMEM, "no memory to submit");
	rc = wf_words_add(words, word, err);
	free(word);
	return rc;
}

/* One item of --dependency. */
static void put_dep(FILE *out, const wf_submit_t *s, const wf_dep_t *dep)
{
	const wf_live_task_t *live = NULL;
	int64_t element = dep->type == WF_DEP_ELEMENT ?
				  (int64_t) dep->element :
				  -1;

	fputs(dep->type == WF_DEP_CORR ? "aftercorr:" : "afterok:", out);
	if (dep->job == WF_OUTSIDE) {
		live = wf_live_task(s->live, dep->need->id);
		element = live->element;
		fprintf(out, "%u", live->id);
	} else if (s->id[dep->job]) {
		fprintf(out, "%u", s->id[dep->job]);
	} else {
		fprintf(out, "<%s>", s->plan->job[dep->job].name);
	}
	if (element >= 0)
		fprintf(out, "_%lld", (long long) element);
}

static int add_dependency(wf_words_t *words, const wf_submit_t *s,
			  const wf_job_t *job, scale_err_t *err)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int rc = -1;

	if (!job->dep_count)
		return 0;
	out = open_memstream(&text, &size);
	if (!out)
		return scale_err_set(err, ENOMEM, "no memory to submit");
	fputs("--dependency=", out);
	for (size_t k = 0; k < job->dep_count; k++) {
		fputs(k ? "," : "", out);
		put_dep(out, s, &job->dep[k]);
	}
	if (fclose(out))
		scale_err_set(err, ENOMEM, "no memory to submit");
	else
		rc = wf_words_add(words, text, err);
	free(text);
	return rc;
}

static int add_array(wf_words_t *words, const wf_job_t *job, scale_err_t *err)
{
	uint32_t first = job->element[0], last = job->element[job->count - 1];
	char *text = NULL;
	size_t size;
	FILE *out;
	int rc = -1;

	if (!job->width)
		return 0;
	if (!wf_job_siblings(job))
		return add_option(words, err, "--array=0-%lld",
				  (long long) job->width - 1);
	if (last - first + 1 == job->count)
		return add_option(words, err, "--array=%u-%u", first, last);
	out = open_memstream(&text, &size);
	if (!out)
		return scale_err_set(err, ENOMEM, "no memory to submit");
	for (size_t i = 0; i < job->count; i++)
		fprintf(out, "%s%u", i ? "," : "--array=", job->element[i]);
	if (fclose(out))
		scale_err_set(err, ENOMEM, "no memory to submit");
	else
		rc = wf_words_add(words, text, err);
	free(text);
	return rc;
}

static int add_words(wf_words_t *words, const wf_words_t *more,
		     scale_err_t *err)
{
	for (size_t i = 0; i < more->count; i++)
		if (wf_words_add(words, more->word[i], err))
			return -1;
	return 0;
}

/* The batch script is a file of the user's, not one that we make. */
static const char *plain_script(const wf_submit_t *s, const wf_job_t *job)
{
	const wf_task_t *task = &s->wf->task[job->task[0]];

	return task->script && !task->retries ? task->script : NULL;
}

/*
 * The command line.  What the user may change comes first, for the last
 * option wins; then what makes the workflow.
 */
static int make_command(const wf_submit_t *s, const wf_job_t *job,
			wf_words_t *words, scale_err_t *err)
{
	const wf_task_t *task = &s->wf->task[job->task[0]];
	char *annotation = wf_job_annotation(s->wf, job, s->workflow, err);
	const char *script = plain_script(s, job);
	int rc = -1;

	if (!annotation)
		return -1;
	if (wf_words_add(words, "sbatch", err) ||
	    wf_words_add(words, "--parsable", err) ||
	    add_option(words, err, "--job-name=%s/%s", s->workflow, job->name) ||
	    (job->dep_count &&
	     wf_words_add(words, "--kill-on-invalid-dep=yes", err)) ||
	    (task->mem_gb >= 0.0 &&
	     add_option(words, err, "--mem=%.0fM", ceil(task->mem_gb * 1024))) ||
	    add_words(words, &task->option, err) ||
	    add_words(words, s->option, err) ||
	    add_option(words, err, "--comment=%s", annotation) ||
	    add_dependency(words, s, job, err) || add_array(words, job, err) ||
	    (script && wf_words_add(words, script, err)))
		goto done;
	rc = 0;
done:
	free(annotation);
	return rc;
}

static int submit_job(wf_submit_t *s, size_t i, scale_err_t *err)
{
	const wf_job_t *job = &s->plan->job[i];
	wf_words_t words = { 0 };
	char *script = NULL;
	size_t size = 0;
	int rc = -1;

	if (!plain_script(s, job)) {
		script = wf_script_make(s->wf, job, s->workflow, &size, err);
		if (!script)
			return -1;
	}
	if (!make_command(s, job, &words, err))
		rc = wf_slurm_sbatch(words.word, script, size, &s->id[i], err);
	wf_words_free(&words);
	free(script);
	return rc;
}

/* Cancel the jobs before the i-th, and say so in err. */
static void take_back(wf_submit_t *s, size_t i, scale_err_t *err)
{
	scale_err_t why, cancel;
	char left[200] = "";
	int saved = errno;

	why = *err;
	if (!i) {
		scale_err_set(err, saved, "%.700s; nothing was submitted",
			      why.text);
	} else if (!wf_slurm_cancel(s->id, i, &cancel)) {
		scale_err_set(err, saved,
			      "%.700s; cancelled the %zu job%s submitted before",
			      why.text, i, i > 1 ? "s" : "");
		memset(s->id, 0, i * sizeof(*s->id));
	} else {
		for (size_t k = 0; k < i && strlen(left) < 180; k++)
			sprintf(left + strlen(left), " %u", s->id[k]);
		scale_err_set(err, saved,
			      "%.400s; and %.200s, so these jobs are left: scancel%s%s",
			      why.text, cancel.text, left,
			      strlen(left) < 180 ? "" : " ...");
	}
	errno = saved;
}

int wf_submit_all(wf_submit_t *s, const volatile sig_atomic_t *stop,
		  scale_err_t *err)
{
	scale_err_t local;

	if (!err)
		err = &local;
	for (size_t i = 0; i < s->plan->count; i++) {
		const wf_job_t *job = &s->plan->job[i];

		if (*stop)
			scale_err_set(err, EINTR, "interrupted");
		else if (!submit_job(s, i, err))
			continue;
		else
			scale_err_prefix(err, "%s", job->name);
		take_back(s, i, err);
		return -1;
	}
	return 0;
}

/* Showing */

int wf_submit_print(const wf_submit_t *s, FILE *out, scale_err_t *err)
{
	for (size_t i = 0; i < s->plan->count; i++) {
		const wf_job_t *job = &s->plan->job[i];
		wf_words_t words = { 0 };
		char *script = NULL;
		size_t size = 0;

		if (make_command(s, job, &words, err) ||
		    (!plain_script(s, job) &&
		     !(script = wf_script_make(s->wf, job, s->workflow, &size,
					       err)))) {
			wf_words_free(&words);
			return -1;
		}
		for (size_t k = 0; k < words.count; k++) {
			fputs(k ? " " : "", out);
			wf_shell_quote(out, words.word[k]);
		}
		if (script)
			fprintf(out, " <<'END'\n%sEND\n", script);
		else
			fputc('\n', out);
		free(script);
		wf_words_free(&words);
	}
	return 0;
}

static json_t *tasks_json(const wf_submit_t *s, const wf_job_t *job)
{
	json_t *list = json_array();

	for (size_t i = 0; i < job->count; i++) {
		const wf_task_t *task = &s->wf->task[job->task[i]];
		json_t *entry = json_pack("{s:s}", "id", task->id);

		if (wf_job_siblings(job))
			json_object_set_new(entry, "element",
					    json_integer(job->element[i]));
		if (task->label)
			json_object_set_new(entry, "label",
					    json_string(task->label));
		json_array_append_new(list, entry);
	}
	return list;
}

static int add_command_json(const wf_submit_t *s, const wf_job_t *job,
			    json_t *entry, scale_err_t *err)
{
	json_t *list = json_array();
	wf_words_t words = { 0 };
	char *script;
	size_t size;
	int rc = make_command(s, job, &words, err);

	json_object_set_new(entry, "command", list);
	for (size_t k = 0; k < words.count; k++)
		json_array_append_new(list, json_string(words.word[k]));
	wf_words_free(&words);
	if (rc || plain_script(s, job))
		return rc;
	script = wf_script_make(s->wf, job, s->workflow, &size, err);
	if (!script)
		return -1;
	json_object_set_new(entry, "script", json_string(script));
	free(script);
	return 0;
}

json_t *wf_submit_json(const wf_submit_t *s, scale_err_t *err)
{
	json_t *root = json_pack("{s:s, s:[]}", "workflow", s->workflow,
				 "jobs");
	json_t *jobs = json_object_get(root, "jobs");

	for (size_t i = 0; i < s->plan->count; i++) {
		const wf_job_t *job = &s->plan->job[i];
		json_t *entry = json_pack("{s:s, s:o}", "name", job->name,
					  "tasks", tasks_json(s, job));

		json_array_append_new(jobs, entry);
		if (job->width)
			json_object_set_new(entry, "width",
					    json_integer(job->width));
		if (s->id[i]) {
			json_object_set_new(entry, "id",
					    json_integer(s->id[i]));
		} else if (add_command_json(s, job, entry, err)) {
			json_decref(root);
			return NULL;
		}
	}
	if (!root)
		scale_err_set(err, ENOMEM, "no memory for the output");
	return root;
}
