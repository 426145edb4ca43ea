/*
 * file_test.c - bounded reads, writes that replace all or nothing
 *
 * Each test works in a directory of its own and counts what is left there.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "tests/test_run.h"

static char home[TEST_PATH];

static void enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(home, "file")));
	ck_assert_int_eq(chdir(home), 0);
}

/* Remove the directory; says how many files were in it. */
static int leave(void)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir = opendir(".");

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		ck_assert_int_eq(remove(entry->d_name), 0);
		count++;
	}
	closedir(dir);
	ck_assert_int_eq(rmdir(home), 0);
	return count;
}

static void put(const char *path, const char *text)
{
	FILE *fp = fopen(path, "w");

	ck_assert_int_ge(fputs(text, fp), 0);
	ck_assert_int_eq(fclose(fp), 0);
}

static void check_content(const char *path, const char *want)
{
	char *data;
	size_t size;

	ck_assert_int_eq(scale_file_read(path, 100, &data, &size, NULL), 0);
	ck_assert_uint_eq(size, strlen(want));
	ck_assert_str_eq(data, want);
	free(data);
}

/* A read that must fail: errno, words, OUT arguments left alone. */
static void check_refused(const char *path, size_t limit, int errnum,
			  const char *words)
{
	char *data = home;
	size_t size = 77;
	scale_err_t err;

	ck_assert_int_eq(scale_file_read(path, limit, &data, &size, &err), -1);
	ck_assert_int_eq(errno, errnum);
	ck_assert_msg(strstr(err.text, words) && strstr(err.text, path),
		      "\"%s\" lacks \"%s\" or \"%s\"", err.text, words, path);
	ck_assert_ptr_eq(data, home);
	ck_assert_uint_eq(size, 77);
}

START_TEST(read_bounds)
{
	enter();
	put("five", "12345");
	put("none", "");
	check_content("five", "12345");
	check_content("none", "");
	check_refused("five", 4, EFBIG, "5 bytes, more than the 4 allowed");
	check_refused("missing", 9, ENOENT, "cannot open");
	check_refused(".", 9, EISDIR, "is a directory");
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	check_refused("pipe", 9, EINVAL, "not a regular file");
	check_refused("/dev/zero", 9, EINVAL, "not a regular file");
	ck_assert_int_eq(leave(), 3);
}
END_TEST

/* Bytes come back, the end is a 0 that does not count. */
START_TEST(read_binary)
{
	static const char bytes[] = { 'a', 0, '\n', (char) 0xff };
	char *data;
	size_t size;

	enter();
	ck_assert_int_eq(scale_file_write("b", bytes, 4, NULL), 0);
	ck_assert_int_eq(scale_file_read("b", 4, &data, &size, NULL), 0);
	ck_assert_uint_eq(size, 4);
	ck_assert_mem_eq(data, bytes, 4);
	ck_assert_int_eq(data[4], 0);
	free(data);
	leave();
}
END_TEST

