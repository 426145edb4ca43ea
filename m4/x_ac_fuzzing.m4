##
# SYNOPSIS: X_AC_FUZZING
#
# DESCRIPTION: --enable-fuzzing builds everything for libFuzzer, under ASan and
#   UBSan, and the targets of tests/fuzz with its main().  Needs CC=clang.
##
AC_DEFUN([X_AC_FUZZING], [
  AC_ARG_ENABLE([fuzzing],
    [AS_HELP_STRING([--enable-fuzzing],
      [build the fuzz targets for libFuzzer; needs CC=clang])],
    [], [enable_fuzzing=no])
  AS_IF([test "x$enable_fuzzing" != xno], [
    CFLAGS="$CFLAGS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    LDFLAGS="$LDFLAGS -fsanitize=address,undefined"
    AC_MSG_CHECKING([whether $CC has libFuzzer])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([--enable-fuzzing needs clang with libFuzzer: CC=clang])])])
  AM_CONDITIONAL([FUZZING], [test "x$enable_fuzzing" != xno])
])
