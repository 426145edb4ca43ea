##
# SYNOPSIS: X_AC_SANITIZE
#
# DESCRIPTION: --enable-sanitize=LIST builds everything with
#   -fsanitize=LIST (address,undefined or thread) and aborts at the first
#   report.
##
AC_DEFUN([X_AC_SANITIZE], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=LIST],
      [build with -fsanitize=LIST, e.g. address,undefined])],
    [], [enable_sanitize=no])
  AS_CASE([$enable_sanitize],
    [no], [],
    [yes], [AC_MSG_ERROR([--enable-sanitize needs a value, e.g. --enable-sanitize=address,undefined])],
    [CFLAGS="$CFLAGS -fsanitize=$enable_sanitize -fno-sanitize-recover=all -fno-omit-frame-pointer"
     LDFLAGS="$LDFLAGS -fsanitize=$enable_sanitize"])
  AM_CONDITIONAL([SANITIZE], [test "x$enable_sanitize" != xno])
])