START_TEST(write_replaces)
{
	struct stat st;

	enter();
	umask(027);
	ck_assert_int_eq(scale_file_write("new", "one", 3, NULL), 0);
	ck_assert_int_eq(stat("new", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(chmod("new", 0604), 0);
	ck_assert_int_eq(scale_file_write("./new", "two", 3, NULL), 0);
	check_content("new", "two");
	ck_assert_int_eq(stat("new", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0604);
	ck_assert_int_eq(leave(), 1);
}
END_TEST

START_TEST(write_keeps_links)
{
	struct stat st;

	enter();
	put("real", "old");
	ck_assert_int_eq(symlink("real", "link"), 0);
	ck_assert_int_eq(scale_file_write("link", "new", 3, NULL), 0);
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	check_content("real", "new");
	ck_assert_int_eq(leave(), 2);
}
END_TEST

/* In a directory that others can write, a link may be anybody's: it goes.
 * Needs root, who alone can give away what is there. */
START_TEST(write_follows_nobody)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	enter();
	ck_assert_int_eq(chmod(".", 0777), 0);
	put("victim", "safe");
	ck_assert_int_eq(symlink("victim", "inner"), 0);
	ck_assert_int_eq(lchown("inner", 12345, 12345), 0);
	ck_assert_int_eq(symlink("inner", "outer"), 0);
	/* ours leads to theirs */
	ck_assert_int_eq(scale_file_write("outer", "new", 3, NULL), 0);
	check_content("victim", "safe");
	check_content("inner", "new");
	ck_assert_int_eq(lstat("inner", &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	/* a file that they laid down does not stay theirs to write */
	put("planted", "x");
	ck_assert_int_eq(chmod("planted", 0666), 0);
	ck_assert_int_eq(chown("planted", 12345, 12345), 0);
	ck_assert_int_eq(scale_file_write("planted", "new", 3, NULL), 0);
	ck_assert_int_eq(lstat("planted", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_int_eq(leave(), 4);
}
END_TEST

START_TEST(write_follows_far)
{
	enter();
	ck_assert_int_eq(mkdir("sub", 0755), 0);
	put("sub/real", "old");
	ck_assert_int_eq(symlink("real", "sub/second"), 0);
	ck_assert_int_eq(symlink("sub/second", "first"), 0);
	ck_assert_int_eq(scale_file_write("first", "new", 3, NULL), 0);
	check_content("sub/real", "new");
	/* to what is not there yet, and round in a circle */
	ck_assert_int_eq(unlink("sub/real"), 0);
	ck_assert_int_eq(scale_file_write("first", "again", 5, NULL), 0);
	check_content("sub/real", "again");
	ck_assert_int_eq(symlink("circle", "circle"), 0);
	ck_assert_int_eq(scale_file_write("circle", "x", 1, NULL), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(unlink("sub/real") | unlink("sub/second"), 0);
	ck_assert_int_eq(leave(), 3);
}
END_TEST

START_TEST(write_private)
{
	struct stat st;

	enter();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(scale_file_write_private("f", "x", 1, NULL),
				 0);
		ck_assert_int_eq(stat("f", &st), 0);
		ck_assert_uint_eq(st.st_mode & 07777, 0600);
		ck_assert_int_eq(chmod("f", 0644), 0);
	}
	ck_assert_int_eq(leave(), 1);
}
END_TEST

/* A temporary file that a crash left, or that somebody planted as a link, is
 * in nobody's way and not followed. */
START_TEST(write_beside_leftover)
{
	char temp[64];

	enter();
	put("victim", "safe");
	snprintf(temp, sizeof(temp), "f.tmp.%ld", (long) getpid());
	ck_assert_int_eq(symlink("victim", temp), 0);
	ck_assert_int_eq(scale_file_write("f", "data", 4, NULL), 0);
	check_content("f", "data");
	check_content("victim", "safe");
	ck_assert_int_eq(leave(), 2);
}
END_TEST

static void check_write_refused(const char *path, int errnum,
				const char *words)
{
	scale_err_t err;

	ck_assert_int_eq(scale_file_write(path, "x", 1, &err), -1);
	ck_assert_int_eq(errno, errnum);
	ck_assert_msg(strstr(err.text, words) && strstr(err.text, path),
		      "\"%s\" lacks \"%s\" or \"%s\"", err.text, words, path);
}

START_TEST(write_refuses)
{
	char name[300];

	enter();
	check_write_refused("no/such", ENOENT, "cannot open its directory");
	check_write_refused(".", EISDIR, "is a directory");
	check_write_refused("/", EISDIR, "not the name of a file");
	check_write_refused("/dev/null", EINVAL, "not a regular file");
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	check_write_refused("pipe", EINVAL, "not a regular file");
	/* the name fits, that of the temporary file does not */
	memset(name, 'n', 255);
	name[255] = '\0';
	check_write_refused(name, ENAMETOOLONG, "cannot write");
	ck_assert_int_eq(leave(), 1);
}
END_TEST

/* A disk that fills up, played by a limit on the size of files. */
START_TEST(full_disk_changes_nothing)
{
	struct rlimit limit = { 1000, 1000 };
	static char data[2000];
	scale_err_t err;

	enter();
	put("kept", "precious");
	ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(scale_file_write("kept", data, 2000, &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_ptr_nonnull(strstr(err.text, "kept: cannot write"));
	check_content("kept", "precious");
	ck_assert_int_eq(leave(), 1);
}
END_TEST

/* FIPS 180-2, appendix B.1, and the empty message. */
START_TEST(paper_sha256)
{
	char hex[65];

	scale_sha256_hex("abc", 3, hex);
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223"
			      "b00361a396177a9cb410ff61f20015ad");
	scale_sha256_hex("", 0, hex);
	ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb924"
			      "27ae41e4649b934ca495991b7852b855");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, read_bounds);
	tcase_add_test(tc, read_binary);
	tcase_add_test(tc, write_replaces);
	tcase_add_test(tc, write_keeps_links);
	tcase_add_test(tc, write_follows_nobody);
	tcase_add_test(tc, write_follows_far);
	tcase_add_test(tc, write_private);
	tcase_add_test(tc, write_beside_leftover);
	tcase_add_test(tc, write_refuses);
	tcase_add_test(tc, full_disk_changes_nothing);
	tcase_add_test(tc, paper_sha256);
	return test_run("file", tc);
}
