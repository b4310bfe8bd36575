// Swift cannot call C's variadic functions: each option that hybrid sets has a plain function here.
#ifndef HYBRID_CLIBGIT2_SHIM_H
#define HYBRID_CLIBGIT2_SHIM_H

#if defined(__has_include) && !__has_include(<git2.h>)
#error "git2.h is missing: install libgit2-dev (Debian, Ubuntu), or libgit2 (Homebrew)"
#endif
#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
/// Loads libgit2, once; nil, or why it cannot be loaded, in text that stays.
///
/// Any call of libgit2's does the same first: to ask here only makes a missing library an error that can be told.
const char *hybrid_git_load(void);
#else
static inline const char *hybrid_git_load(void) { return 0; }
#endif

/// The file that is loaded: libgit2 as it was when this was compiled, for its functions change with the number.
#define HYBRID_GIT_LIBRARY "libgit2.so." LIBGIT2_SOVERSION
/// The package of Debian and Ubuntu that holds the file.
#define HYBRID_GIT_PACKAGE "libgit2-" LIBGIT2_SOVERSION

// Swift sees no macros that are put together.
static inline const char *hybrid_git_library(void) { return HYBRID_GIT_LIBRARY; }
static inline const char *hybrid_git_package(void) { return HYBRID_GIT_PACKAGE; }

static inline int hybrid_git_set_extensions(const char **extensions, size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, count);
}

static inline int hybrid_git_set_fsync_gitdir(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}

static inline int hybrid_git_set_strict_hash_verification(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

static inline int hybrid_git_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

static inline int hybrid_git_set_cache_size(ssize_t bytes) {
    return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, bytes);
}

static inline int hybrid_git_set_mapped_windows(size_t size, size_t limit) {
    int set = git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, size);
    return set < 0 ? set : git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, limit);
}

// glibc grows its heaps page by page unless told otherwise, which costs more than merging does.
#ifdef __GLIBC__
#include <malloc.h>
static inline void hybrid_take_memory_in_pieces(int bytes) {
    mallopt(M_TOP_PAD, bytes);
    mallopt(M_TRIM_THRESHOLD, 16 * bytes);
}
#else
static inline void hybrid_take_memory_in_pieces(int bytes) { (void)bytes; }
#endif

static inline int hybrid_git_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

static inline int hybrid_git_get_search_path(int level, git_buf *path) {
    return git_libgit2_opts(GIT_OPT_GET_SEARCH_PATH, level, path);
}

#endif
