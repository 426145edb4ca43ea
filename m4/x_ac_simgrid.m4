##
# SYNOPSIS: X_AC_SIMGRID
#
# DESCRIPTION: SimGrid, which make bench compares the simulator with.  Never
#   needed: without it, it is left out.
##
AC_DEFUN([X_AC_SIMGRID], [
  AC_ARG_WITH([simgrid],
    [AS_HELP_STRING([--with-simgrid=PREFIX],
      [SimGrid to compare with in make bench (default /usr)])],
    [], [with_simgrid=/usr])
  AS_CASE([$with_simgrid], [yes], [with_simgrid=/usr])
  AC_CHECK_PROGS([CXX], [g++ clang++ c++], [no])
  AC_MSG_CHECKING([for SimGrid])
  AS_IF([test "x$with_simgrid" != xno && test "x$CXX" != xno &&
         test -r "$with_simgrid/include/simgrid/s4u.hpp"],
    [have_simgrid=yes], [have_simgrid=no])
  AC_MSG_RESULT([$have_simgrid])
  AS_IF([test "x$with_simgrid" != x/usr],
    [AC_SUBST([SIMGRID_CPPFLAGS], ["-I$with_simgrid/include"])
     SIMGRID_LIBS="-L$with_simgrid/lib -Wl,-rpath,$with_simgrid/lib"])
  AC_SUBST([SIMGRID_LIBS], ["$SIMGRID_LIBS -lsimgrid"])
  AM_CONDITIONAL([HAVE_SIMGRID], [test "x$have_simgrid" = xyes])
])
