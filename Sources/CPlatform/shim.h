#ifndef HYBRID_CPLATFORM_SHIM_H
#define HYBRID_CPLATFORM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
// glibc declares these, and POSIX_SPAWN_SETSID, for _GNU_SOURCE only, which Swift's own module does not set.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern void closefrom(int from);
extern int pipe2(int ends[2], int flags);
// Not its header, which brings in more than it names.
extern int ioctl(int file, unsigned long request, ...);
enum { hybrid_spawn_setsid = 0x80, hybrid_spawn_alone = 0 };
#else
enum { hybrid_spawn_setsid = POSIX_SPAWN_SETSID, hybrid_spawn_alone = POSIX_SPAWN_CLOEXEC_DEFAULT };
#endif

/// The command starts in this folder.
static inline int hybrid_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

/// Nothing but the three standard descriptors is inherited; macOS has the flag `hybrid_spawn_alone` for it.
static inline int hybrid_spawn_close_others(posix_spawn_file_actions_t *actions) {
#if defined(__linux__)
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#else
    return 0;
#endif
}

/// A pipe that no other program inherits, its ends apart from the three standard descriptors, which a caller may have
/// closed. 0: made; -1: errno says why.
static inline int hybrid_pipe(int ends[2]) {
#if defined(__linux__)
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
#else
    if (pipe(ends) != 0) return -1;
#endif
    int error = 0;
    for (int at = 0; at < 2; at++) {
        int moved = ends[at];
        if (moved < 3) {
            moved = fcntl(ends[at], F_DUPFD_CLOEXEC, 3);
            if (moved < 0) error = errno;
            close(ends[at]);
            ends[at] = moved;
        } else if (fcntl(moved, F_SETFD, FD_CLOEXEC) != 0) {
            error = errno;
        }
    }
    if (error == 0) return 0;
    for (int at = 0; at < 2; at++)
        if (ends[at] >= 0) close(ends[at]);
    errno = error;
    return -1;
}

// prctl and syscall are variadic, which Swift cannot call.

/// Makes orphaned descendants come to this process. 0: done; -1: errno says why, or the system has no such thing.
static inline int hybrid_adopt_orphans(void) {
#if defined(__linux__)
    return prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
#else
    return -1;
#endif
}

/// A descriptor that can be read once a process has ended, whoever's child it is. -1: errno says why.
static inline int hybrid_pidfd_open(pid_t pid) {
#if defined(SYS_pidfd_open)
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    errno = ENOSYS;
    return -1;
#endif
}

/// Signals the process of such a descriptor, never a later one with its number. 0: done; -1: errno says why.
static inline int hybrid_pidfd_send(int file, int signal) {
#if defined(SYS_pidfd_send_signal)
    return (int)syscall(SYS_pidfd_send_signal, file, signal, (void *)0, 0);
#else
    errno = ENOSYS;
    return -1;
#endif
}

// Handlers and the two that are none cannot be compared in Swift.

/// Whether a signal is ignored, by this process or by who called it.
static inline int hybrid_ignores(int number) {
    struct sigaction now;
    return sigaction(number, 0, &now) == 0 && now.sa_handler == SIG_IGN;
}

// The number in siginfo_t lies in a union that Swift does not see.

/// A child that has ended and is still to be waited for: this one, or any for 0. Its number; 0: none; -1: errno says why.
static inline pid_t hybrid_ended_child(pid_t pid) {
    siginfo_t found = {0};
    if (waitid(pid == 0 ? P_ALL : P_PID, (id_t)pid, &found, WEXITED | WNOHANG | WNOWAIT) != 0) return -1;
    return found.si_pid;
}

/// What is told of a detached start: its process first, then the step that failed with its errno.
enum {
    hybrid_told_process, hybrid_told_fork, hybrid_told_session, hybrid_told_folder, hybrid_told_null,
    hybrid_told_standard, hybrid_told_exec
};

struct hybrid_told {
    int what;
    int value;
};

static inline void hybrid_tell(int report, int what, int value) {
    struct hybrid_told told = {what, value};
    ssize_t written;
    // Shorter than what a pipe takes as a whole.
    do { written = write(report, &told, sizeof told); } while (written < 0 && errno == EINTR);
}

/// The body of a detached process up to its program; gives the step that failed.
static inline int hybrid_become(
    const char *program, char *const *arguments, char *const *environment, int *report
) {
    if (setsid() < 0) return hybrid_told_session;
    if (chdir("/") != 0) return hybrid_told_folder;
    int null = open("/dev/null", O_RDWR);
    if (null < 0) return hybrid_told_null;
    for (int standard = 0; standard < 3; standard++)
        if (dup2(null, standard) < 0) return hybrid_told_standard;
    if (*report != 3) {
        if (dup2(*report, 3) < 0) return hybrid_told_standard;
        *report = 3;
    }
    if (fcntl(3, F_SETFD, FD_CLOEXEC) != 0) return hybrid_told_standard;
#if defined(__linux__)
    closefrom(4);
#else
    for (int file = getdtablesize() - 1; file > 3; file--) close(file);
#endif
    struct sigaction plain = {0};
    plain.sa_handler = SIG_DFL;
    // Those that cannot be set are as they always are.
    for (int number = 1; number < NSIG; number++) sigaction(number, &plain, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    execve(program, arguments, environment);
    return hybrid_told_exec;
}

/// Starts a program that is no descendant of this process, in a session of its own, at `/`, with nothing open.
///
/// It comes to init (or the nearest that adopts orphans), as the process between ends at once. That one's number is
/// given, to be waited for; -1: errno says why. What came of the start is written to `report`, whose number is above 2,
/// until it is closed by the program's beginning. fork rather than posix_spawn, which has no second step; between it and
/// the program nothing runs but what a signal handler may do.
static inline pid_t hybrid_start_detached(
    const char *program, char *const *arguments, char *const *environment, int report
) {
    sigset_t all, before;
    sigfillset(&all);
    // A handler of this program's must not run in the new process.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t between = fork();
    int error = errno;
    if (between == 0) {
        pid_t process = fork();
        if (process < 0) hybrid_tell(report, hybrid_told_fork, errno);
        if (process != 0) _exit(process < 0);
        hybrid_tell(report, hybrid_told_process, getpid());
        int failed = hybrid_become(program, arguments, environment, &report);
        hybrid_tell(report, failed, errno);
        _exit(127);
    }
    pthread_sigmask(SIG_SETMASK, &before, 0);
    errno = error;
    return between;
}

/// Lets a new file share the blocks of another one, where the disk can. 0: done; -1: it cannot.
static inline int hybrid_clone_file(int from, int to) {
#if defined(__linux__)
    const unsigned long clone = 0x40049409; // FICLONE of linux/fs.h
    return ioctl(to, clone, from);
#else
    return -1;
#endif
}

#endif
