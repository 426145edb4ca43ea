##
# SYNOPSIS: X_AC_WARNINGS
#
# DESCRIPTION: warnings of the project in WARN_CFLAGS; --enable-werror makes
#   them errors (CI does).  Defines _GNU_SOURCE through the caller's
#   AC_USE_SYSTEM_EXTENSIONS.
##
AC_DEFUN([X_AC_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make warnings errors])],
    [], [enable_werror=no])
  WARN_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-unused-parameter"
  AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AC_SUBST([WARN_CFLAGS])
])
