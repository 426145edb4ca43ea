##
# SYNOPSIS: X_AC_HARDENING
#
# DESCRIPTION: flags that make a mistake in memory harder to use, each where
#   compiler and linker know it: stack protector, checked libc calls, no
#   executable stack, read-only relocations bound at start.  Not with
#   sanitizers, which see more, nor with --disable-hardening.
##
AC_DEFUN([_X_AC_TRY_FLAG], [
  x_ac_saved_CFLAGS=$CFLAGS
  x_ac_saved_LDFLAGS=$LDFLAGS
  $1="$$1 $2"
  AC_MSG_CHECKING([for $2])
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
      [[char a[8]; memset(a, 0, sizeof(a)); return a[1];]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     CFLAGS=$x_ac_saved_CFLAGS
     LDFLAGS=$x_ac_saved_LDFLAGS])
])

AC_DEFUN([X_AC_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening],
      [without stack protector, fortified libc calls and relro])],
    [], [enable_hardening=yes])
  AS_IF([test "x$enable_sanitize" != xno], [enable_hardening=no])
  AS_IF([test "x$enable_hardening" = xyes], [
    _X_AC_TRY_FLAG([CFLAGS], [-fstack-protector-strong])
    _X_AC_TRY_FLAG([CFLAGS], [-fstack-clash-protection])
    # it needs an optimising compiler, and says so otherwise
    AS_CASE([$CFLAGS],
      [*-O0* | *FORTIFY_SOURCE*], [],
      [*-O*], [_X_AC_TRY_FLAG([CFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2])])
    _X_AC_TRY_FLAG([LDFLAGS], [-Wl,-z,noexecstack])
    _X_AC_TRY_FLAG([LDFLAGS], [-Wl,-z,relro])
    _X_AC_TRY_FLAG([LDFLAGS], [-Wl,-z,now])
  ])
  AC_SUBST([enable_hardening])
])
