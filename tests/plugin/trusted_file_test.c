/*
 * trusted_file_test.c - owners and modes, of the file and on the way to it
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "plugin/trusted_file.h"
#include "tests/test_run.h"

static char dir[64], sub[96], path[128], name[128];

static void setup(void)
{
	scale_err_t err;

	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "trusted")));
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	snprintf(path, sizeof(path), "%s/file", sub);
	snprintf(name, sizeof(name), "%s/name", dir);
	ck_assert_int_eq(mkdir(sub, 0755), 0);
	ck_assert_int_eq(scale_file_write(path, "x", 1, &err), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(symlink(path, name), 0);
}

static void teardown(void)
{
	unlink(name);
	unlink(path);
	rmdir(sub);
	rmdir(dir);
}

static const struct {
	mode_t file, sub;
	int trusted;
} modes[] = {
	{ 0644, 0755, 1 }, { 0600, 0700, 1 }, { 0664, 0755, 0 },
	{ 0646, 0755, 0 }, { 0644, 0775, 0 }, { 0644, 0757, 0 },
	{ 0644, 01777, 1 },	/* sticky, as /tmp above it */
};

START_TEST(mode_bits)
{
	const char *to_blame = modes[_i].file & 022 ? path : sub;
	scale_err_t err;

	ck_assert_int_eq(chmod(path, modes[_i].file), 0);
	ck_assert_int_eq(chmod(sub, modes[_i].sub), 0);
	for (int link = 0; link < 2; link++) {
		int rc = scale_trusted_file(link ? name : path, getuid(),
					    &err);

		ck_assert_int_eq(rc == 0, modes[_i].trusted);
		if (rc == 0)
			continue;
		ck_assert_int_eq(errno, EACCES);
		ck_assert_ptr_nonnull(strstr(err.text, to_blame));
		ck_assert_ptr_nonnull(strstr(err.text, "chmod go-w"));
	}
}
END_TEST

START_TEST(owner)
{
	scale_err_t err;
	uid_t other = getuid() + 1;

	if (getuid() == 0) {	/* only root can give files away */
		ck_assert_int_eq(chown(path, other, (gid_t) -1), 0);
		ck_assert_int_eq(scale_trusted_file(path, other, &err), 0);
		ck_assert_int_eq(scale_trusted_file(path, 0, &err), -1);
	} else {
		ck_assert_int_eq(scale_trusted_file(path, other, &err), -1);
	}
	ck_assert_int_eq(errno, EACCES);
	ck_assert_ptr_nonnull(strstr(err.text, "chown"));
}
END_TEST

START_TEST(missing)
{
	scale_err_t err;

	ck_assert_int_eq(scale_trusted_file("/nonexistent/x", 0, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x"));
	ck_assert_int_eq(scale_trusted_file("/", 0, &err), 0);
}
END_TEST

START_TEST(reads)
{
	scale_err_t err;
	char *text;
	size_t size;

	ck_assert_int_eq(scale_trusted_read(name, getuid(), 9, &text, &size,
					    &err), 0);
	ck_assert_str_eq(text, "x");
	free(text);
	ck_assert_int_eq(scale_trusted_read(name, getuid(), 0, &text, &size,
					    &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(scale_trusted_read(name, getuid(), 9, &text, &size,
					    &err), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(scale_trusted_read(name, getuid(), 9, &text, &size,
					    &err), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, mode_bits, 0, TEST_COUNT(modes));
	tcase_add_test(tc, owner);
	tcase_add_test(tc, missing);
	tcase_add_test(tc, reads);
	return test_run("trusted_file", tc);
}
